/** What a donor is asked and answers. donor.ts opens one. */
import type { Arch } from '../../core/arch.ts';
import type { DonorPackage } from '../../core/model.ts';
import type { HostPath } from '../../core/paths.ts';

/** A guest package and its version. */
export interface DonorWant {
  readonly name: string;
  readonly version: string;
}

export type DonorAnswer =
  /** `note`, for a person: the package is not of the same source version. */
  | { readonly kind: 'found'; readonly package: DonorPackage; readonly note?: string }
  | { readonly kind: 'missing'; readonly why: string };

/** `what` is one short phrase: `fetching packages`, `unpacking gcc-14`. */
export type DonorReport = (done: number, total: number, what: string) => void;

export interface Donor {
  /** `apt`, `dir:PATH` or `root:PATH`, with an absolute path. */
  readonly spec: string;
  /**
   * Answers every want, under the want's name. What cannot be had is an answer and no error.
   *
   * @throws EnvironmentError E_DOWNLOAD when the package archive cannot be reached at all, E_DONOR when the donor is
   * not usable.
   */
  provide(wants: readonly DonorWant[], report: DonorReport): Promise<ReadonlyMap<string, DonorAnswer>>;
}

/** The build root that a donor is opened for. */
export interface DonorGuest {
  readonly root: HostPath;
  readonly arch: Arch;
  /** Needed where the root names no package source of its own. */
  readonly suite?: string;
  /** Debian architecture of the twins: `i386` where a tool's answers depend on the word size. Default: the host's. */
  readonly donorArch?: 'amd64' | 'i386';
}
