import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { readPacks } from '../../src/adapters/emul/pack-files.ts';
import { DEFAULT_PACKS } from '../../src/core/default-packs.ts';
import { AccelError } from '../../src/core/errors.ts';
import { anyGlob, globMatcher } from '../../src/core/glob.ts';
import { makeMatcher } from '../../src/core/match.ts';
import type { GuestBinary } from '../../src/core/model.ts';
import { completePack } from '../../src/core/pack-parts.ts';
import { parsePack, type Pack } from '../../src/core/packs.ts';
import { guestPath } from '../../src/core/paths.ts';
import { projectPath } from '../../src/os/project.ts';

function errorOf(text: string): AccelError {
  try {
    parsePack(text, 'mine.toml');
  } catch (error) {
    if (error instanceof AccelError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

function readOwn(name: string): Pack {
  return parsePack(readFileSync(projectPath('packs', `${name}.toml`), 'utf8'), `${name}.toml`);
}

/** The pack that takes it, or why none does. */
function takerOf(packs: readonly string[], file: Pick<GuestBinary, 'kind'> & { path: string; owner: string }): string {
  const { path, kind, owner } = file;
  const match = makeMatcher(
    readPacks(packs),
    guestArch('arm64'),
    true,
  )({
    ...{ path: guestPath(path), kind, sizeBytes: 1, isStatic: false, isPrivileged: false, needed: [] },
    package: { name: owner, version: '1', arch: 'arm64' },
  });
  if (match.kind === 'selected') return match.selection.pack;
  return match.kind === 'emulated' ? match.reason : match.kind;
}

const HEAD = 'name = "mine"\nabout = "a test"\n';

describe('pack files', () => {
  test.each(readdirSync(projectPath('packs')))('%s, which comes with the program, is right', (name) => {
    const pack = parsePack(readFileSync(projectPath('packs', name), 'utf8'), name);
    expect(`${pack.name}.toml`).toBe(name);
    const isPart = readPacks(DEFAULT_PACKS).some(({ includes }) => includes.includes(pack.name));
    expect(pack.programs.length + pack['short-times'].length > 0).toBe(!isPart);
  });

  test('base: the s390’s own modules of iconv are neither wanted nor listed in a table that is copied', () => {
    const base = readOwn('base');
    const dir = '/usr/lib/s390x-linux-gnu/gconv';
    const match = (name: string): string =>
      makeMatcher(
        [base],
        guestArch('s390x'),
        true,
      )({
        ...{ path: guestPath(`${dir}/${name}`), kind: 'library', sizeBytes: 1, isStatic: false, isPrivileged: false },
        ...{ needed: [], package: { name: 'libc6', version: '1', arch: 's390x' } },
      }).kind;
    expect(['UTF8_UTF16_Z9.so', 'ISO-8859-1_CP037_Z900.so', 'EUC-KR.so'].map(match)).toEqual([
      ...['unlisted', 'unlisted', 'selected'],
    ]);
    const tables = base.files.flatMap(({ paths }) => paths).map((path) => path.replace('{triplet}', 's390x-linux-gnu'));
    const isCopied = anyGlob(tables);
    expect(isCopied(`${dir}/gconv-modules.d/gconv-modules-extra.conf`)).toBe(true);
    expect(isCopied(`${dir}/gconv-modules.d/gconv-modules-s390.conf`)).toBe(false);
  });

  test.each([
    [['system', 'base'], 'system', 'base'],
    [['base', 'system'], 'system', 'base'],
    [['base'], 'no-pack', 'base'],
  ])('of %j: who is taken by %s, and ls by %s', (packs, who, ls) => {
    const program = { kind: 'executable', owner: 'coreutils' } as const;
    expect(takerOf(packs, { ...program, path: '/usr/bin/who' })).toBe(who);
    expect(takerOf(packs, { ...program, path: '/usr/bin/ls' })).toBe(ls);
  });

  test('what base leaves to system is in one of its packages there', () => {
    const [base] = readPacks(['base']);
    const left = readOwn('system').programs.filter(({ paths }) => paths !== undefined);
    const owners = left.flatMap(({ packages }) => packages);
    expect(base?.programs.flatMap(({ packages }) => packages)).toEqual(expect.arrayContaining(owners));
  });

  test.each([
    ['python', 'ossl-modules/legacy.so', 'python'],
    ['build', 'ossl-modules/legacy.so', 'build'],
    ['build', 'engines-3/afalg.so', 'build'],
    ['build', 'engines-3/padlock.so', 'unlisted'],
    ['perl', 'ossl-modules/legacy.so', 'unlisted'],
  ])('%s alone: %s of OpenSSL is taken by %s', (pack, name, taker) => {
    const path = `/usr/lib/aarch64-linux-gnu/${name}`;
    expect(takerOf([pack], { path, kind: 'library', owner: 'libssl3t64' })).toBe(taker);
  });

  test('a pack that is included gives all that it holds, and its rules give way', () => {
    const part = parsePack(`${HEAD}load = ["b"]\n[emulate-for]\nlinks = ["/b"]\n[retarget.x]\nspecs = true\n`, 'b');
    const pack = parsePack(`${HEAD}load = ["a"]\n[emulate-for]\nlinks = ["/a"]\n[retarget.x]\nspecs = false\n`, 'a');
    expect(completePack(pack, { included: [part], left: [] })).toMatchObject({
      load: ['a', 'b'],
      'emulate-for': { links: ['/a', '/b'] },
      retarget: { x: pack.retarget['x'] },
    });
  });

  test('what is left out has its default', () => {
    const pack = parsePack(HEAD, 'mine.toml');
    expect(pack).toMatchObject({ name: 'mine', programs: [], exclude: [], libraries: [], load: [], 'emulate-for': {} });
  });

  test.each([
    ['no TOML', 'name = ', /^line 1: /],
    ['an unknown key', `${HEAD}colour = "red"\n`, /^colour: /],
    ['a missing key', 'about = "a test"\n', /^name: /],
    ['a name that is no name', 'name = "My Pack"\nabout = ""\n', /^name: a name is lower-case/],
    ['an empty list', `${HEAD}[[programs]]\npackages = []\n`, /^programs\.0\.packages: it is empty/],
    [
      'a path without a slash',
      `${HEAD}[[programs]]\npackages = ["x"]\npaths = ["bin"]\n`,
      /^programs\.0\.paths\.0: a path/,
    ],
    [
      'a placeholder that is none',
      `${HEAD}[[programs]]\npackages = ["gcc-{tripet}"]\n`,
      /packages\.0: \{tripet\} is no placeholder/,
    ],
    ['an exclusion without a reason', `${HEAD}[[exclude]]\npaths = ["/usr/bin/x"]\n`, /^exclude\.0/],
    ['a difference that is not known', `${HEAD}[[exclude]]\npaths = ["/x"]\nwhere-differs = "taste"\n`, /^exclude\.0/],
    ['a retarget rule that is not known', `${HEAD}[retarget.x]\nshout = true\n`, /^retarget\.x\.shout/],
  ])('%s is an E_PACK that names file and key', (_, text, why) => {
    const error = errorOf(text);
    expect(error.code).toBe('E_PACK');
    expect(error.exitCode).toBe(2);
    expect(error.what).toContain('mine.toml');
    expect(error.why).toMatch(why);
  });
});

describe('patterns', () => {
  test.each([
    ['/usr/bin/*', '/usr/bin/gcc', true],
    ['/usr/bin/*', '/usr/bin/sub/gcc', false],
    ['/usr/**/cc1', '/usr/libexec/gcc/x/14/cc1', true],
    ['gcc-[0-9]', 'gcc-9', true],
    ['gcc-[0-9]', 'gcc-14', false],
    ['gcc-[0-9]*', 'gcc-14', true],
    ['{gcc,g++}-1?', 'g++-12', true],
    ['{gcc,g++}-1?', 'gpp-12', false],
    ['libstdc++.so', 'libstdc++.so', true],
    ['libstdc++.so', 'libstdccxso', false],
    ['[', '[', true],
    ['/usr/bin/[', '/usr/bin/[', true],
    ['{', '{', true],
    ['a|b', 'a', false],
    ['', '', true],
  ])('%s against %s', (pattern, text, matches) => {
    expect(globMatcher(pattern)(text)).toBe(matches);
  });

  test('any of none matches nothing', () => {
    expect(anyGlob([])('')).toBe(false);
  });
});
