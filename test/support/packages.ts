/** What the tests of `pack` ask of packages, and of roots that they are installed in. */
import { expect } from 'vitest';
import { runCaptured } from '../../src/app/run.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import type { RootCopy } from './roots.ts';
import { testDir } from './temp.ts';
import { readTraceFile } from './two-sides.ts';

type InRoot = Pick<RootCopy, 'root'>;

export async function stdoutOf(...argv: [string, ...string[]]): Promise<string> {
  return (await exec(argv)).stdout;
}

/** What an rpm package provides or requires, sorted, without what rpm itself adds to every package. */
export async function relationsOf(rpm: HostPath, kind: 'provides' | 'requires'): Promise<string[]> {
  const lines = (await stdoutOf('rpm', '-qp', `--${kind}`, rpm)).split('\n');
  return [...new Set(lines)].filter((line) => line !== '' && !/^rpmlib\(|^[^ ]*\(aarch-64\) /.test(line)).sort();
}

/** Path, kind, mode, size and time of everything below /emul. */
export async function stateOfTree({ root }: InRoot): Promise<string> {
  const found = await stdoutOf('find', joinHost(root, 'emul'), '-printf', '%P %y %m %s %T@\n');
  return found.split('\n').sort().join('\n');
}

/** Its errors and warnings, but for those that the packages say are meant. */
export async function complaintsOfLintian(files: readonly HostPath[]): Promise<string[]> {
  const { stdout } = await exec(['lintian', '--allow-root', '--fail-on=none', ...files], { okStatuses: [0, 1, 2] });
  return stdout.split('\n').filter((line) => /^[EW]:/.test(line));
}

/** Runs a shell there, which must succeed. */
export async function inCopy({ root: where }: InRoot, script: string): Promise<{ stdout: string }> {
  const { status, stdout, stderr } = await runCaptured({ root: where, command: ['sh', '-c', script] });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return { stdout };
}

/** How each of these programs ran the last time that the script started it. */
export async function howDidRun(
  { root: where }: InRoot,
  script: string,
  programs: readonly string[],
): Promise<(string | undefined)[]> {
  const trace = joinHost(await testDir(), 'trace.tsv');
  const { status } = await runCaptured({ root: where, command: ['sh', '-c', script], trace });
  expect(status).toBe(0);
  const records = await readTraceFile(trace);
  return programs.map((program) => records.filter(({ path }) => path === program).at(-1)?.how);
}
