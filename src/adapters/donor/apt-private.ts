/**
 * A private apt: own lists, cache, configuration and keyrings below our cache, and an empty dpkg database. Nothing of the
 * host's apt is written, and of its configuration only what is needed to reach the mirror is read: a host's hooks
 * (`APT::Update::Post-Invoke` of container images deletes files in /var) must not run for us.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { formatSources, type AptSource } from '../../core/apt-sources.ts';
import { HOST_ARCH } from '../../core/arch.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec, type ExecOptions, type ExecResult } from '../../os/exec.ts';
import { cacheDir, withErrno, writeAtomically } from '../../os/fs.ts';
import {
  HOST_ROOT,
  hostSourcesFor,
  readAptSources,
  readKeyring,
  readTrustedKeyrings,
  type Keyring,
} from './apt-sources.ts';
import type { DonorGuest } from './contract.ts';

export interface PrivateApt {
  /** Everything is below; one directory per set of sources and keys, shared by the roots that have the same. */
  readonly dir: HostPath;
  /** Debian architecture of the packages. */
  readonly arch: string;
  /** Runs `apt-get` or `apt-cache` with this configuration. */
  readonly run: (argv: readonly [string, ...string[]], options?: ExecOptions) => Promise<ExecResult>;
}

/**
 * Sets up the private apt of a build root. The sources are the root's own, else the host's with the guest's suite.
 *
 * @param arch Debian architecture of the packages: the donor's, or the guest's own.
 * @throws EnvironmentError E_DONOR when there is no source, or no key to check its signatures with.
 */
export async function openPrivateApt(
  guest: DonorGuest,
  arch: string = guest.donorArch ?? HOST_ARCH.name,
): Promise<PrivateApt> {
  const { sources, keyrings, trusted } = await planSources(guest);
  const key = contentKey(formatSources(sources, [arch]), [...keyrings, ...trusted]);
  const dir = joinHost(cacheDir(), 'apt', key);
  const config = joinHost(dir, 'apt.conf');
  await withErrno(`set up ${dir}`, async () => {
    for (const part of ['state/lists/partial', 'cache/archives/partial', 'keys', 'trusted.d', 'none.d', 'download']) {
      await fsp.mkdir(joinHost(dir, part), { recursive: true, mode: 0o700 });
    }
    for (const { name, content } of keyrings) await writeIfNew(joinHost(dir, 'keys', name), content);
    for (const { name, content } of trusted) await writeIfNew(joinHost(dir, 'trusted.d', name), content);
    await writeIfNew(joinHost(dir, 'status'), Buffer.alloc(0));
    const placed = sources.map((source) => withKeyringDir(source, joinHost(dir, 'keys')));
    await writeIfNew(joinHost(dir, 'donor.sources'), Buffer.from(formatSources(placed, [arch])));
    await writeIfNew(config, Buffer.from(aptConfig(dir, arch, await hostTransport())));
  });
  const run: PrivateApt['run'] = (argv, options = {}) =>
    exec(argv, { ...options, env: { ...options.env, APT_CONFIG: config } });
  return { dir, arch, run };
}

/**
 * apt builds its binary cache anew (a second of work) when a file is younger than the cache. 0600: the address of a proxy
 * may hold a password.
 */
async function writeIfNew(path: HostPath, content: Buffer): Promise<void> {
  const old = await fsp.readFile(path).catch(() => undefined);
  if (old?.equals(content) !== true) await writeAtomically(path, content, 0o600);
}

interface SourcePlan {
  /** `signedBy`: the name of a keyring, or an armored key, or a fingerprint. */
  readonly sources: readonly AptSource[];
  readonly keyrings: readonly Keyring[];
  readonly trusted: readonly Keyring[];
}

async function planSources(guest: DonorGuest): Promise<SourcePlan> {
  const own = (await readAptSources(guest.root)).map((source) => insideRoot(source, guest.root));
  const usable = own.filter((source) => source.uris.length > 0);
  const found = usable.length > 0 ? usable : await hostSources(guest);
  const keyrings = new Map<string, Keyring>();
  const sources: AptSource[] = [];
  for (const source of found) {
    const path = keyringPath(source);
    if (path === undefined) {
      sources.push(source);
      continue;
    }
    const keyring = await findKeyring(guest.root, path);
    const name = `${createHash('sha256').update(keyring.content).digest('hex').slice(0, 12)}-${keyring.name}`;
    keyrings.set(name, { ...keyring, name });
    sources.push({ ...source, signedBy: name });
  }
  const ownTrusted = await readTrustedKeyrings(guest.root);
  const trusted = ownTrusted.length > 0 ? ownTrusted : await readTrustedKeyrings(HOST_ROOT);
  return { sources, keyrings: [...keyrings.values()], trusted };
}

