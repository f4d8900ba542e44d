/** The program behind `npm run obs-build`. Not a command: it belongs to a checkout, not to an installation. */
import type { TrialResult } from '../app/obs-build/trial.ts';
import { guestArch } from '../core/arch.ts';
import { EXIT } from '../core/errors.ts';
import { hostPath } from '../core/paths.ts';
import { given } from './command.ts';
import { runCommandLine } from './main.ts';
import { parseScriptWords } from './script-words.ts';
import { renderTable } from './table.ts';

const USAGE = 'npm run obs-build -- [--arch ARCH] [--dsc NAME] [--root DIR] [--pack PACK,...] [--record]';

const OPTIONS = {
  arch: { type: 'string', default: 'arm64' },
  dsc: { type: 'string' },
  root: { type: 'string' },
  pack: { type: 'string' },
  record: { type: 'boolean', default: false },
} as const;

const COLUMNS = [
  { title: 'phase' },
  { title: 'emulated', align: 'right' },
  { title: 'accelerated', align: 'right' },
  { title: 'speed-up', align: 'right' },
] as const;

/** Exit status 1 for packages that differ. */
export function obsBuildMain(words: readonly string[]): Promise<void> {
  return runCommandLine(words, async ({ print, makeContext }) => {
    const { values } = parseScriptWords(words, OPTIONS, USAGE);
    const { progress: onProgress, interruption } = makeContext(false);
    const { tryObsBuild } = await import('../app/obs-build/trial.ts');
    const result = await tryObsBuild({
      kind: values.dsc === undefined ? 'spec' : 'dsc',
      source: values.dsc ?? '',
      arch: guestArch(values.arch),
      ...given({
        root: values.root === undefined ? undefined : hostPath(values.root),
        packs: values.pack?.split(','),
      }),
      onProgress,
      signal: interruption(),
    });
    print(render(result));
    if (values.record) await keep(result, print);
    return result.different.length > 0 ? EXIT.finding : EXIT.ok;
  });
}

/** Loaded lazily: the benchmark's facts about the machine are needed here only. */
async function keep(result: TrialResult, print: (text: string) => void): Promise<void> {
  const { keepRecord, recordOf } = await import('../app/obs-build/record.ts');
  const written = await keepRecord(await recordOf(result));
  print(`written: ${written.join(', ')}\n`);
}

function render({ accelerated, emulated, different }: TrialResult): string {
  const [fast, slow] = [accelerated.buildSeconds, emulated.buildSeconds];
  const row = ['build', `${slow.toFixed(1)} s`, `${fast.toFixed(1)} s`, `${(slow / fast).toFixed(1)}x`];
  const preparation = ['preparation', '-', `${accelerated.preparationSeconds.toFixed(1)} s`, '-'];
  const outcome = different.length === 0 ? 'the packages have the same bytes' : `other bytes: ${different.join(', ')}`;
  return `${renderTable(COLUMNS, [preparation, row])}\n${outcome}\n`;
}
