/** Holds the documents and the code together. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readPacks } from '../../src/adapters/emul/pack-files.ts';
import { DEFAULT_PACKS } from '../../src/core/default-packs.ts';
import { ALL_CHECKS } from '../../src/app/doctor/groups.ts';
import { CAUSES } from '../../src/core/build-log/causes.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { PACKS } from '../../src/cli/common-options.ts';
import { ERROR_CODES } from '../../src/core/errors.ts';
import { exampleFindings } from '../support/doctor-examples.ts';
import { diagnosisText, exampleText } from '../support/doctor-page.ts';
import { sourceTexts } from '../support/source-texts.ts';

const ROOT = `${import.meta.dirname}/../..`;
const read = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

describe('docs/errors.md', () => {
  const page = read('docs/errors.md');
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n')).trim()]),
  );

  test('has a heading for every code, in the order of the table, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(ERROR_CODES));
  });

  test.each(Object.entries(ERROR_CODES))('%s begins with what the code means', (code, meaning) => {
    const text = sections.get(code)?.replace(/\s+/g, ' ') ?? '';
    const claim = meaning.split(';')[0]!;
    expect(text.toLowerCase().startsWith(claim.slice(0, 20).toLowerCase())).toBe(true);
    expect(text.length).toBeGreaterThan(claim.length);
  });

  const words = sourceTexts();

  test.each(Object.keys(ERROR_CODES))('%s is used, and shown as the command line says it, with a fix', (code) => {
    expect(words.usedCodes).toContain(code);
    const [, what = '', rest = ''] =
      new RegExp(String.raw`^    error\[${code}\]: (.+)\n((?: {6}.+\n?)*)`, 'm').exec(
        `${sections.get(code) ?? ''}\n`,
      ) ?? [];
    const [, fix = ''] = rest.split(/^ {6}fix: /m);
    const lines = [what, ...fix.trimEnd().split('\n')].map((line) => line.trim());
    expect(lines.filter((line) => !words.has(line))).toEqual([]);
  });
});

/** The sections of one part of docs/doctor.md, by their headings. */
function sectionsOf(part: string): ReadonlyMap<string, string> {
  const [, text = ''] = read('docs/doctor.md').split(`\n## ${part}\n`);
  const sections = text.split(/^## /m)[0]?.split(/^### /m).slice(1) ?? [];
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section]));
}

describe('docs/doctor.md, checks', () => {
  const sections = sectionsOf('The machine and the build root');

  test('has a heading for every check, in the order of the table, and no other', () => {
    expect([...sections.keys()]).toEqual(ALL_CHECKS.map(({ id }) => id));
  });

  test.each(exampleFindings().map((result) => [result.id, result] as const))(
    '%s shows a finding, with its fix',
    (id, result) => {
      expect(sections.get(id)).toContain(exampleText(result));
    },
  );
});

describe('docs/doctor.md, causes', () => {
  const sections = sectionsOf('The log of a build');

  test('has a heading for every cause, in the order of the table, and no other', () => {
    expect([...sections.keys()]).toEqual(CAUSES.map(({ id }) => id));
  });

  test.each(CAUSES)('$id shows a log, with the fix', ({ id }) => {
    expect(sections.get(id)).toContain(diagnosisText(id));
  });
});

test('the change log names the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`## ${version}`);
});

const pages = [...readdirSync(ROOT), ...readdirSync(`${ROOT}/docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

describe('links between documents', () => {
  test.each(pages)('%s has no link to a file that is not there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !existsSync(new URL(link, `file://${ROOT}/${page}`)))).toEqual([]);
  });
});

test.each(pages)('every command that %s shows exists', (page) => {
  const known = [...COMMANDS.map((command) => command.name), 'help'];
  const shown = [...read(page).matchAll(/(?:`|^ {4}|\.\/bin\/)qemu-accel ([a-z]+)/gm)].map((match) => match[1]!);
  expect(shown.filter((name) => !known.includes(name))).toEqual([]);
});

test('the packs that completions offer are those that exist, but for parts of others', () => {
  const parts = new Set(readPacks(DEFAULT_PACKS).flatMap(({ includes }) => includes));
  const files = readdirSync(`${ROOT}/packs`).filter((name) => name.endsWith('.toml'));
  const names = files.map((name) => name.slice(0, -'.toml'.length)).filter((name) => !parts.has(name));
  expect([...PACKS.complete].sort()).toEqual(names.sort());
});
