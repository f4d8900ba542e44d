/**
 * Donors: where the raw bytes of twins come from. All give the same answer, a directory with a host-architecture
 * package's files at the guest's version.
 */
import { UsageError } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { openAptDonor } from './apt-donor.ts';
import type { Donor, DonorGuest } from './contract.ts';
import { openDirDonor } from './dir-donor.ts';
import { openRootDonor } from './root-donor.ts';

export type { Donor, DonorAnswer, DonorGuest, DonorWant } from './contract.ts';

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
