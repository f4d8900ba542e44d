/**
 * 64-bit times in 32-bit programs. With -D_TIME_BITS=64 the headers of glibc (2.34 and later) and of musl (1.2) lead every call that
 * takes a time_t to another symbol: `time` is `__time64`, `stat` is `__stat64_time64`, `localtime_r` is `__localtime64_r`. So
 * what a program was compiled for shows in its imports.
 */
import type { Elf } from './read.ts';
import { dynamicSymbols } from './symbols.ts';

/** Calls that take a span and no date (`__nanosleep64`, `__select64`) are left out: no answer shows them. */
const LONG_TIME_CALL = /^__\w*time\w*64/;

/** Whether a 32-bit program keeps times in 64 bits; false for 64-bit ones, which all do. */
export function hasLongTimes(elf: Elf): boolean {
  return (
    elf.elfClass === 32 && dynamicSymbols(elf).some(({ name, isDefined }) => !isDefined && LONG_TIME_CALL.test(name))
  );
}
