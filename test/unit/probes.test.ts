import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { parseAllowed } from '../../src/core/audit.ts';
import type { TwinRecord } from '../../src/core/model.ts';
import { knownReasons, parseProbes, planProbes, withoutKnown } from '../../src/core/probes.ts';
import { projectPath } from '../../src/os/project.ts';

const ARM64 = guestArch('arm64');
const twin = (path: string, kind: TwinRecord['kind'] = 'executable'): TwinRecord =>
  ({ path, kind }) as unknown as TwinRecord;
const FILE = parseProbes(`
[[programs]]
paths = ["/usr/bin/yes"]
args = [["--version"]]
[[programs]]
paths = ["**"]
args = [["--version"], []]
[[ask]]
title = "gcc"
needs = ["/usr/bin/{triplet}-gcc"]
covers = ["/usr/lib/*.so"]
run = "gcc -v"
[[known]]
lines = "^OFFLOAD"
why = "offloading"
`);

describe('probes', () => {
  test('the first rule for a program counts', () => {
    const { probes, unprobed } = planProbes([FILE], [twin('/usr/bin/yes'), twin('/usr/bin/ls')], ARM64);
    expect(probes.map(({ title }) => title)).toEqual([
      '/usr/bin/yes --version',
      '/usr/bin/ls --version',
      '/usr/bin/ls',
    ]);
    expect(unprobed).toEqual([]);
  });

  test('a question is asked where what it needs is there, and covers libraries', () => {
    const library = twin('/usr/lib/a.so', 'library');
    expect(planProbes([FILE], [library], ARM64)).toEqual({ probes: [], probed: [], unprobed: ['/usr/lib/a.so'] });
    const plan = planProbes([FILE], [library, twin('/usr/bin/aarch64-linux-gnu-gcc')], ARM64);
    expect(plan.probes[0]).toMatchObject({ title: 'gcc', argv: ['sh', '-c', 'gcc -v'] });
    expect(plan.unprobed).toEqual([]);
  });

  test('known differences explain only their own lines', () => {
    expect(withoutKnown([FILE], 'a\nOFFLOAD=1\nb\n')).toBe('a\nb\n');
    expect(knownReasons([FILE], 'a\nOFFLOAD=1\nb\n', 'a\nb\n')).toEqual(['offloading']);
    expect(knownReasons([FILE], 'a\nOFFLOAD=1\n', 'c\nOFFLOAD=1\n')).toEqual([]);
  });

  test('the files that come with the program are right', () => {
    const names = readdirSync(projectPath('probes'));
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) parseProbes(readFileSync(projectPath('probes', name), 'utf8'));
    expect(parseAllowed(readFileSync(projectPath('audit', 'allowed.toml'), 'utf8')).length).toBeGreaterThan(1);
  });
});
