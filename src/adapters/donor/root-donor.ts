/** A donor that is a host-architecture root directory with a dpkg database. Its files are used where they are. */
import { createHash } from 'node:crypto';
import { HOST_ARCH } from '../../core/arch.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { exists, readTextIfThere } from '../../os/fs.ts';
import { choose } from './choose.ts';
import type { Donor, DonorAnswer, DonorGuest, DonorReport, DonorWant } from './contract.ts';

interface Installed {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}

/** @throws EnvironmentError E_DONOR when it is not a root, or one of another architecture. */
export async function openRootDonor(root: HostPath, guest: DonorGuest): Promise<Donor> {
  const arch = guest.donorArch ?? HOST_ARCH.name;
  const installed = (await readInstalled(root)).filter((one) => one.arch === arch || one.arch === 'all');
  if (!installed.some((one) => one.arch === arch)) {
    throw new EnvironmentError({
      code: 'E_DONOR',
      what: `${root} is no donor`,
      why: `no package of the architecture ${arch} is installed in it`,
      fix: [`Give a root directory of the build root's distribution and of ${arch}`],
    });
  }
  return { spec: `root:${root}`, provide: (wants, report) => provide({ root, installed }, wants, report) };
}

async function readInstalled(root: HostPath): Promise<Installed[]> {
  const database = joinHost(root, 'var/lib/dpkg');
  if (!(await exists(joinHost(database, 'status')))) {
    throw new EnvironmentError({
      code: 'E_DONOR',
      what: `${root} is no donor`,
      why: 'it has no dpkg database in /var/lib/dpkg',
      fix: ['Give a root directory that debootstrap, mmdebstrap or an image build made'],
    });
  }
  const format = '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n';
  const { stdout } = await exec(['dpkg-query', `--admindir=${database}`, '--show', `--showformat=${format}`]);
  return stdout.split('\n').flatMap((line) => {
    const [status, name = '', version = '', arch = ''] = line.split(' ');
    return status === 'installed' ? [{ name, version, arch }] : [];
  });
}

interface DonorRoot {
  readonly root: HostPath;
  readonly installed: readonly Installed[];
}

async function provide(
  donor: DonorRoot,
  wants: readonly DonorWant[],
  report: DonorReport,
): Promise<ReadonlyMap<string, DonorAnswer>> {
  const answers = new Map<string, DonorAnswer>();
  for (const want of wants) {
    answers.set(want.name, await provideOne(donor, want));
    report(answers.size, wants.length, `reading ${want.name}`);
  }
  return answers;
}

async function provideOne({ root, installed }: DonorRoot, want: DonorWant): Promise<DonorAnswer> {
  const candidates = installed.filter(({ name }) => name === want.name);
  const choice = choose(want, candidates, 'the donor root');
  if (choice.kind === 'missing') return choice;
  const sha256 = await hashFileList(root, choice.candidate);
  const found = { ...choice.candidate, sha256, dir: root };
  return { kind: 'found', package: found, ...(choice.note === undefined ? {} : { note: choice.note }) };
}

/** The package file is gone, so its version and its sorted list of files stand for it. */
async function hashFileList(root: HostPath, { name, version, arch }: Installed): Promise<string> {
  const info = joinHost(root, 'var/lib/dpkg/info');
  const list =
    (await readTextIfThere(joinHost(info, `${name}:${arch}.list`))) ??
    (await readTextIfThere(joinHost(info, `${name}.list`))) ??
    '';
  const lines = list.split('\n').sort().join('\n');
  return createHash('sha256').update(`${name} ${version} ${arch}\n${lines}`).digest('hex');
}
