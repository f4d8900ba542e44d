/** What is known of versions of qemu-user. */
import type { HandlerArch } from './arch.ts';
import { compareVersions } from './versions.ts';

/**
 * Emulators that compute the reference algorithm of pointer authentication (QARMA5) unless `-cpu max,pauth-impdef=on` asks for
 * the emulator's own, which Armv8.3 allows as well. qemu has the property since 6.0, and 10.0 has made it the default; from 7.2
 * on `max` is the CPU that a program gets anyway. Keys are random, so a signed pointer is never the same in two runs of a program.
 *
 * Measured with qemu 7.2 and Debian 13's arm64 programs, which sign nearly every return address: a loop of bash takes 7.3
 * times as long without it, one of perl 8.3 times (docs/benchmarks.md).
 */
const SLOW_PAUTH = { from: '7.2', before: '10.0' } as const;

/** `said`: what `qemu-aarch64 --version` prints: "qemu-aarch64 version 7.2.22 (Debian ...)". */
export function hasSlowPauth(arch: HandlerArch, said: string): boolean {
  const version = /^qemu-\S+ version (\d+\.\d[\w.]*)/.exec(said)?.[1];
  if (arch.signsPointers !== true || version === undefined) return false;
  return compareVersions(version, SLOW_PAUTH.from) >= 0 && compareVersions(version, SLOW_PAUTH.before) < 0;
}
