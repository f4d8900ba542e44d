/** Package sources and keyrings, read from the apt configuration of a root directory: the guest's, or `/`. */
import { promises as fsp } from 'node:fs';
import { parseSourcesFile, parseSourcesList, withSuite, type AptSource } from '../../core/apt-sources.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf, readTextIfThere, withErrno } from '../../os/fs.ts';

export const HOST_ROOT = hostPath('/');

/** All enabled binary sources, in apt's order: sources.list, then sources.list.d by name (sources.list(5)). */
export async function readAptSources(root: HostPath): Promise<AptSource[]> {
  return withErrno(`read the package sources of ${root}`, async () => {
    const sources = parseSourcesList((await readTextIfThere(joinHost(root, 'etc/apt/sources.list'))) ?? '');
    const parts = joinHost(root, 'etc/apt/sources.list.d');
    for (const name of await listNames(parts)) {
      if (!/^[\w.-]+\.(list|sources)$/.test(name)) continue;
      const text = (await readTextIfThere(joinHost(parts, name))) ?? '';
      sources.push(...(name.endsWith('.list') ? parseSourcesList(text) : parseSourcesFile(text)));
    }
    return sources;
  });
}

/**
 * The host's sources of its distribution, with `suite` in place of the host's own release.
 *
 * @throws EnvironmentError E_DONOR when the host has none.
 */
export async function hostSourcesFor(suite: string): Promise<AptSource[]> {
  const osRelease = (await readTextIfThere(joinHost(HOST_ROOT, 'etc/os-release'))) ?? '';
  const codename = /^VERSION_CODENAME="?([\w.-]+)"?$/m.exec(osRelease)?.[1];
  const own = [...(codename === undefined ? [] : [codename]), 'stable', suite];
  const sources = withSuite(await readAptSources(HOST_ROOT), own, suite);
  if (sources.length > 0) return sources;
  throw new EnvironmentError({
    code: 'E_DONOR',
    what: `no package source for ${suite}`,
    why: "this system's apt configuration has no entry of the distribution's own archive",
    fix: ['Add the archive to /etc/apt/sources.list.d/debian.sources, with the components and keyring of your system'],
  });
}

export interface Keyring {
  /** With the extension that apt goes by: `.asc` armored, `.gpg` binary. */
  readonly name: string;
  readonly content: Buffer;
}

/** A keyring file of a root, or undefined where the root has none, or where it leads out of the root. */
export async function readKeyring(root: HostPath, path: string): Promise<Keyring | undefined> {
  try {
    const real = await fsp.realpath(joinHost(root, path));
    if (root !== HOST_ROOT && !real.startsWith(`${await fsp.realpath(root)}/`)) return undefined;
    const content = await fsp.readFile(real);
    const isArmored = content.subarray(0, 64).includes('-----BEGIN PGP');
    const base = path.split('/').at(-1) ?? 'keyring';
    return { name: base.replace(/\.(gpg|asc|pgp|kbx)$/, '') + (isArmored ? '.asc' : '.gpg'), content };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** The keys that a root trusts for sources that name no keyring. */
export async function readTrustedKeyrings(root: HostPath): Promise<Keyring[]> {
  const parts = (await listNames(joinHost(root, 'etc/apt/trusted.gpg.d')))
    .filter((name) => /\.(gpg|asc)$/.test(name))
    .map((name) => `/etc/apt/trusted.gpg.d/${name}`);
  const keyrings: Keyring[] = [];
  for (const path of [...parts, '/etc/apt/trusted.gpg']) {
    const keyring = await readKeyring(root, path);
    if (keyring && keyring.content.length > 0) keyrings.push(keyring);
  }
  return keyrings;
}

async function listNames(dir: HostPath): Promise<string[]> {
  try {
    return (await fsp.readdir(dir)).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