async function hostSources(guest: DonorGuest): Promise<AptSource[]> {
  if (guest.suite !== undefined) return hostSourcesFor(guest.suite);
  throw new EnvironmentError({
    code: 'E_DONOR',
    what: 'no package source for the twins',
    why: 'the build root has none in /etc/apt, and its os-release has no VERSION_CODENAME',
    fix: [`Put the distribution's sources into ${guest.root}/etc/apt/sources.list.d, or use --donor dir:PATH`],
  });
}

/** A guest's `file:` source names a path of the guest, and its CD-ROM is nobody's. */
function insideRoot(source: AptSource, root: HostPath): AptSource {
  const uris = source.uris
    .filter((uri) => !uri.startsWith('cdrom:'))
    .map((uri) => uri.replace(/^(file|copy):(?:\/\/)?\/*/, (_, method: string) => `${method}:${root}/`));
  return { ...source, uris };
}

/** Several keyrings, or a keyring and fingerprints, may stand in one Signed-By; the first path is the keyring. */
function keyringPath({ signedBy }: AptSource): string | undefined {
  return /^\/[^\s,]*/.exec(signedBy ?? '')?.[0];
}

async function findKeyring(root: HostPath, path: string): Promise<Keyring> {
  const keyring = (await readKeyring(root, path)) ?? (await readKeyring(HOST_ROOT, path));
  if (keyring) return keyring;
  throw new EnvironmentError({
    code: 'E_DONOR',
    what: `the keyring ${path} is missing`,
    why: 'a package source is signed by it, and neither the build root nor this system has it',
    fix: ['Install the package that brings it: debian-archive-keyring, ubuntu-keyring'],
  });
}

function withKeyringDir(source: AptSource, keys: HostPath): AptSource {
  const isName = source.signedBy !== undefined && /^[0-9a-f]{12}-[^\s]+\.(asc|gpg)$/.test(source.signedBy);
  return isName ? { ...source, signedBy: joinHost(keys, source.signedBy ?? '') } : source;
}

function contentKey(sources: string, keyrings: readonly Keyring[]): string {
  const hash = createHash('sha256').update(sources);
  for (const { name, content } of keyrings) hash.update(`\n${name} ${String(content.length)}\n`).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** How the host reaches its mirror: proxies, TLS, timeouts, and whether old Release files are accepted. */
const TRANSPORT = /^Acquire::(https?|ftp|socks|tor|mirror|Retries|Check-|Max-|Min-|ForceIPv|Connect|Queue-)/;

export async function hostTransport(): Promise<string[]> {
  const { stdout } = await exec(['apt-config', 'dump']);
  return stdout.split('\n').filter((line) => TRANSPORT.test(line));
}

function aptConfig(dir: HostPath, arch: string, transport: readonly string[]): string {
  const at = (part: string): string => `"${joinHost(dir, part)}"`;
  return [
    `Dir::State ${at('state')};`,
    `Dir::State::lists ${at('state/lists')};`,
    `Dir::State::status ${at('status')};`,
    `Dir::Cache ${at('cache')};`,
    `Dir::Log ${at('cache')};`,
    `Dir::Etc::sourcelist ${at('donor.sources')};`,
    `Dir::Etc::sourceparts ${at('none.d')};`,
    `Dir::Etc::main "/dev/null";`,
    `Dir::Etc::parts ${at('none.d')};`,
    `Dir::Etc::preferences "/dev/null";`,
    `Dir::Etc::preferencesparts ${at('none.d')};`,
    `Dir::Etc::trusted "/dev/null";`,
    `Dir::Etc::trustedparts ${at('trusted.d')};`,
    `APT::Architecture "${arch}";`,
    `APT::Architectures { "${arch}"; };`,
    // apt would give the work to the user _apt, who may not write here; and it runs as the ordinary user anyway.
    'APT::Sandbox::User "root";',
    // Without this a source that could not be fetched is a warning and status 0.
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    ...transport,
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    '',
  ].join('\n');
}
