import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { missing } from '../support/needs.ts';
import { PROBES } from '../support/probes.ts';

test('a machine that runs these tests has the capabilities that plain commands show', () => {
  expect(missing(['root']).has('root')).toBe(execFileSync('id', ['-u'], { encoding: 'utf8' }).trim() !== '0');
  expect(missing(['patchelf']).has('patchelf')).toBe(spawnSync('patchelf', ['--version']).status !== 0);
});

test('every reason is a sentence for the report, without a line break', () => {
  for (const reason of missing(Object.keys(PROBES) as (keyof typeof PROBES)[]).values()) {
    expect(reason).toMatch(/^\S[^\n]+$/);
  }
});
