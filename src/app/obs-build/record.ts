/** `npm run obs-build -- --record`: what a trial has measured is kept, and quoted by docs/build-systems.md. */
import { promises as fsp } from 'node:fs';
import { loadavg } from 'node:os';
import { basename } from 'node:path/posix';
import { replaceBlock } from '../../core/bench/documents.ts';
import { obsTable, parseObsRecord, type ObsRecord } from '../../core/obs-record.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { readJsonFiles, withErrno, writeAtomically } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import { machineFacts, toolFacts } from '../bench/machine.ts';
import type { TrialResult } from './trial.ts';

/** Below the checkout. */
export const RECORDS = 'bench/obs-build';
const PAGE = 'docs/build-systems.md';

export async function recordOf(result: TrialResult): Promise<ObsRecord> {
  const { accelerated, emulated, different, recipe, obsArch, suite, accelerators, loadBefore } = result;
  return {
    ...{ format: 1, endedAt: new Date().toISOString(), recipe, arch: obsArch, suite },
    accelerators: [...accelerators],
    seconds: {
      preparation: accelerated.preparationSeconds,
      accelerated: accelerated.buildSeconds,
      emulated: emulated.buildSeconds,
    },
    packages: accelerated.packages.map((path) => basename(path)),
    different: [...different],
    tool: await toolFacts(),
    machine: await machineFacts(),
    load: { before: loadBefore, after: loadavg()[0] ?? 0 },
  };
}

/**
 * The records of a recipe and architecture replace one another.
 *
 * @returns the paths that were written.
 * @throws UsageError E_USAGE for a file there that is no record.
 */
export async function keepRecord(record: ObsRecord): Promise<string[]> {
  const dir = projectPath(RECORDS);
  const name = `${record.recipe.replace(/[_.].*/s, '')}-${record.arch}.json`;
  await withErrno(`make ${dir}`, () => fsp.mkdir(dir, { recursive: true }));
  await writeAtomically(joinHost(dir, name), `${JSON.stringify(record, undefined, 2)}\n`);
  const page = await withErrno(`read ${PAGE}`, () => fsp.readFile(projectPath(PAGE), 'utf8'));
  const table = obsTable(await readRecords(dir));
  await writeAtomically(projectPath(PAGE), replaceBlock(page, 'obs-build', table));
  return [`${RECORDS}/${name}`, PAGE];
}

/** By name; none where the directory does not exist. */
export function readRecords(dir: HostPath): Promise<ObsRecord[]> {
  return readJsonFiles(dir, parseObsRecord);
}
