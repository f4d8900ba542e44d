/** What a result must tell of the machine and the tools, so that somebody else can tell whether theirs compares. */
import { promises as fsp } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { BenchResult } from '../../core/bench/result.ts';
import { guestPath, inRoot, type HostPath } from '../../core/paths.ts';
import { parseStatus } from '../../adapters/buildroot/dpkg-database.ts';
import { findQemu } from '../../adapters/sandbox/interpreter.ts';
import { exec } from '../../os/exec.ts';
import { readTextIfThere, withErrno } from '../../os/fs.ts';
import { projectPath, toolVersion } from '../../os/project.ts';
import type { Arena } from './contenders.ts';
import { ARCH } from './roots.ts';

/** Packages of a root whose versions matter. */
const PACKAGES = [
  'bash',
  'binutils',
  'gcc-14',
  'gcc-14-aarch64-linux-gnu',
  'debhelper',
  'libc6',
  'meson',
  'perl',
  'proot',
  'python3.13',
  'qemu-user',
];

/** Processes that run or wait: the average of the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

export async function machineFacts(): Promise<Omit<BenchResult['machine'], 'load'>> {
  const osRelease = (await readTextIfThere('/etc/os-release' as HostPath)) ?? '';
  return {
    cpu: cpus()[0]?.model.trim() ?? arch(),
    cpus: cpus().length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: `Linux ${release()}`,
    os: /^PRETTY_NAME="?([^"\n]+)/m.exec(osRelease)?.[1] ?? 'unknown',
  };
}

/** With the commit where this is a checkout; `-dirty` where files of it have been changed. */
export async function toolFacts(): Promise<BenchResult['tool']> {
  try {
    const argv = ['git', '-C', projectPath(), 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'] as const;
    return { version: toolVersion(), commit: (await exec(argv)).stdout.trim() };
  } catch {
    // An installation, or a machine without git.
    return { version: toolVersion() };
  }
}

/** Versions by program, or by root and package. */
export async function versionsOf({ guestRoot, nativeRootIfMade }: Arena): Promise<Record<string, string>> {
  const native = await nativeRootIfMade();
  const qemu = (await exec([findQemu(ARCH), '--version'])).stdout;
  return {
    node: process.version,
    qemu: /version ([^\n]+)/.exec(qemu)?.[1] ?? 'unknown',
    ...(await packagesOf('guest', guestRoot)),
    ...(native === undefined ? {} : await packagesOf('native', native)),
  };
}

async function packagesOf(where: string, root: HostPath): Promise<Record<string, string>> {
  const status = inRoot(root, guestPath('/var/lib/dpkg/status'));
  const text = await withErrno(`read the packages of ${root}`, () => fsp.readFile(status, 'utf8'));
  const known = parseStatus(text).filter(({ name }) => PACKAGES.includes(name));
  return Object.fromEntries(known.map(({ name, version }) => [`${where} ${name}`, version]));
}
