/**
 * Compares binary packages. Where two files have other bytes, they are taken apart to name what differs: a .deb is an ar
 * archive of two compressed tar archives, control and data (deb(5)).
 */
import { promises as fsp } from 'node:fs';
import { tmpdir } from 'node:os';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { exists } from '../../os/fs.ts';
import { compareTrees } from './compare-trees.ts';

const PARTS = [
  { name: 'control', option: '--ctrl-tarfile' },
  { name: 'data', option: '--fsys-tarfile' },
] as const;
type Part = (typeof PARTS)[number];

/**
 * @returns one line for every file that differs: `libfoo1_1.0_arm64.deb: data: ./usr/lib/libfoo.so.1`; empty where all of
 * these packages have the same bytes in both directories.
 * @throws CommandError E_COMMAND for a file that is no package.
 */
export async function compareDebs(left: HostPath, right: HostPath, names: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const name of names) {
    const [a, b] = [joinHost(left, name), joinHost(right, name)];
    if (!(await exists(a)) || !(await exists(b))) lines.push(`${name}: only one of the builds has it`);
    else for (const what of await compareDeb(a, b)) lines.push(`${name}: ${what}`);
  }
  return lines;
}

async function compareDeb(left: HostPath, right: HostPath): Promise<string[]> {
  const [a, b] = await Promise.all([fsp.readFile(left), fsp.readFile(right)]);
  if (a.equals(b)) return [];
  const work = hostPath(await fsp.mkdtemp(joinHost(hostPath(tmpdir()), 'qemu-accel-debs-')));
  try {
    const differences: string[] = [];
    for (const part of PARTS) differences.push(...(await comparePart(part, [left, right], work)));
    return differences.length > 0 ? differences : ['the same files, packed in another way'];
  } finally {
    await fsp.rm(work, { recursive: true, force: true });
  }
}

/** Content and type by unpacking; owner, time, order and the rest by tar's own listing. */
async function comparePart(part: Part, debs: readonly [HostPath, HostPath], work: HostPath): Promise<string[]> {
  const sides = ['left', 'right'].map((side) => joinHost(work, `${part.name}-${side}`)) as [HostPath, HostPath];
  const listings: string[][] = [];
  for (const [at, dir] of sides.entries()) {
    const tar = `${dir}.tar` as HostPath;
    await fsp.mkdir(dir);
    await exec(['bash', '-c', 'dpkg-deb "$1" "$2" >"$3"', 'bash', part.option, debs[at] ?? '', tar]);
    await exec(['tar', '--extract', `--file=${tar}`, `--directory=${dir}`, '--no-same-owner']);
    const { stdout } = await exec(['tar', '--list', '--verbose', '--full-time', '--numeric-owner', `--file=${tar}`]);
    listings.push(stdout.trimEnd().split('\n'));
  }
  const [left = [], right = []] = listings;
  const contents = (await compareTrees(...sides)).different.map((name) => `./${name}`);
  const named = [...contents, ...otherLines(left, right, contents)];
  const isReordered = named.length === 0 && left.join('\n') !== right.join('\n');
  return [...named, ...(isReordered ? ['the order of the files'] : [])].map((what) => `${part.name}: ${what}`);
}

/** Lines of either listing that the other one has not, but for files that are named already. */
function otherLines(left: readonly string[], right: readonly string[], named: readonly string[]): string[] {
  const [a, b] = [new Set(left), new Set(right)];
  const others = [
    ...left.filter((line) => !b.has(line)).map((line) => `- ${line}`),
    ...right.filter((line) => !a.has(line)).map((line) => `+ ${line}`),
  ];
  return others.filter((line) => !named.some((name) => line.endsWith(` ${name}`)));
}
