/**
 * The guest architectures, as data. Code asks this table and never spells an architecture itself.
 *
 * ELF numbers: elf.h of glibc. Triplets and names: dpkg's cputable and tupletable, rpm's rpmrc, QEMU's linux-user target
 * names, and the kernel's UTS machine names.
 */
import { UsageError } from './errors.ts';

export interface Arch {
  /** Debian's name, which is also ours. */
  readonly name: string;
  /** What `uname -m` prints. */
  readonly machine: string;
  /** The suffix of `qemu-<qemu>`. */
  readonly qemu: string;
  /** GNU triplet as Debian writes it: directories and tool prefixes. */
  readonly triplet: string;
  /** The middle name of `--build`/`--host` triplets that programs print (`aarch64-unknown-linux-gnu`). */
  readonly cpu: string;
  readonly elfClass: 32 | 64;
  readonly endian: 'little' | 'big';
  /** ELF e_machine. */
  readonly elfMachine: number;
  /** Other names that people and build systems use. */
  readonly aliases: readonly string[];
  /** Architectures of rpm packages (rpmrc): the first is what we build for, all are names that build descriptions use. */
  readonly rpm: readonly [string, ...string[]];
}

export const GUEST_ARCHS: readonly Arch[] = [
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
];

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

/** @throws UsageError E_ARCH when no architecture of the table has that name or alias. */
export function guestArch(name: string): Arch {
  const wanted = name.toLowerCase();
  const found = GUEST_ARCHS.find((arch) => arch.name === wanted || arch.aliases.includes(wanted));
  if (found) return found;
  throw new UsageError({
    code: 'E_ARCH',
    what: `'${name}' is not an architecture that qemu-accel knows`,
    fix: [`Use one of: ${GUEST_ARCHS.map((arch) => arch.name).join(', ')}`],
  });
}
