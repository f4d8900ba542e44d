/**
 * The architectures, as one table. Code asks it and never spells an architecture itself.
 *
 * ELF numbers: elf.h of glibc. Triplets and names: dpkg's cputable and tupletable, rpm's rpmrc, QEMU's linux-user target
 * names, and the kernel's UTS machine names.
 */
import { UsageError } from './errors.ts';

/** What a binfmt_misc handler needs to know of an architecture: a name, an emulator, and the first bytes of a program. */
export interface HandlerArch {
  /** Debian's name, where it has one; also ours. */
  readonly name: string;
  /** The suffix of `qemu-<qemu>`. */
  readonly qemu: string;
  readonly elfClass: 32 | 64;
  readonly endian: 'little' | 'big';
  /** ELF e_machine. */
  readonly elfMachine: number;
  /** Other names that people and build systems use. */
  readonly aliases: readonly string[];
  /** Its programs sign return addresses (Armv8.3 PAC), which core/emulators.ts is about. */
  readonly signsPointers?: boolean;
}

/** One of which build roots can be accelerated. */
export interface Arch extends HandlerArch {
  /** What `uname -m` prints. */
  readonly machine: string;
  /** GNU triplet as Debian writes it: directories and tool prefixes. */
  readonly triplet: string;
  /** The middle name of `--build`/`--host` triplets that programs print (`aarch64-unknown-linux-gnu`). */
  readonly cpu: string;
  /** Architectures of rpm packages (rpmrc): the first is what we build for, all are names that build descriptions use. */
  readonly rpm: readonly [string, ...string[]];
}

/**
 * Every architecture whose programs can have a handler: the guests, and those that QEMU emulates but nobody makes twins for.
 * armhf and armel are two guests with one handler.
 */
export const HANDLER_ARCHS: readonly (HandlerArch | Arch)[] = [
  {
    name: 'arm64',
    machine: 'aarch64',
    qemu: 'aarch64',
    triplet: 'aarch64-linux-gnu',
    cpu: 'aarch64',
    elfClass: 64,
    endian: 'little',
    elfMachine: 183,
    aliases: ['aarch64', 'armv8'],
    signsPointers: true,
    rpm: ['aarch64'],
  },
  {
    name: 'armhf',
    machine: 'armv7l',
    qemu: 'arm',
    triplet: 'arm-linux-gnueabihf',
    cpu: 'arm',
    elfClass: 32,
    endian: 'little',
    elfMachine: 40,
    aliases: ['armv7', 'armv7l', 'armv7hl', 'arm'],
    rpm: ['armv7hl', 'armv7l'],
  },
  {
    name: 'armel',
    machine: 'armv7l',
    qemu: 'arm',
    triplet: 'arm-linux-gnueabi',
    cpu: 'arm',
    elfClass: 32,
    endian: 'little',
    elfMachine: 40,
    aliases: ['armv5tel', 'armv6l'],
    rpm: ['armv5tel'],
  },
  {
    name: 'riscv64',
    machine: 'riscv64',
    qemu: 'riscv64',
    triplet: 'riscv64-linux-gnu',
    cpu: 'riscv64',
    elfClass: 64,
    endian: 'little',
    elfMachine: 243,
    aliases: [],
    rpm: ['riscv64'],
  },
  {
    name: 'ppc64el',
    machine: 'ppc64le',
    qemu: 'ppc64le',
    triplet: 'powerpc64le-linux-gnu',
    cpu: 'powerpc64le',
    elfClass: 64,
    endian: 'little',
    elfMachine: 21,
    aliases: ['ppc64le', 'powerpc64le'],
    rpm: ['ppc64le'],
  },
  {
    name: 's390x',
    machine: 's390x',
    qemu: 's390x',
    triplet: 's390x-linux-gnu',
    cpu: 's390x',
    elfClass: 64,
    endian: 'big',
    elfMachine: 22,
    aliases: [],
    rpm: ['s390x'],
  },
  { name: 'aarch64_be', qemu: 'aarch64_be', elfClass: 64, endian: 'big', elfMachine: 183, aliases: ['arm64be'] },
  { name: 'armeb', qemu: 'armeb', elfClass: 32, endian: 'big', elfMachine: 40, aliases: ['armv7b', 'armv5teb'] },
  { name: 'alpha', qemu: 'alpha', elfClass: 64, endian: 'little', elfMachine: 0x9026, aliases: [] },
  { name: 'hexagon', qemu: 'hexagon', elfClass: 32, endian: 'little', elfMachine: 164, aliases: [] },
  { name: 'hppa', qemu: 'hppa', elfClass: 32, endian: 'big', elfMachine: 15, aliases: [] },
  { name: 'loong64', qemu: 'loongarch64', elfClass: 64, endian: 'little', elfMachine: 258, aliases: ['loongarch64'] },
  { name: 'm68k', qemu: 'm68k', elfClass: 32, endian: 'big', elfMachine: 4, aliases: [] },
  { name: 'microblaze', qemu: 'microblaze', elfClass: 32, endian: 'big', elfMachine: 0xbaab, aliases: [] },
  { name: 'microblazeel', qemu: 'microblazeel', elfClass: 32, endian: 'little', elfMachine: 0xbaab, aliases: [] },
  { name: 'mips', qemu: 'mips', elfClass: 32, endian: 'big', elfMachine: 8, aliases: [] },
  { name: 'mipsel', qemu: 'mipsel', elfClass: 32, endian: 'little', elfMachine: 8, aliases: [] },
  { name: 'mipsn32', qemu: 'mipsn32', elfClass: 32, endian: 'big', elfMachine: 8, aliases: [] },
  { name: 'mipsn32el', qemu: 'mipsn32el', elfClass: 32, endian: 'little', elfMachine: 8, aliases: [] },
  { name: 'mips64', qemu: 'mips64', elfClass: 64, endian: 'big', elfMachine: 8, aliases: [] },
  { name: 'mips64el', qemu: 'mips64el', elfClass: 64, endian: 'little', elfMachine: 8, aliases: [] },
  { name: 'or1k', qemu: 'or1k', elfClass: 32, endian: 'big', elfMachine: 92, aliases: [] },
  { name: 'powerpc', qemu: 'ppc', elfClass: 32, endian: 'big', elfMachine: 20, aliases: ['ppc'] },
  { name: 'ppc64', qemu: 'ppc64', elfClass: 64, endian: 'big', elfMachine: 21, aliases: [] },
  { name: 'riscv32', qemu: 'riscv32', elfClass: 32, endian: 'little', elfMachine: 243, aliases: [] },
  { name: 'sh4', qemu: 'sh4', elfClass: 32, endian: 'little', elfMachine: 42, aliases: [] },
  { name: 'sh4eb', qemu: 'sh4eb', elfClass: 32, endian: 'big', elfMachine: 42, aliases: [] },
  { name: 'sparc', qemu: 'sparc', elfClass: 32, endian: 'big', elfMachine: 2, aliases: [] },
  { name: 'sparc32plus', qemu: 'sparc32plus', elfClass: 32, endian: 'big', elfMachine: 18, aliases: [] },
  { name: 'sparc64', qemu: 'sparc64', elfClass: 64, endian: 'big', elfMachine: 43, aliases: [] },
  { name: 'xtensa', qemu: 'xtensa', elfClass: 32, endian: 'little', elfMachine: 94, aliases: [] },
  { name: 'xtensaeb', qemu: 'xtensaeb', elfClass: 32, endian: 'big', elfMachine: 94, aliases: [] },
];

