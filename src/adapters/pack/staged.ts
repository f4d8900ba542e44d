/** What every package format is given: the files of one package, laid out as they will lie in the root. */
import type { Arch } from '../../core/arch.ts';
import { HOST_NAMES, HOSTS } from '../../core/host.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';

export interface StagedPackage {
  /** `qemu-accel`, `python-accel`, ... */
  readonly family: string;
  /** Families that it does not work without, at the very same version: only twins of the same making fit the index. */
  readonly requires: readonly string[];
  /** Families that have no package, because all their programs are emulated: this one answers to their names as well. */
  readonly standsFor: readonly string[];
  readonly arch: Arch;
  /** Ours: `0.1.0`. */
  readonly version: string;
  readonly release: string;
  /** One line: what it accelerates. */
  readonly summary: string;
  /** Holds `emul/...` and `usr/bin/...`; owners do not count, times and modes do. */
  readonly dir: HostPath;
  /** Relative to `dir`, sorted. */
  readonly files: readonly string[];
  /** Relative to `dir`, parents first. Those that the root owns itself (`usr`, `usr/bin`) are not among them. */
  readonly dirs: readonly string[];
  /** `name version` of every donor package that a file comes from. */
  readonly donors: readonly string[];
  readonly installedBytes: number;
}

export interface PackedFile {
  readonly path: HostPath;
  /** What a package manager calls it; the file's name for a format without names. */
  readonly name: string;
  readonly family: string;
  readonly sizeBytes: number;
  readonly installedBytes: number;
}

/** Compressing a compiler on a busy machine. */
export const PACK_TIMEOUT_MS = 30 * 60 * 1000;

export interface PackTarget {
  /** Where the results go; exists. */
  readonly out: HostPath;
  /** For what is made on the way; exists, and is removed by the caller. */
  readonly scratch: HostPath;
  /** Seconds since 1970: what a package says when it was built. */
  readonly epoch: number;
  /** Of xz. The window of level 9 spans two compilers, which are alike. */
  readonly level: number;
}

/**
 * The dispatcher takes a change of a library directory's time for somebody who is removing it, and emulates: a package
 * manager that has put a file there must set it back. touch(1) of POSIX, which busybox has too.
 */
export const SET_TREE_TIME = `for dir in ${HOST_NAMES.map((name) => HOSTS[name].libraryDir).join(' ')}; do
  if [ -d $dir ]; then TZ=UTC0 touch -m -t 198001010000.00 $dir || :; fi
done`;

export function scratchDir(target: PackTarget, staged: StagedPackage, kind: string): HostPath {
  return joinHost(target.scratch, `${kind}-${staged.family}`);
}
