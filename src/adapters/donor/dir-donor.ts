/** A donor that is a folder of .deb files: for machines without a network, and for packages that no archive has. */
import { promises as fsp } from 'node:fs';
import { HOST_ARCH } from '../../core/arch.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { mapParallel } from '../../core/parallel.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { withErrno } from '../../os/fs.ts';
import { choose } from './choose.ts';
import type { Donor, DonorAnswer, DonorGuest, DonorReport, DonorWant } from './contract.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { sweepUnfinished, unpack } from './unpack.ts';

interface DebFile {
  readonly path: HostPath;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}

const PARALLEL = 2;

/** @throws EnvironmentError E_DONOR when the folder holds no .deb file. */
export async function openDirDonor(dir: HostPath, guest: DonorGuest): Promise<Donor> {
  const names = await withErrno(`read the donor ${dir}`, () => fsp.readdir(dir));
  const debs = names.filter((name) => name.endsWith('.deb')).sort();
  if (debs.length === 0) {
    throw new EnvironmentError({
      code: 'E_DONOR',
      what: `${dir} holds no packages`,
      why: 'there is no .deb file in it',
      fix: ['Give the folder itself that holds the .deb files'],
    });
  }
  const arch = guest.donorArch ?? HOST_ARCH.name;
  const paths = debs.map((name) => joinHost(dir, name));
  return { spec: `dir:${dir}`, provide: (wants, report) => provide({ paths, arch }, wants, report) };
}

interface Folder {
  readonly paths: readonly HostPath[];
  readonly arch: string;
}

async function provide(
  folder: Folder,
  wants: readonly DonorWant[],
  report: DonorReport,
): Promise<ReadonlyMap<string, DonorAnswer>> {
  await sweepUnfinished();
  const wanted = new Set(wants.map(({ name }) => name));
  const read = await mapParallel(folder.paths.filter(mayBe(wanted)), PARALLEL, readDeb);
  const files = read.filter(({ arch }) => arch === folder.arch || arch === 'all');
  let done = 0;
  const answers = await mapParallel(wants, PARALLEL, async (want) => {
    const answer = await provideOne(want, files);
    report(++done, wants.length, `unpacking ${want.name}`);
    return [want.name, answer] as const;
  });
  return new Map(answers);
}

/** By its file name a package is known without reading it, if somebody did not rename it. */
function mayBe(wanted: ReadonlySet<string>): (path: HostPath) => boolean {
  return (path) => {
    const name = /([^/]+)_[^_/]+_[^_/]+\.deb$/.exec(path)?.[1];
    return name === undefined || wanted.has(name);
  };
}

async function readDeb(path: HostPath): Promise<DebFile> {
  const format = '${Package}\\n${Version}\\n${Architecture}\\n';
  try {
    const { stdout } = await exec(['dpkg-deb', '--show', `--showformat=${format}`, path]);
    const [name = '', version = '', arch = ''] = stdout.split('\n');
    return { path, name, version, arch };
  } catch (cause) {
    throw new EnvironmentError({
      code: 'E_DONOR',
      what: `${path} is not a Debian package`,
      ...(cause instanceof Error ? { why: cause.message } : {}),
      fix: ['Fetch it again, or take it out of the folder'],
      cause,
    });
  }
}

async function provideOne(want: DonorWant, files: readonly DebFile[]): Promise<DonorAnswer> {
  const choice = choose(
    want,
    files.filter(({ name }) => name === want.name),
    'the folder',
  );
  if (choice.kind === 'missing') return choice;
  const { name, version, arch, path } = choice.candidate;
  const found = await unpack({ name, version, arch, sha256: await sha256OfFile(path) }, path);
  return { kind: 'found', package: found, ...(choice.note === undefined ? {} : { note: choice.note }) };
}
