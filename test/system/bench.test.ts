/** The benchmark itself: its quickest case with two contenders, for real. What it measures on a busy machine means nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench } from '../../src/app/bench/bench.ts';
import { isMeasured, parseResult, type BenchResult } from '../../src/core/bench/result.ts';
import { rowsOf } from '../../src/core/bench/rows.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';

let copy: RootCopy;
let result: BenchResult;
let script: BenchResult;

const measure = (cases: readonly string[], contenders: readonly string[]): Promise<BenchResult> =>
  bench({
    mode: 'quick',
    cases,
    contenders,
    rounds: 1,
    root: copy.root,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });

describeNeeding(['binfmt', 'qemu-aarch64'], 'the benchmark', () => {
  beforeAll(async () => {
    copy = await copyOfRoot(await testRoot());
    result = await measure(['exec-true', 'exec-twin', 'tree-size-large'], ['emulated', 'accel']);
    script = await measure(['shell-loop', 'scale-index', 'memory-shared'], ['accel']);
  });
  afterAll(() => copy.dispose());

  test('every case has a figure or a reason for every contender', () => {
    expect(parseResult(JSON.stringify(result), 'result')).toEqual(result);
    expect(result.cells).toHaveLength(6);
    expect(result.cells.filter((cell) => !isMeasured(cell)).map((cell) => [cell.case, cell.contender])).toEqual([
      ['exec-twin', 'emulated'],
      ['tree-size-large', 'emulated'],
    ]);
  });

  test('an emulated exec takes many times as long, on any machine', () => {
    const [row] = rowsOf(result);
    const seconds = (id: string): number => row?.measured.get(id)?.spread.median ?? 0;
    expect(seconds('accel')).toBeGreaterThan(0.00005);
    expect(seconds('emulated')).toBeGreaterThan(3 * seconds('accel'));
  });

  test('a script is measured by what it has used', () => {
    const [cell] = script.cells.filter(isMeasured);
    expect(cell?.spread.min).toBeGreaterThan(0.05);
    expect(cell?.cpu?.user).toBeGreaterThan(0);
    expect(cell?.maxRssKib).toBeGreaterThan(1000);
  });

  test('a large index and shared memory have figures', () => {
    const figures = new Map(script.cells.filter(isMeasured).map((cell) => [cell.case, cell.spread.median]));
    expect(figures.get('scale-index')).toBeGreaterThan(0.00005);
    expect(figures.get('memory-shared')).toBeGreaterThan(0.1);
    expect(figures.get('memory-shared')).toBeLessThan(50);
  });

  test('says what it was measured with', () => {
    expect(result.versions['qemu']).toMatch(/^\d+\.\d+/);
    expect(result.versions['guest libc6']).toMatch(/^\d/);
    expect(result.machine.cpus).toBeGreaterThan(0);
  });
});
