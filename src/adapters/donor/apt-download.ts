/** Fetches package files with apt, and says for each that did not come why. */
import { promises as fsp } from 'node:fs';
import { CommandError, EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exists } from '../../os/fs.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import type { ListedPackage } from './apt-lists.ts';
import type { PrivateApt } from './apt-private.ts';
import type { DonorReport } from './contract.ts';

export type Fetched =
  | { readonly kind: 'file'; readonly package: ListedPackage; readonly path: HostPath }
  | { readonly kind: 'gone'; readonly package: ListedPackage; readonly why: string };

/** apt's words for "the archive answers, but has not this file (as listed)"; everything else may pass. */
const GONE = /\b(404|410|403)\b|File not found|Hash Sum mismatch|unexpected size/;
const TIMEOUT_MS = 60 * 60 * 1000;

/**
 * Fetches all packages at once; those that are in the download directory from an interrupted run are not fetched again.
 *
 * @throws EnvironmentError E_DOWNLOAD when the archive cannot be reached.
 */
export async function fetchPackages(
  apt: PrivateApt,
  packages: readonly ListedPackage[],
  report: DonorReport,
): Promise<Fetched[]> {
  if (packages.length === 0) return [];
  const download = joinHost(apt.dir, 'download');
  const words = packages.map(({ name, version }) => `${name}=${version}`);
  const listed = await apt.run(['apt-get', '--quiet', 'download', '--print-uris', '--', ...words], { cwd: download });
  const uris = parseUris(listed.stdout);
  const stderr = await runDownload(apt, words, { download, report });
  const failures = parseFailures(stderr);
  const fetched: Fetched[] = [];
  for (const wanted of packages) {
    const uri = uris.find(({ sha256 }) => sha256 === wanted.sha256);
    const path = joinHost(download, fileName(wanted));
    if (await hasContent(path, wanted.sha256)) fetched.push({ kind: 'file', package: wanted, path });
    else fetched.push({ kind: 'gone', package: wanted, why: whyGone(failures.get(uri?.uri ?? ''), stderr) });
  }
  return fetched;
}

interface DownloadPlace {
  readonly download: HostPath;
  readonly report: DonorReport;
}

/** Returns what apt said on stderr, without the status lines that APT::Status-Fd mixes in. */
async function runDownload(apt: PrivateApt, words: readonly string[], place: DownloadPlace): Promise<string> {
  const onStderrLine = (line: string): void => {
    const status = /^dlstatus:.*Retrieving file (\d+) of (\d+)/.exec(line);
    if (status) place.report(Number(status[1]), Number(status[2]), 'fetching packages');
  };
  const argv = ['apt-get', '--quiet', '-o', 'APT::Status-Fd=2', 'download', '--', ...words] as const;
  try {
    await apt.run(argv, { cwd: place.download, timeoutMs: TIMEOUT_MS, onStderrLine });
    return '';
  } catch (error) {
    if (!(error instanceof CommandError) || error.status !== 100) throw error;
    return error.stderr
      .split('\n')
      .filter((line) => !line.startsWith('dlstatus:'))
      .join('\n');
  }
}

/** apt's name for a fetched package, an epoch's colon written as in a URI. --print-uris leaves out what is there. */
function fileName({ name, version, arch }: ListedPackage): string {
  return `${name}_${version.replaceAll(':', '%3a')}_${arch}.deb`;
}

interface Uri {
  readonly uri: string;
  readonly sha256: string;
}

/** `'URI' file size SHA256:hash` lines of --print-uris. */
function parseUris(stdout: string): Uri[] {
  return [...stdout.matchAll(/^'([^']+)' \S+ \d+ SHA256:([0-9a-f]{64})/gm)].map((match) => ({
    uri: match[1] ?? '',
    sha256: match[2] ?? '',
  }));
}

/** `E: Failed to fetch URI  words` lines of apt-get, by URI. */
function parseFailures(stderr: string): ReadonlyMap<string, string> {
  const found = stderr.matchAll(/^E: Failed to fetch (\S+)\s+(.*)$/gm);
  return new Map([...found].map((match) => [match[1] ?? '', (match[2] ?? '').trim()]));
}

function whyGone(failure: string | undefined, stderr: string): string {
  const words = failure?.replace(/\s*\[IP: [^\]]*\]/, '').replace(/\s+/g, ' ');
  if (words !== undefined && GONE.test(words)) return `the package archive does not serve this file: ${words}`;
  throw new EnvironmentError({
    code: 'E_DOWNLOAD',
    what: 'packages could not be fetched',
    why: words ?? lastLine(stderr) ?? 'apt said that it fetched them, but the files are not there',
    fix: ['Check the network and the proxy, then run the same command again: what was fetched is kept'],
  });
}

function lastLine(text: string): string | undefined {
  return text
    .trimEnd()
    .split('\n')
    .findLast((line) => line !== '');
}

async function hasContent(path: HostPath, sha256: string): Promise<boolean> {
  return (await exists(path)) && (await sha256OfFile(path)) === sha256;
}

/** Called once everything is unpacked: the files are not needed again. */
export async function emptyDownloads(apt: PrivateApt): Promise<void> {
  const download = joinHost(apt.dir, 'download');
  for (const name of await fsp.readdir(download)) await fsp.rm(joinHost(download, name), { recursive: true });
}
