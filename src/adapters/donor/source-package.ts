/** Source packages from the distribution's archive, as apt has checked them: upstream's tarball alone, or all of it. */
import { promises as fsp } from 'node:fs';
import { parseDeb822, type Stanza } from '../../core/deb822.ts';
import { CommandError, EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { compareVersions } from '../../core/versions.ts';
import { exec } from '../../os/exec.ts';
import { readTextIfThere, withErrno, writeAtomically } from '../../os/fs.ts';
import { openPrivateApt, type PrivateApt } from './apt-private.ts';
import type { DonorGuest } from './donor.ts';
import { sha256OfFile } from '../../os/hash-file.ts';

export interface SourceTarball {
  readonly name: string;
  /** Upstream's. */
  readonly version: string;
  readonly path: HostPath;
  readonly sha256: string;
}

export interface SourceWant {
  /** In the order of preference. */
  readonly candidates: readonly string[];
  readonly signal: AbortSignal;
  /** A candidate that the archive does not serve, and apt's words. */
  readonly onMissing: (name: string, why: string) => void;
}

/**
 * Fetches the first of these source packages that the archive really serves: a mirror may be partial, and name files that
 * it does not have.
 *
 * @throws EnvironmentError E_DOWNLOAD when it serves none of them.
 */
export async function fetchSource(guest: DonorGuest, want: SourceWant): Promise<SourceTarball> {
  const apt = await openSourceApt(guest);
  for (const name of want.candidates) {
    const kept = await findTarball(apt, name);
    if (kept) return kept;
  }
  await updateSourceLists(apt, want.signal);
  const whys: string[] = [];
  for (const name of want.candidates) {
    const why = await download(apt, name, want.signal);
    const tarball = await findTarball(apt, name);
    if (tarball) return tarball;
    whys.push(`${name}: ${why ?? 'it has no upstream tarball'}`);
    want.onMissing(name, why ?? 'it has no upstream tarball');
  }
  throw new EnvironmentError({
    code: 'E_DOWNLOAD',
    what: `the package archive serves none of the source packages ${want.candidates.join(', ')}`,
    why: whys.join('\n'),
    fix: ['Check the network, or use a more complete mirror in /etc/apt, then run the same command again'],
  });
}

/** The private apt of the donor with the same archives and keys, asked for sources instead of packages. */
interface SourceApt {
  readonly apt: PrivateApt;
  readonly dir: HostPath;
  readonly options: readonly string[];
}

async function openSourceApt(guest: DonorGuest): Promise<SourceApt> {
  const apt = await openPrivateApt(guest);
  const dir = joinHost(apt.dir, 'source');
  const lists = joinHost(dir, 'lists');
  const sources = joinHost(dir, 'source.sources');
  const binary = (await readTextIfThere(joinHost(apt.dir, 'donor.sources'))) ?? '';
  await withErrno(`set up ${dir}`, () => fsp.mkdir(joinHost(lists, 'partial'), { recursive: true, mode: 0o700 }));
  await writeAtomically(sources, binary.replace(/^Types: deb$/gm, 'Types: deb-src'));
  return { apt, dir, options: ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Etc::sourcelist=${sources}`] };
}

async function updateSourceLists({ apt, options }: SourceApt, signal: AbortSignal): Promise<void> {
  try {
    await apt.run(['apt-get', '--quiet', ...options, 'update'], { signal });
  } catch (error) {
    // A pocket that does not answer leaves the others usable; a download then says what is missing.
    if (!(error instanceof CommandError) || signal.aborted) throw error;
  }
}

/** @returns why it did not come, or undefined. */
async function download(source: SourceApt, name: string, signal: AbortSignal): Promise<string | undefined> {
  const dir = joinHost(source.dir, name);
  await withErrno(`make ${dir}`, () => fsp.mkdir(dir, { recursive: true }));
  try {
    const argv = ['apt-get', '--quiet', ...source.options, 'source', '--download-only', '--only-source', name] as const;
    await source.apt.run([argv[0], ...argv.slice(1)], { cwd: dir, signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || signal.aborted) throw error;
    const words = error.stderr.split('\n').find((line) => line.startsWith('E: '));
    return words?.slice('E: '.length).replace(/\s+/g, ' ') ?? error.why;
  }
}

/** The tarball of a source package that was fetched, here or by an earlier call. apt renames a file once it is whole. */
async function findTarball(source: SourceApt, name: string): Promise<SourceTarball | undefined> {
  const dir = joinHost(source.dir, name);
  const names = await fsp.readdir(dir).catch(() => []);
  for (const file of names.sort()) {
    const version = /^[^_]+_(?<version>[^_]+)\.orig\.tar\.(gz|xz|bz2)$/.exec(file)?.groups?.['version'];
    if (version === undefined) continue;
    const path = joinHost(dir, file);
    return { name, version, path, sha256: await sha256OfFile(path) };
  }
  return undefined;
}

/** A whole source package: what `dpkg-source --extract` takes. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** Where all of its files lie, and other files, too. */
  readonly dir: HostPath;
  /** Its description, and what that names: file names in `dir`. */
  readonly files: readonly [dsc: string, ...others: string[]];
  /** Of the description, which holds those of all other files. */
  readonly sha256: string;
}

export type SourceAnswer = { readonly kind: 'found'; readonly source: SourcePackage } | SourceMissing;

export interface SourceMissing {
  readonly kind: 'missing';
  /** apt's words. */
  readonly why: string;
}

/**
 * Fetches whole source packages, and tells for each that the archive does not serve why. One that was fetched before is
 * taken from the cache, without asking the archive.
 */
export async function fetchSourcePackages(
  guest: DonorGuest,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SourceAnswer>> {
  const apt = await openSourceApt(guest);
  const answers = new Map<string, SourceAnswer>();
  for (const name of names) {
    const source = await findSourcePackage(apt, name);
    if (source) answers.set(name, { kind: 'found', source });
  }
  const wanted = names.filter((name) => !answers.has(name));
  if (wanted.length > 0) await updateSourceLists(apt, signal);
  for (const name of wanted) {
    const why = await download(apt, name, signal);
    const source = await findSourcePackage(apt, name);
    const missing = { kind: 'missing', why: why ?? 'apt has left out a part of it' } as const;
    answers.set(name, source ? { kind: 'found', source } : missing);
  }
  return answers;
}

/** The newest description in its directory of which every file is there: apt leaves what it could fetch of the others. */
async function findSourcePackage(apt: SourceApt, name: string): Promise<SourcePackage | undefined> {
  const dir = joinHost(apt.dir, name);
  const present = await fsp.readdir(dir).catch((): string[] => []);
  for (const dsc of present
    .filter((file) => file.endsWith('.dsc'))
    .sort(compareVersionsOfFiles)
    .reverse()) {
    const text = (await readTextIfThere(joinHost(dir, dsc))) ?? '';
    // The first stanza is what a signature begins with: `Hash: SHA512`.
    const stanza = parseDeb822(text).find((fields) => fields.has('checksums-sha256'));
    const version = stanza?.get('version');
    if (stanza === undefined || version === undefined) continue;
    const others = filesOf(stanza);
    if (!others.every((file) => present.includes(file))) continue;
    return { name, version, dir, files: [dsc, ...others], sha256: await sha256OfFile(joinHost(dir, dsc)) };
  }
  return undefined;
}

/** `NAME_VERSION.dsc`. */
function compareVersionsOfFiles(a: string, b: string): number {
  return compareVersions(a.slice(a.indexOf('_') + 1, -'.dsc'.length), b.slice(b.indexOf('_') + 1, -'.dsc'.length));
}

/** `SHA256 SIZE NAME` a line; deb-src-control(5). */
function filesOf(stanza: Stanza): string[] {
  const lines = (stanza.get('checksums-sha256') ?? '').split('\n');
  return lines.flatMap((line) => line.trim().split(/\s+/)[2] ?? []);
}

/**
 * Unpacks a tarball into a new directory, without the directory that it has at its top.
 *
 * @throws CommandError E_COMMAND when it is no tarball.
 */
export async function unpackSource(tarball: SourceTarball, dir: HostPath): Promise<void> {
  await withErrno(`make ${dir}`, () => fsp.mkdir(dir, { recursive: true }));
  await exec([
    'tar',
    '--extract',
    `--file=${tarball.path}`,
    `--directory=${dir}`,
    '--strip-components=1',
    '--no-same-owner',
  ]);
}
