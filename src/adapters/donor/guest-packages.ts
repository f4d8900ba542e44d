/** The guest's own packages, as files: for repositories that a build system makes its roots of. */
import { promises as fsp } from 'node:fs';
import { basename } from 'node:path/posix';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import { fetchPackages } from './apt-download.ts';
import { listedPackages, needsUpdate, updateLists, type ListedPackage } from './apt-lists.ts';
import { openPrivateApt } from './apt-private.ts';
import type { DonorGuest, DonorReport } from './contract.ts';

const LOCK_WAIT_SECONDS = 30 * 60;

/**
 * Puts the archive's present versions of these packages into a directory. What was fetched before is kept, and not fetched
 * again.
 *
 * @throws EnvironmentError E_DOWNLOAD when the archive does not serve one of them.
 */
export async function fetchGuestPackages(
  guest: DonorGuest,
  names: readonly string[],
  { into, report }: { readonly into: HostPath; readonly report: DonorReport },
): Promise<void> {
  const apt = await openPrivateApt(guest, guest.arch.name);
  await withLock(joinHost(apt.dir, 'lock'), LOCK_WAIT_SECONDS, async () => {
    if (await needsUpdate(apt, [])) await updateLists(apt);
    const listed = await listedPackages(apt, names);
    // apt-cache shows the candidate first.
    const wanted = names.map((name) => listed.get(name)?.[0] ?? name);
    const unknown = wanted.filter((one): one is string => typeof one === 'string');
    if (unknown.length > 0) throw missing(unknown, 'its lists do not name them');
    const packages = wanted as readonly ListedPackage[];
    for (const fetched of await fetchPackages(apt, packages, report)) {
      if (fetched.kind === 'gone') throw missing([fetched.package.name], fetched.why);
      const target = joinHost(into, basename(fetched.path));
      await withErrno(`write ${target}`, () => fsp.copyFile(fetched.path, target));
    }
  });
}

function missing(names: readonly string[], why: string): EnvironmentError {
  return new EnvironmentError({
    code: 'E_DOWNLOAD',
    what: `the package archive does not serve ${names.join(', ')}`,
    why,
    fix: ['Use a more complete mirror in /etc/apt, then run the same command again'],
  });
}
