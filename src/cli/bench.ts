/** The program behind `npm run bench`. Not a command: it belongs to a checkout, not to an installation. */
import { promises as fsp } from 'node:fs';
import { EXIT, UsageError } from '../core/errors.ts';
import { hostPath, joinHost, type HostPath } from '../core/paths.ts';
import type { BenchResult } from '../core/bench/result.ts';
import { withErrno, writeAtomically } from '../os/fs.ts';
import { projectPath } from '../os/project.ts';
import { renderBench, renderBenchTable, renderCase } from './bench-report.ts';
import { given, type CommandContext } from './command.ts';
import { runCommandLine } from './main.ts';
import { parseScriptWords } from './script-words.ts';

const USAGE =
  'npm run bench -- [--quick] [--contenders a,b] [--rounds N] [--minutes N] [--root DIR] [--out DIR] [--write-docs] [--list] [CASE...]';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  contenders: { type: 'string' },
  rounds: { type: 'string' },
  minutes: { type: 'string' },
  root: { type: 'string' },
  out: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
} as const;

/** Exit status 1 when a case fails, that is: has neither a figure nor a reason that was known before. */
export function benchMain(words: readonly string[]): Promise<void> {
  return runCommandLine(words, async ({ print, makeContext }) => {
    const { values, positionals: cases } = parseScriptWords(words, OPTIONS, USAGE);
    const mode = values.quick ? 'quick' : 'full';
    const contenders = values.contenders?.split(',') ?? [];
    const out = hostPath(values.out ?? projectPath('bench', 'results'));
    if (values.list) {
      const { chooseCases } = await import('../app/bench/cases.ts');
      const { chooseContenders } = await import('../app/bench/contenders.ts');
      print(renderBenchTable(chooseCases(cases), chooseContenders(contenders)));
      return EXIT.ok;
    }
    if (values['write-docs']) {
      const { writeDocs } = await import('../app/bench/write-docs.ts');
      print(`${(await writeDocs(out)).map((path) => `written: ${path}`).join('\n')}\n`);
      return EXIT.ok;
    }
    const root = values.root === undefined ? undefined : hostPath(values.root);
    const result = await measure(
      {
        mode,
        cases,
        contenders,
        ...given({ root, rounds: numberOf(values, 'rounds'), minutes: numberOf(values, 'minutes') }),
      },
      makeContext(false),
    );
    const file = await keep(result, out);
    print(`${renderBench(result)}\nkept as ${file}\n`);
    return result.cells.some((cell) => 'missing' in cell && cell.missing.startsWith('failed: '))
      ? EXIT.finding
      : EXIT.ok;
  });
}

interface Wanted {
  readonly mode: 'quick' | 'full';
  readonly cases: readonly string[];
  readonly contenders: readonly string[];
  readonly rounds?: number;
  readonly minutes?: number;
  readonly root?: HostPath;
}

async function measure(wanted: Wanted, { progress, interruption }: CommandContext): Promise<BenchResult> {
  const { bench } = await import('../app/bench/bench.ts');
  return bench({
    ...wanted,
    onCase: (each, cells) => {
      progress({ kind: 'note', text: renderCase(each, cells) });
    },
    onProgress: progress,
    signal: interruption(),
  });
}

/** `2026-01-31T180512-quick.json`. */
async function keep(result: BenchResult, out: HostPath): Promise<HostPath> {
  const name = `${result.startedAt.slice(0, 19).replaceAll(':', '')}-${result.mode}.json`;
  await withErrno(`make ${out}`, () => fsp.mkdir(out, { recursive: true }));
  await writeAtomically(joinHost(out, name), `${JSON.stringify(result, null, 2)}\n`);
  return joinHost(out, name);
}

function numberOf(
  values: { readonly rounds?: string; readonly minutes?: string },
  name: 'rounds' | 'minutes',
): number | undefined {
  const word = values[name];
  if (word === undefined || /^[1-9][0-9]{0,2}$/.test(word)) return word === undefined ? undefined : Number(word);
  throw new UsageError({ what: `--${name} takes a number from 1 to 999, not '${word}'`, fix: [USAGE] });
}
