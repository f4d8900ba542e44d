/** What `npm run obs-build -- --record` keeps, and that docs/build-systems.md shows it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readRecords, RECORDS } from '../../src/app/obs-build/record.ts';
import { replaceBlock } from '../../src/core/bench/documents.ts';
import { obsTable, parseObsRecord, type ObsRecord } from '../../src/core/obs-record.ts';
import { hostPath } from '../../src/core/paths.ts';

const ROOT = `${import.meta.dirname}/../..`;
const RECORD: ObsRecord = {
  format: 1,
  endedAt: '2026-01-02T03:04:05.678Z',
  recipe: 'hello.spec',
  arch: 'aarch64',
  suite: 'trixie',
  accelerators: ['qemu-accel-aarch64'],
  seconds: { preparation: 30, accelerated: 10, emulated: 205 },
  packages: ['hello-2.10-1.aarch64.rpm', 'hello-2.10-1.src.rpm'],
  different: [],
  tool: { version: '1.2.3' },
  machine: { cpu: 'a CPU', cpus: 2, memoryMib: 4096, kernel: 'Linux 6', os: 'an OS' },
  load: { before: 0.25, after: 1 },
};

test('a record is read as it was written, and anything else is refused', () => {
  expect(parseObsRecord(JSON.stringify(RECORD), 'one')).toEqual(RECORD);
  for (const broken of ['', '{}', JSON.stringify({ ...RECORD, packages: [] })]) {
    expect(() => parseObsRecord(broken, 'broken')).toThrow(expect.objectContaining({ code: 'E_USAGE' }) as Error);
  }
});

test('the table tells how many times as fast, and whether the packages are the same', () => {
  expect(obsTable([RECORD])).toContain('205.0 s');
  expect(obsTable([RECORD])).toContain('20.5x');
  expect(obsTable([RECORD])).toContain('2, same bytes');
  const other = { ...RECORD, different: ['hello-2.10-1.aarch64.rpm'] };
  expect(obsTable([other])).toContain('other bytes: hello-2.10-1.aarch64.rpm');
  expect(obsTable([])).toBe('Nothing has been recorded yet.\n');
});

test('docs/build-systems.md shows the records that are kept', async () => {
  const page = readFileSync(`${ROOT}/docs/build-systems.md`, 'utf8');
  const table = obsTable(await readRecords(hostPath(`${ROOT}/${RECORDS}`)));
  expect(page).toBe(replaceBlock(page, 'obs-build', table));
});
