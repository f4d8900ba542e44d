/** The built program, as a shell sees it: streams, exit statuses, closed pipes. No command that needs a build root. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toolVersion } from '../../src/os/project.ts';

const BIN = `${import.meta.dirname}/../../bin/qemu-accel`;

function qemuAccel(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [BIN, ...words], { encoding: 'utf8' });
}

test('help is a result', () => {
  const { status, stdout, stderr } = qemuAccel('--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const name of ['bootstrap', 'install', 'refresh', 'remove', 'run', 'list', 'explain']) {
    expect(stdout).toContain(`\n  ${name} `);
  }
});

test('the version is that of the package', () => {
  expect(qemuAccel('--version').stdout).toBe(`${toolVersion()}\n`);
});

test.each([[['instal']], [['install']], [['list', '/', '--no-such-option']], [['bootstrap', 'trixie', 'vax', '/x']]])(
  '%j is a usage error: status 2, nothing on stdout',
  (words) => {
    const { status, stdout, stderr } = qemuAccel(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error\[E_(USAGE|ARCH)\]: .+\n(.+\n)* {2}fix: .+\n/);
  },
);

test('a root that is none is status 3, and JSON where JSON was asked for', () => {
  expect(qemuAccel('run', '/nonexistent', 'true').status).toBe(3);
  const { status, stdout, stderr } = qemuAccel('explain', '/nonexistent', 'cc', '--json');
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'E_ROOT' } });
});

test('--json of the command in the root is not ours', () => {
  expect(qemuAccel('run', '/nonexistent', 'true', '--json').stderr).toMatch(/^error\[E_ROOT\]/);
});

test('a reader that leaves is no failure', () => {
  const script = '"$1" "$2" --help | true; printf "%s" "${PIPESTATUS[0]}"';
  const result = spawnSync('bash', ['-c', script, 'bash', process.execPath, BIN], { encoding: 'utf8' });
  expect({ stdout: result.stdout, stderr: result.stderr }).toEqual({ stdout: '0', stderr: '' });
});
