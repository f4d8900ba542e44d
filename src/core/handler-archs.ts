/**
 * The architectures whose programs can have a binfmt_misc handler: the guests of `arch.ts`, and those that QEMU emulates but
 * nobody makes twins for. A handler needs a name, an emulator and the first bytes of a program, so these rows are short.
 *
 * ELF numbers: elf.h of glibc. Emulators: QEMU's linux-user targets. Names: dpkg's cputable, where it has one.
 */
import { GUEST_ARCHS, type Arch } from './arch.ts';
import { UsageError } from './errors.ts';

/** What a handler needs to know of an architecture. Every guest architecture is one. */
export type HandlerArch = Pick<Arch, 'name' | 'qemu' | 'elfClass' | 'endian' | 'elfMachine' | 'aliases'>;

type Row = readonly [
  name: string,
  qemu: string,
  elfClass: 32 | 64,
  endian: 'little' | 'big',
  elfMachine: number,
  ...aliases: readonly string[],
];

const ROWS: readonly Row[] = [
  ['armeb', 'armeb', 32, 'big', 40, 'armv7b', 'armv5teb'],
  ['alpha', 'alpha', 64, 'little', 0x9026],
  ['hexagon', 'hexagon', 32, 'little', 164],
  ['hppa', 'hppa', 32, 'big', 15],
  ['loong64', 'loongarch64', 64, 'little', 258, 'loongarch64'],
  ['m68k', 'm68k', 32, 'big', 4],
  ['microblaze', 'microblaze', 32, 'big', 0xbaab],
  ['mips', 'mips', 32, 'big', 8],
  ['mipsel', 'mipsel', 32, 'little', 8],
  ['mipsn32', 'mipsn32', 32, 'big', 8],
  ['mipsn32el', 'mipsn32el', 32, 'little', 8],
  ['mips64', 'mips64', 64, 'big', 8],
  ['mips64el', 'mips64el', 64, 'little', 8],
  ['powerpc', 'ppc', 32, 'big', 20, 'ppc'],
  ['ppc64', 'ppc64', 64, 'big', 21],
  ['riscv32', 'riscv32', 32, 'little', 243],
  ['sh4', 'sh4', 32, 'little', 42],
  ['sh4eb', 'sh4eb', 32, 'big', 42],
  ['sparc', 'sparc', 32, 'big', 2],
  ['sparc32plus', 'sparc32plus', 32, 'big', 18],
  ['sparc64', 'sparc64', 64, 'big', 43],
  ['xtensa', 'xtensa', 32, 'little', 94],
  ['xtensaeb', 'xtensaeb', 32, 'big', 94],
];

/** The guests first. armhf and armel are two guests with one handler. */
export const HANDLER_ARCHS: readonly HandlerArch[] = [
  ...GUEST_ARCHS,
  ...ROWS.map(([name, qemu, elfClass, endian, elfMachine, ...aliases]) => {
    return { name, qemu, elfClass, endian, elfMachine, aliases };
  }),
];

/** @throws UsageError E_ARCH when no architecture of the table has that name or alias. */
export function handlerArch(name: string): HandlerArch {
  const wanted = name.toLowerCase();
  const found = HANDLER_ARCHS.find((arch) => arch.name === wanted || arch.aliases.includes(wanted));
  if (found) return found;
  throw new UsageError({
    code: 'E_ARCH',
    what: `'${name}' is not an architecture that qemu-accel knows`,
    fix: [`Use one of: ${HANDLER_ARCHS.map((arch) => arch.name).join(', ')}`],
  });
}
