/** `doctor --log`: from a log to the cause. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CAUSES } from '../../src/core/build-log/causes.ts';
import { cleanLine, MAX_LINE_CHARS } from '../../src/core/build-log/clean-line.ts';
import { makeLogReader, type Diagnosis } from '../../src/core/build-log/diagnose.ts';
import { SIGNALS } from '../../src/core/build-log/signals.ts';
import { LOGGED_FAILURES } from '../support/build-logs.ts';

function diagnose(log: string): Diagnosis {
  const reader = makeLogReader();
  for (const line of log.split('\n')) reader.add(line);
  return reader.end();
}

/** The same log as another tool would have kept it. */
const DRESSES: readonly [string, (line: string) => string][] = [
  ['as it is', (line) => line],
  ['obs-build, gbs', (line) => `[ 1234s] ${line}`],
  ['buildkit', (line) => `#12 3.450 ${line}`],
  ['a service that stamps', (line) => `2026-01-31T12:00:00.1234567Z ${line}`],
  ['colours', (line) => `\u001b[1;31m${line}\u001b[0m\r`],
];

describe.each(DRESSES)('%s', (_, dress) => {
  test.each(LOGGED_FAILURES.map((failure) => [failure.name, failure] as const))('%s', (__, { log, cause }) => {
    const { causes } = diagnose(log.split('\n').map(dress).join('\n'));
    expect(causes.map(({ id }) => id)).toEqual(cause === undefined ? [] : [cause]);
  });
});

describe('the tables', () => {
  test('every cause can be found, and every signal belongs to one', () => {
    const found = new Set(LOGGED_FAILURES.map(({ cause }) => cause));
    expect(CAUSES.filter(({ id }) => !found.has(id)).map(({ id }) => id)).toEqual([]);
    const used = new Set(CAUSES.flatMap(({ signals }) => signals));
    expect(Object.keys(SIGNALS).filter((signal) => !used.has(signal as keyof typeof SIGNALS))).toEqual([]);
  });

  test('what a cause explains exists, and no two explain each other', () => {
    const byId = new Map(CAUSES.map((cause) => [cause.id, cause]));
    const follow = (id: string, seen: readonly string[]): void => {
      expect(seen).not.toContain(id);
      expect(byId.has(id)).toBe(true);
      for (const next of byId.get(id)?.explains ?? []) follow(next, [...seen, id]);
    };
    for (const { id } of CAUSES) follow(id, []);
  });
});

describe('evidence', () => {
  test('is numbered as the log is, and what follows from it is told apart', () => {
    const { causes, explained } = diagnose(LOGGED_FAILURES[0]!.log);
    expect(causes[0]?.evidence.map(({ line }) => line)).toEqual([2]);
    expect(causes[0]?.what).toContain('/usr/lib/gcc/armv7l-tizen-linux-gnueabi/6.2.1/liblto_plugin.so');
    expect(explained.map(({ id, evidence }) => [id, evidence[0]?.line])).toEqual([['compiler', 1]]);
  });

  test('a hundred thousand lines of it stay a handful', () => {
    const reader = makeLogReader();
    for (let i = 0; i < 100_000; i++) reader.add('qemu: uncaught target signal 11 (Segmentation fault)');
    const [cause] = reader.end().causes;
    expect(cause?.count).toBe(100_000);
    expect(cause?.evidence.map(({ line }) => line)).toEqual([1, 2, 3, 100_000]);
  });

  test('what test suites provoke counts near the end only', () => {
    const early = `cat: write error: No space left on device\n${'ok\n'.repeat(2000)}make: *** Error 1`;
    expect(diagnose(early)).toMatchObject({ causes: [], complaints: [{ line: 1 }, { line: 2002 }] });
  });

  test('nothing in it moves the cursor of a terminal', () => {
    const { causes } = diagnose('\u001b]0;title\u0007x\u001b[2J\u0008: Exec format error\u0000');
    // eslint-disable-next-line no-control-regex -- they are what this test is about
    expect(causes[0]?.evidence[0]?.text).not.toMatch(/[\u0000-\u001f\u007f]/);
  });
});

describe('any bytes', () => {
  test('never end it', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (lines) => {
        const reader = makeLogReader();
        for (const bytes of lines) reader.add(Buffer.from(bytes).toString('utf8'));
        expect(reader.end().lines).toBe(lines.length);
      }),
    );
  });

  test('neither do pieces of what it looks for', () => {
    const words = LOGGED_FAILURES.flatMap(({ log }) => log.split(/\s+/));
    const line = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 9 }), (lines) => {
        for (const { what } of diagnose(lines.join('\n')).causes) expect(what).not.toMatch(/[{}]/);
      }),
      { numRuns: 50 },
    );
  });

  test('a line is cut, and the longest takes no long time', () => {
    expect(cleanLine('x'.repeat(10_000_000))).toHaveLength(MAX_LINE_CHARS);
    const worst = ['.so', '/', 'a:', '(', "'", 'qemu-', '[ '].map((unit) => `error ${unit.repeat(5000)}`);
    const start = performance.now();
    for (const line of worst) diagnose(line);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
