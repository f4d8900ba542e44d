/** The sums at the end of `npm test`, over reports that vitest really writes. */
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { testDir } from '../support/temp.ts';

const PROJECT = `${import.meta.dirname}/../..`;

/** Runs a test file of one line per test and counts its report. */
async function count(dir: HostPath, content: string): Promise<string> {
  const report = joinHost(dir, 'report.json');
  await writeFile(joinHost(dir, 'sample.test.js'), content);
  const vitest = `${PROJECT}/node_modules/vitest/vitest.mjs`;
  const options = ['--root', dir, '--globals', '--reporter=json', `--outputFile=${report}`];
  const { status } = await exec([process.execPath, vitest, 'run', ...options], { okStatuses: [0, 1], cwd: dir });
  const counted = await exec([process.execPath, `${PROJECT}/scripts/count-vitest.js`, report, String(status)]);
  return counted.stdout.trim();
}

test.each([
  ["test('a', () => {}); test('b', () => {}); test.skip('c', () => {}); test.todo('d');", '2 0 2'],
  ["test('a', () => {}); test('b', () => { throw new Error('b'); });", '1 1 0'],
  ["describe.skip('x', () => { test('a', () => {}); test('b', () => {}); });", '0 0 2'],
  ["throw new Error('does not load');", '0 1 0'],
  ["beforeAll(() => { throw new Error('hook'); }); test('a', () => {});", '0 1 1'],
  [
    "test('a', () => { setTimeout(() => { throw new Error('later'); }); return new Promise((r) => setTimeout(r, 50)); });",
    '1 1 0',
  ],
])('%s', async (content, sums) => {
  expect(await count(await testDir(), content)).toBe(sums);
});

test('a report that was never written is a failure', async () => {
  const counted = await exec([process.execPath, `${PROJECT}/scripts/count-vitest.js`, '/nonexistent', '0']);
  expect(counted.stdout.trim()).toBe('0 1 0');
});
