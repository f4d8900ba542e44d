/** Holds the documents and the code together. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { ERROR_CODES } from '../../src/core/errors.ts';

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
});

test('the change log names the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toContain(`## ${version}`);
});

describe('links between documents', () => {
  const pages = [...readdirSync(ROOT), ...readdirSync(`${ROOT}/docs`).map((name) => `docs/${name}`)];

  test.each(pages.filter((name) => name.endsWith('.md')))('%s has no link to a file that is not there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1]!);
    for (const link of links) expect(() => readFileSync(new URL(link, `file://${ROOT}/${page}`))).not.toThrow();
  });
});

test('every command that the documents show exists', () => {
  const known = new Set([...COMMANDS.map((command) => command.name), 'help']);
  for (const page of ['docs/errors.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
    for (const [, name = ''] of read(page).matchAll(/`qemu-accel ([a-z]+)/g)) expect(known).toContain(name);
  }
});
