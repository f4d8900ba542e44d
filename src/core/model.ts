/** The nouns of the system, as data. Adapters make them, use cases pass them on; nothing here reads or writes a file. */
import type { Arch } from './arch.ts';
import type { HostName } from './host.ts';
import type { ArgumentSet } from './index-layout.ts';
import type { GuestPath, HostPath } from './paths.ts';

/** An installed package of the build root. */
export interface GuestPackage {
  readonly name: string;
  readonly version: string;
  /** Debian architecture: the guest's, or `all`. */
  readonly arch: string;
}

/** An ELF executable or shared library of the build root. */
export interface GuestBinary {
  /** Canonical: no symbolic link in it. */
  readonly path: GuestPath;
  readonly kind: 'executable' | 'library';
  readonly sizeBytes: number;
  /** Lower-case hex; absent where the linker wrote none. */
  readonly buildId?: string;
  /** No interpreter: static or static-pie. */
  readonly isStatic: boolean;
  /** Setuid, setgid or file capabilities: never accelerated. */
  readonly isPrivileged: boolean;
  readonly soname?: string;
  readonly needed: readonly string[];
  /** A 32-bit program that was compiled for times of 64 bits, or a library of it was (core/elf/times.ts). */
  readonly hasLongTimes?: true;
  readonly package?: GuestPackage;
  /**
   * Its file is gone: a link leads from its path to its twin's, as Tizen's qemu-accel leaves gcc's LTO plug-in. The build root
   * cannot link without the twin, emulated or not.
   */
  readonly isReplaced?: true;
}

/** What `install` needs to know of a build root. */
export interface Buildroot {
  readonly root: HostPath;
  readonly arch: Arch;
  /** `PRETTY_NAME` and `VERSION_CODENAME` of os-release. */
  readonly osName: string;
  readonly suite?: string;
  readonly packages: ReadonlyMap<string, GuestPackage>;
  readonly binaries: readonly GuestBinary[];
  /** Symbolic links that lead to an executable: link -> canonical target. */
  readonly links: ReadonlyMap<GuestPath, GuestPath>;
}

/** A host-architecture package that has been fetched, checked and unpacked. */
export interface DonorPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** Of the .deb file; of the sorted file list for a root directory. */
  readonly sha256: string;
  /** Where its files lie: `dir` + `/usr/bin/bash`. */
  readonly dir: HostPath;
}

/** Why a guest binary runs under qemu. The words of `explain` and `audit`: a closed list. */
export const EMULATED_REASONS = {
  'no-pack': 'no selected pack names it',
  'pack-excludes': 'its pack leaves it out on purpose',
  privileged: 'it is setuid, setgid or has file capabilities',
  static: 'it is statically linked, and no twin is made of those',
  'no-donor-package': 'the donor has no package for it at this version',
  'no-donor-file': 'the donor package has no such program',
  'version-differs': 'the donor has another upstream version',
  'not-retargetable': 'it holds host-revealing strings that could not be replaced by the guest’s own',
  'missing-library': 'a library that it needs could not be found in the donor',
  'not-elf': 'the donor’s file is not a dynamic ELF executable of this machine',
  'no-32-bit-kernel':
    'its answers depend on the size of a machine word, and this machine’s kernel runs no 32-bit programs',
  '32-bit-times':
    'it keeps times in 64 bits, and the donor’s program of the same word size in 32, which end with the year 2038',
  'path-too-long': 'its path does not fit the index',
} as const;
export type EmulatedReason = keyof typeof EMULATED_REASONS;

/** When the dispatcher emulates a tool that has a twin; native/dispatcher/arguments.c lists the arguments. */
export const ARGUMENT_SETS: Readonly<Record<ArgumentSet, string>> = {
  'cpu-native': 'asked for the CPU that it runs on (-march=native)',
  offload: 'asked for OpenMP or OpenACC, whose offloading is configured in the guest’s own compiler only',
  'own-checksum': 'asked for its version, which is told with a checksum of its own executable',
  'own-build': 'asked how it was built or for the CPU that it found (--version, openssl version)',
  links:
    'told to link: the guest’s own driver then hands the compiler options for offloading, which debug information shows',
  libraries: 'given a library (-lm) that the guest’s own driver hands on to offloading compilers',
  sanitize:
    'asked to check bounds (-fsanitize=undefined): in which order it makes their data is up to the compiler that it was built with',
  'general-numeric':
    'told to compare numbers of any form (sort -g): it reads them as long doubles, which are wider on the guest',
  'unsigned-format':
    'given a program that prints unsigned numbers (printf "%x"): what a negative one is depends on the machine',
  'perl-modules':
    'a compiled module without twin lies below a directory of -Mblib, -I, PERL5LIB, or where packages put theirs',
  'python-modules':
    'an extension module without twin lies below the script’s directory, the current one, one of PYTHONPATH, or where packages and pip put theirs',
  'own-path': 'run from another path: it asks the kernel for its own (a copy of perl has another $^X)',
};

/** One string that was replaced: what the donor held, and what the guest binary holds in its place. */
export interface StringPair {
  readonly donor: string;
  readonly guest: string;
  readonly references: number;
}

export interface TwinRecord {
  readonly path: GuestPath;
  /** Where the twin lies: `/emul` + path. */
  readonly twin: GuestPath;
  readonly kind: 'executable' | 'library';
  readonly buildId?: string;
  readonly guestSizeBytes: number;
  readonly pack: string;
  readonly package: string;
  /** `name=version`. */
  readonly guestVersion: string;
  readonly donorPackage: string;
  readonly donorVersion: string;
  /** What it is built for. */
  readonly host: HostName;
  /** The file inside the donor package. */
  readonly donorPath: string;
  readonly donorSha256: string;
  readonly twinSha256: string;
  readonly retargeted: readonly StringPair[];
  readonly hasShim: boolean;
  /** Sets of arguments with which the dispatcher emulates it all the same. */
  readonly emulateFor: readonly ArgumentSet[];
  /** Set where the donor is another build of the same upstream version, with the words for a person. */
  readonly note?: string;
}

export interface EmulatedRecord {
  readonly path: GuestPath;
  readonly package?: string;
  readonly reason: EmulatedReason;
  readonly detail?: string;
}

/** A host library in the tree that is not a twin by itself, but that twins load. */
export interface LibraryRecord {
  /** Inside the root, below /emul. */
  readonly path: GuestPath;
  readonly donorPackage: string;
  readonly donorVersion: string;
  readonly sha256: string;
  readonly retargeted?: readonly StringPair[];
}

/**
 * Any other file that `install` puts into the root: the emulator and the dispatcher, the shim, guest data that libraries
 * read below /emul. `remove` deletes what lies outside /emul only while it still has this content.
 */
export interface PlacedFile {
  readonly path: GuestPath;
  readonly sha256: string;
}

/** `/emul/manifest.json`. */
export interface Manifest {
  readonly format: 1;
  readonly tool: string;
  readonly arch: string;
  readonly packs: readonly string[];
  readonly donor: string;
  readonly twins: readonly TwinRecord[];
  readonly libraries: readonly LibraryRecord[];
  readonly files: readonly PlacedFile[];
  readonly emulated: readonly EmulatedRecord[];
}
