/** The table of packages, and how results are shown. */
import { expect, test } from 'vitest';
import type { PackageResult } from '../../src/app/packages/result.ts';
import { choosePackages, PACKAGES } from '../../src/app/packages/table.ts';
import { renderPackages } from '../../src/cli/packages-report.ts';

test('names are chosen in the order of the table, and unknown ones are refused', () => {
  const [first, second] = PACKAGES.map((row) => row.name) as [string, string];
  expect(choosePackages([second, first]).map((row) => row.name)).toEqual([first, second]);
  expect(choosePackages([])).toEqual(PACKAGES);
  expect(() => choosePackages([first, 'no-such'])).toThrow(/no-such/);
});

test('no package is twice in the table, and a mirror may miss a third of it', () => {
  expect(new Set(PACKAGES.map((row) => row.name)).size).toBe(PACKAGES.length);
  expect(PACKAGES.length).toBeGreaterThanOrEqual(18);
});

const SAME: PackageResult = {
  name: 'one',
  kind: 'plain Makefile',
  version: '1-1',
  outcome: 'identical',
  acceleratedSeconds: 5,
  emulatedSeconds: 96.5,
  programs: { accelerated: 800, emulated: 3 },
  packages: ['one_1-1_arm64.deb', 'one-dbgsym_1-1_arm64.deb'],
  differences: [],
};

test('a line a package, with its speed-up and whether its files are identical', () => {
  expect(renderPackages([SAME])).toContain(
    'one 1-1  plain Makefile    96.5 s        5.0 s     19.3x     800        3  2 identical\n',
  );
});

test('differences, failures and what is missing are said below the table', () => {
  const text = renderPackages([
    { ...SAME, outcome: 'different', differences: ['one_1-1_arm64.deb: data: ./usr/bin/one'] },
    { name: 'two', kind: 'meson', outcome: 'missing', packages: [], differences: [], why: 'apt says 404' },
  ]);
  expect(text).toContain('2, DIFFERENT');
  expect(text).toContain('one, accelerated and emulated:\n  one_1-1_arm64.deb: data: ./usr/bin/one\n');
  expect(text).toContain('two: apt says 404\n');
  expect(text).toContain('2 source packages: 1 different, 1 missing\n');
});
