/** Packages that differ in one way, made with the real dpkg-deb. */
import { promises as fsp } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { compareDebs } from '../../src/adapters/compare/compare-debs.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { testDir } from '../support/temp.ts';

const NAME = 'one_1_all.deb';
const TIME = new Date('2020-01-01T00:00:00Z');

let top: HostPath;
beforeEach(async () => {
  top = await testDir();
});

interface Made {
  readonly content?: string;
  readonly version?: string;
  readonly mode?: number;
  readonly compressor?: 'none' | 'gzip';
}

async function make(side: string, { content = 'same', version = '1', mode = 0o755, compressor = 'none' }: Made = {}) {
  const tree = joinHost(top, `${side}-tree`);
  const program = joinHost(tree, 'usr/bin/one');
  await fsp.mkdir(joinHost(tree, 'DEBIAN'), { recursive: true });
  await fsp.mkdir(joinHost(tree, 'usr/bin'), { recursive: true });
  const control = `Package: one\nVersion: ${version}\nArchitecture: all\nMaintainer: Test <test@example.org>\nDescription: test\n`;
  await fsp.writeFile(joinHost(tree, 'DEBIAN/control'), control);
  await fsp.writeFile(program, content);
  await fsp.chmod(program, mode);
  for (const path of ['DEBIAN/control', 'DEBIAN', 'usr/bin/one', 'usr/bin', 'usr', '']) {
    await fsp.utimes(joinHost(tree, path), TIME, TIME);
  }
  await fsp.mkdir(joinHost(top, side));
  const env = { SOURCE_DATE_EPOCH: String(TIME.getTime() / 1000) };
  const flags = ['--root-owner-group', `-Z${compressor}`, '--build', tree, joinHost(top, side, NAME)];
  await exec(['dpkg-deb', ...flags], { env });
}

const compare = () => compareDebs(joinHost(top, 'left'), joinHost(top, 'right'), [NAME]);

test('the same bytes are no difference', async () => {
  await make('left');
  await make('right');
  expect(await compare()).toEqual([]);
});

test.each<[string, Made, string[]]>([
  ['content', { content: 'differs' }, [`${NAME}: data: ./usr/bin/one`]],
  ['control file', { version: '2' }, [`${NAME}: control: ./control`]],
  ['mode', { mode: 0o711 }, [`${NAME}: data: ./usr/bin/one`]],
  ['compressor', { compressor: 'gzip' }, [`${NAME}: the same files, packed in another way`]],
])('another %s is named', async (_, right, lines) => {
  await make('left');
  await make('right', right);
  expect(await compare()).toEqual(lines);
});

test('an owner or a time, which unpacking does not show, is named by the listing', async () => {
  await make('left');
  const tree = joinHost(top, 'left-tree');
  await fsp.utimes(joinHost(tree, 'usr/bin/one'), new Date('2019-01-01T00:00:00Z'), new Date('2019-01-01T00:00:00Z'));
  await fsp.mkdir(joinHost(top, 'right'));
  const env = { SOURCE_DATE_EPOCH: String(TIME.getTime() / 1000) };
  await exec(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, joinHost(top, 'right', NAME)], { env });
  const lines = await compare();
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/: data: - .*2020-01-01.*\.\/usr\/bin\/one$/);
  expect(lines[1]).toMatch(/: data: \+ .*2019-01-01.*\.\/usr\/bin\/one$/);
});

test('a package that only one build has', async () => {
  await make('left');
  await fsp.mkdir(joinHost(top, 'right'));
  expect(await compare()).toEqual([`${NAME}: only one of the builds has it`]);
});
