/**
 * Donors: where the raw bytes of twins come from. All give the same answer, a directory with a host-architecture
 * package's files at the guest's version.
 */
import type { Arch } from '../../core/arch.ts';
import { UsageError } from '../../core/errors.ts';
import type { DonorPackage } from '../../core/model.ts';
import { hostPath, type HostPath } from '../../core/paths.ts';
import { openAptDonor } from './apt-donor.ts';
import { openDirDonor } from './dir-donor.ts';
import { openRootDonor } from './root-donor.ts';

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

/**
 * Opens the donor that `--donor` names.
 *
 * @param spec `apt` (also when undefined), `dir:PATH` or `root:PATH`
 * @throws UsageError E_USAGE for any other, EnvironmentError E_DONOR or E_DOWNLOAD when that donor is not usable.
 */
export async function openDonor(spec: string | undefined, guest: DonorGuest): Promise<Donor> {
  if (spec === undefined || spec === 'apt') return openAptDonor(guest);
  const path = /^(?<kind>dir|root):(?<path>.+)$/.exec(spec)?.groups;
  if (path?.['path'] !== undefined) {
    const place = hostPath(path['path']);
    return path['kind'] === 'dir' ? openDirDonor(place, guest) : openRootDonor(place, guest);
  }
  throw new UsageError({
    what: `'${spec}' is not a donor`,
    fix: ['Use apt, dir:PATH (a folder of .deb files) or root:PATH (a root directory)'],
  });
}
