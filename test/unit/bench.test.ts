/** The benchmark's own arithmetic, its results, and that the documents show the newest of them. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { CASES, chooseCases } from '../../src/app/bench/cases.ts';
import { chooseContenders, CONTENDERS } from '../../src/app/bench/contenders.ts';
import { TARGETS } from '../../src/app/bench/target-table.ts';
import { documentsOf, readResults } from '../../src/app/bench/write-docs.ts';
import { chartSvg } from '../../src/core/bench/chart.ts';
import { replaceBlock, summaryTable, targetTable, wholeTable } from '../../src/core/bench/documents.ts';
import { measuredCell, parseResult, type BenchResult } from '../../src/core/bench/result.ts';
import { newestRows, ratioCell, rowsOf, spreadText } from '../../src/core/bench/rows.ts';
import { ratioText, spreadOf, timeText } from '../../src/core/bench/statistics.ts';
import { verdictOf, type Target } from '../../src/core/bench/targets.ts';
import { hostPath } from '../../src/core/paths.ts';

const ROOT = `${import.meta.dirname}/../..`;
const read = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

function resultOf(
  startedAt: string,
  figures: Readonly<Record<string, Readonly<Record<string, number[]>>>>,
): BenchResult {
  const ids = [...new Set(Object.values(figures).flatMap((cells) => Object.keys(cells)))];
  return {
    format: 1,
    mode: 'quick',
    startedAt,
    endedAt: startedAt,
    tool: { version: '1.2.3', commit: 'abc' },
    machine: { cpu: 'a CPU', cpus: 2, memoryMib: 4096, kernel: 'Linux 6', os: 'an OS', load: { before: 0, after: 1 } },
    versions: { qemu: '7.2' },
    contenders: ids.map((id) => ({ id, title: id, what: id })),
    cases: Object.keys(figures).map((id) => ({ id, title: `\`${id}\` & <co>`, what: id, unit: 'seconds' as const })),
    cells: Object.entries(figures).flatMap(([id, cells]) =>
      Object.entries(cells).map(([contender, rounds]) => measuredCell({ case: id, contender }, rounds)),
    ),
  };
}

const RESULT = resultOf('2026-01-02T03:04:05.000Z', {
  configure: { emulated: [220, 200, 240], accel: [10], native: [8] },
  make: { emulated: [30], accel: [2], native: [0.001] },
});

const SHOWN = { cases: ['configure', 'make'], order: ['emulated', 'accel', 'native'] };

describe('statistics', () => {
  test('the middle of an odd and of an even number of values', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test('half of the values are at most the median, and half at least', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, (all) => {
        const { min, median, max } = spreadOf(all);
        expect(min <= median && median <= max).toBe(true);
        expect(all.filter((value) => value <= median).length * 2).toBeGreaterThanOrEqual(all.length);
        expect(all.filter((value) => value >= median).length * 2).toBeGreaterThanOrEqual(all.length);
      }),
    );
  });

  test.each([
    [0.0000021, '2.10 µs'],
    [0.00085, '850 µs'],
    [0.0152, '15.2 ms'],
    [1, '1.00 s'],
    [220.14, '220 s'],
    [1151, '19.2 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(timeText(seconds)).toBe(text);
  });

  test('a ratio near one has the digits that tell 1.04 from 1.10', () => {
    expect([1.04, 14.53, 128].map(ratioText)).toEqual(['1.04x', '14.5x', '128x']);
  });
});

describe('results', () => {
  test('come back as they were written', () => {
    expect(parseResult(JSON.stringify(RESULT), 'r')).toEqual(RESULT);
  });

  test.each([
    ['no JSON', '{'],
    ['another format', JSON.stringify({ ...RESULT, format: 2 })],
    ['an unknown field', JSON.stringify({ ...RESULT, more: 1 })],
    ['a spread that is not that of the rounds', JSON.stringify(RESULT).replace('"median":220', '"median":219')],
    ['a cell with neither figures nor a reason', JSON.stringify({ ...RESULT, cells: [{ case: 'a', contender: 'b' }] })],
  ])('%s is refused', (_, text) => {
    expect(() => parseResult(text, 'r')).toThrow(/r is not a result/);
  });

  test('rows have ratios, or a dash where a figure is missing', () => {
    const [row] = rowsOf({ ...RESULT, cells: RESULT.cells.filter(({ contender }) => contender !== 'native') });
    expect(ratioCell(row!, 'emulated', 'accel')).toBe('22.0x');
    expect(ratioCell(row!, 'accel', 'native')).toBe('-');
    expect(spreadText(row!.measured.get('emulated')!)).toBe('-9 % +9 %');
    expect(spreadText(row!.measured.get('accel')!)).toBe('');
  });

  test('each case is from the newest run that has it, in the order of the table', () => {
    const newer = resultOf('2026-01-03T00:00:00.000Z', { configure: { accel: [9] }, later: { accel: [1] } });
    const rows = newestRows([newer, RESULT], ['make', 'configure']);
    expect(rows.map(({ id, run }) => [id, run.startedAt.slice(0, 10)])).toEqual([
      ['make', '2026-01-02'],
      ['configure', '2026-01-03'],
      ['later', '2026-01-03'],
    ]);
    expect(rows[1]!.measured.has('emulated')).toBe(false);
  });
});

describe('targets', () => {
  const rows = newestRows([RESULT], []);
  const base = { title: 't', whenMissed: 'because' };
  const verdict = (target: Target): string => {
    const { state, figure } = verdictOf(target, rows);
    return `${state}: ${figure}`;
  };

  test.each<[Target, string]>([
    [{ ...base, kind: 'ratio', cases: ['configure'], of: 'emulated', to: 'accel', atLeast: 20 }, 'met: 22.0x'],
    [{ ...base, kind: 'ratio', cases: ['configure'], of: 'accel', to: 'native', atMost: 1.1 }, 'missed: 1.25x'],
    [
      { ...base, kind: 'ratio', cases: ['configure', 'make'], of: 'emulated', to: 'accel', atLeast: 20 },
      'missed: 18.5x (22.0x, 15.0x)',
    ],
    [
      { ...base, kind: 'ratio', cases: ['configure', 'package-x'], of: 'emulated', to: 'accel', atLeast: 20 },
      'not measured: 22.0x, of 1 of 2 cases',
    ],
    [{ ...base, kind: 'ratio', cases: ['configure'], of: 'cross', to: 'accel', atMost: 1 }, 'not measured: -'],
    [{ ...base, kind: 'value', case: 'make', atMost: 2 }, 'met: 2.00 s'],
    [{ ...base, kind: 'value', case: 'configure', over: 'native', atMost: 1 }, 'missed: 2.00 s more'],
    [
      {
        ...base,
        kind: 'limits',
        cases: ['configure'],
        limits: [
          { to: 'cross', atMost: 1 },
          { to: 'native', atMost: 1.3 },
        ],
      },
      'met: `configure` & <co> 1.25x of native',
    ],
    [{ ...base, kind: 'faster', than: ['emulated'] }, 'met: in 2 of 2 comparisons'],
    [
      { ...base, kind: 'faster', than: ['native'] },
      'missed: in 0 of 2 comparisons; native takes 0.80x in `configure` & <co>; native takes 0.00x in `make` & <co>',
    ],
  ])('%j', (target, expected) => {
    expect(verdict(target)).toBe(expected);
  });

  test('a target that is missed has its reason in the documents, and no other', () => {
    const [met, missed] = [{ ...base, whenMissed: 'never shown' }, base].map((words, at) =>
      verdictOf({ ...words, kind: 'value', case: 'make', atMost: 2 - at }, rows),
    );
    const text = targetTable([met!, missed!]);
    expect(text).toContain('**t.** because');
    expect(text).not.toContain('never shown');
  });
});

describe('documents', () => {
  test('tables are as prettier lays them out', async () => {
    const rows = newestRows([RESULT], ['configure']);
    for (const text of [
      summaryTable(rows, SHOWN, { path: 'a.svg', title: 'b' }),
      wholeTable(rows, ['emulated', 'accel']),
    ]) {
      expect(await format(text, { parser: 'markdown', printWidth: 120 })).toBe(text);
    }
  });

  test('the summary has times and ratios', () => {
    const words = summaryTable(newestRows([RESULT], ['configure']), SHOWN).replaceAll(/ +/g, ' ');
    expect(words).toContain('| `configure` & <co> | 10.0 s | 22.0x | 0.80x |');
    expect(words).toContain('quick run of 2026-01-02 03:04 UTC, 2 x a CPU');
  });

  test('a block is replaced, and nothing else', () => {
    const page = 'a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n';
    expect(replaceBlock(page, 'x', 'new\n')).toBe('a\n<!-- bench:x -->\n\nnew\n\n<!-- /bench:x -->\nb\n');
    expect(() => replaceBlock(page, 'y', '')).toThrow(/no place/);
  });

  test('the chart is a picture of every figure', () => {
    const contenders = [
      { id: 'emulated', title: 'emulated' },
      { id: 'accel', title: 'accelerated' },
    ];
    const svg = chartSvg({ title: 'a < b', rows: newestRows([RESULT], []), contenders, base: 'emulated' });
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg.match(/<rect /g)).toHaveLength(4);
    expect(svg).toContain('10.0 s accelerated (22.0x)');
    expect(svg).toContain('configure &amp; &lt;co&gt;');
    const widths = [...svg.matchAll(/<rect [^>]*x="(\d+)"[^>]* width="([\d.]+)"/g)].map(
      ([, x, w]) => Number(x) + Number(w),
    );
    expect(Math.max(...widths)).toBe(770);
  });

  test('README.md and docs/benchmarks.md show the newest results: npm run bench -- --write-docs', async () => {
    const runs = await readResults(hostPath(`${ROOT}/bench/results`));
    const pages = { 'README.md': read('README.md'), 'docs/benchmarks.md': read('docs/benchmarks.md') };
    for (const [path, text] of Object.entries(documentsOf(runs, pages))) expect(read(path), path).toBe(text);
  });
});

describe('the tables', () => {
  test('no two cases have one name, and every script knows its words', () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
    const known = new Set(CONTENDERS.flatMap(({ words }) => Object.keys(words)));
    const scripts = CASES.flatMap(({ run, setUp }) => [run.kind === 'script' ? run.script : '', setUp ?? '']);
    const used = scripts.flatMap((script) => [...script.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, word]) => word!));
    expect(used.filter((word) => !known.has(word))).toEqual([]);
  });

  test('all cases with all contenders, unless names are given', () => {
    expect(chooseCases([])).toEqual(CASES);
    expect(chooseContenders([])).toEqual(CONTENDERS);
    expect(chooseCases(['make', 'exec-true']).map(({ id }) => id)).toEqual(['exec-true', 'make']);
    expect(() => chooseCases(['nothing'])).toThrow(/no such case/);
    expect(() => chooseContenders(['nothing'])).toThrow(/no such contender/);
  });

  test('qemu-accel has a part in every case, also in a quick run', () => {
    expect(CASES.filter(({ without, notQuick }) => (without?.accel ?? notQuick?.accel) !== undefined)).toEqual([]);
  });

  test('targets are of cases and contenders that there are', () => {
    const known = new Set<string>(CASES.map(({ id }) => id));
    const cases = TARGETS.flatMap((one) =>
      one.kind === 'faster' ? [] : one.kind === 'value' ? [one.case] : one.cases,
    );
    expect(cases.filter((id) => !known.has(id))).toEqual([]);
    const peers = TARGETS.flatMap((one) => (one.kind === 'faster' ? one.than : []));
    expect(peers.filter((id) => !CONTENDERS.some((one) => one.id === id))).toEqual([]);
  });

  test('docs/benchmarks.md names every contender', () => {
    const page = read('docs/benchmarks.md');
    expect(CONTENDERS.filter(({ id }) => !page.includes(`\n| \`${id}\``))).toEqual([]);
  });
});