/** Those of which build roots can be accelerated. */
export const GUEST_ARCHS: readonly Arch[] = HANDLER_ARCHS.filter((arch) => 'triplet' in arch);

/** The machine that we run on. The dispatcher, the shim and the retargeter's decoder are written for it. */
export const HOST_ARCH: Arch = {
  name: 'amd64',
  machine: 'x86_64',
  qemu: 'x86_64',
  triplet: 'x86_64-linux-gnu',
  cpu: 'x86_64',
  elfClass: 64,
  endian: 'little',
  elfMachine: 62,
  aliases: ['x86_64', 'x86-64'],
  rpm: ['x86_64'],
};

/** The architecture of the host's 32-bit programs, as which twins of 32-bit guests run where the word size shows. */
export const HOST_ARCH_32: Arch = {
  name: 'i386',
  machine: 'i686',
  qemu: 'i386',
  triplet: 'i386-linux-gnu',
  cpu: 'i686',
  elfClass: 32,
  endian: 'little',
  elfMachine: 3,
  aliases: ['i486', 'i586', 'i686', 'x86'],
  rpm: ['i686'],
};

/** @throws UsageError E_ARCH when no guest architecture has that name or alias. */
export function guestArch(name: string): Arch {
  return archOf(name, GUEST_ARCHS);
}

/** @throws UsageError E_ARCH when no architecture of the table has that name or alias. */
export function handlerArch(name: string): HandlerArch {
  return archOf(name, HANDLER_ARCHS);
}

function archOf<Row extends HandlerArch>(name: string, rows: readonly Row[]): Row {
  const wanted = name.toLowerCase();
  const found = rows.find((arch) => arch.name === wanted || arch.aliases.includes(wanted));
  if (found !== undefined) return found;
  throw new UsageError({
    code: 'E_ARCH',
    what: `'${name}' is not an architecture that qemu-accel knows`,
    fix: [`Use one of: ${rows.map((arch) => arch.name).join(', ')}`],
  });
}
