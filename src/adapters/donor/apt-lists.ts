/** What the package archive has: apt's lists, fetched when they are old or do not hold what is wanted. */
import { promises as fsp } from 'node:fs';
import { parseDeb822 } from '../../core/deb822.ts';
import { CommandError, EnvironmentError, type AccelError } from '../../core/errors.ts';
import { joinHost } from '../../core/paths.ts';
import { readTextIfThere, writeAtomically } from '../../os/fs.ts';
import type { PrivateApt } from './apt-private.ts';

/** One version of a package in the lists. */
export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly sha256: string;
}

/** When the lists were fetched, and what was asked for then and is not in them. */
interface Stamp {
  readonly atMs: number;
  readonly missing: readonly string[];
}

const OLD_AFTER_MS = 12 * 60 * 60 * 1000;
/** Lists this young are the archive's present state: to fetch them again for a package that they lack is of no use. */
const FRESH_FOR_MS = 5 * 60 * 1000;

/** Whether the lists should be fetched, given the wants (`name=version`) that they do not satisfy. */
export async function needsUpdate(apt: PrivateApt, unsatisfied: readonly string[], now = Date.now()): Promise<boolean> {
  const stamp = await readStamp(apt);
  if (stamp === undefined) return true;
  const ageMs = now - stamp.atMs;
  if (ageMs < 0 || ageMs > OLD_AFTER_MS) return true;
  return ageMs > FRESH_FOR_MS && unsatisfied.some((want) => !stamp.missing.includes(want));
}

/** Whether the lists are so young that a file that they name and the archive has not is a gap of the archive. */
export async function isFresh(apt: PrivateApt, now = Date.now()): Promise<boolean> {
  const stamp = await readStamp(apt);
  return stamp !== undefined && now - stamp.atMs < FRESH_FOR_MS;
}

function stampPath(apt: PrivateApt): ReturnType<typeof joinHost> {
  return joinHost(apt.dir, 'updated.json');
}

async function readStamp(apt: PrivateApt): Promise<Stamp | undefined> {
  const text = await readTextIfThere(stampPath(apt));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Stamp;
  } catch {
    // Not ours, or cut short by a crash: fetch anew.
    return undefined;
  }
}

/** Remembers what the lists of just now do not have. */
export async function rememberMissing(apt: PrivateApt, missing: readonly string[]): Promise<void> {
  const stamp = await readStamp(apt);
  if (stamp !== undefined) await writeAtomically(stampPath(apt), JSON.stringify({ ...stamp, missing }));
}

/**
 * Fetches the lists. Where a source fails and others (or older lists) are there, these are used, and what apt said is
 * returned: the guest's own third-party sources need not serve the host's architecture.
 *
 * @throws EnvironmentError E_DOWNLOAD when there is no list at all afterwards.
 */
export async function updateLists(apt: PrivateApt): Promise<string | undefined> {
  try {
    await apt.run(['apt-get', '--quiet', 'update']);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (!(await hasLists(apt))) throw unreachable(error);
    // An old stamp stays: the next call tries again.
    return error.why;
  }
  await writeAtomically(stampPath(apt), JSON.stringify({ atMs: Date.now(), missing: [] } satisfies Stamp));
  return undefined;
}

async function hasLists(apt: PrivateApt): Promise<boolean> {
  const names = await fsp.readdir(joinHost(apt.dir, 'state/lists'));
  return names.some((name) => name.endsWith('_Packages'));
}

function unreachable(error: CommandError): AccelError {
  const fixes: readonly (readonly [RegExp, string])[] = [
    [/NO_PUBKEY|not signed|EXPKEYSIG/, 'Install a newer debian-archive-keyring: the suite may be younger than yours'],
    [/does not have a Release file/, 'Check the suite in the sources: the archive does not have it'],
    [
      /unexpected size|Hash Sum mismatch/,
      'Wait, or use another mirror: its index is not the one that its Release file names',
    ],
    [/resolving|connect|timed out/i, 'Check the network and the proxy (apt-config dump Acquire::http::Proxy)'],
  ];
  const fitting = fixes.filter(([words]) => words.test(error.stderr)).map(([, fix]) => fix);
  return new EnvironmentError({
    code: 'E_DOWNLOAD',
    what: 'the package archive could not be read',
    why: error.why ?? 'apt-get update failed',
    fix: [...fitting, 'Run the same command again; or use packages that are here with --donor dir:PATH'],
    cause: error,
  });
}

/** What the lists have of these packages, by name. */
export async function listedPackages(
  apt: PrivateApt,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly ListedPackage[]>> {
  const byName = new Map<string, ListedPackage[]>();
  if (names.length === 0) return byName;
  // Status 100 is both "one of these is not known" and a real failure, which also prints nothing.
  const { stdout, stderr } = await apt.run(['apt-cache', '--quiet', 'show', '--', ...names], { okStatuses: [0, 100] });
  const trouble = stderr.split('\n').find((line) => line.startsWith('E: ') && !line.includes('No packages found'));
  if (stdout === '' && trouble !== undefined) {
    throw new EnvironmentError({
      code: 'E_DONOR',
      what: 'the package lists cannot be read',
      why: trouble.slice('E: '.length),
      fix: [`Remove ${apt.dir}; it is made anew`],
    });
  }
  for (const stanza of parseDeb822(stdout)) {
    const [name, version, arch] = ['package', 'version', 'architecture'].map((field) => stanza.get(field));
    const sha256 = stanza.get('sha256');
    if (name === undefined || version === undefined || arch === undefined || sha256 === undefined) continue;
    const known = byName.get(name) ?? [];
    if (!known.some((other) => other.version === version)) known.push({ name, version, arch, sha256 });
    byName.set(name, known);
  }
  return byName;
}
