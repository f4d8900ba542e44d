/**
 * The man page and the completions are generated from the command records and kept in the repository, where packagers and
 * readers find them. These tests fail when a file is out of step; `npm run generate` writes them anew.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { renderBashCompletion, renderFishCompletion, renderZshCompletion } from '../../src/cli/completions.ts';
import { renderManPage } from '../../src/cli/man-page.ts';

const ROOT = `${import.meta.dirname}/../..`;
const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string };

test.each([
  ['man/qemu-accel.1', () => renderManPage(COMMANDS, version)],
  ['completions/qemu-accel.bash', () => renderBashCompletion(COMMANDS)],
  ['completions/_qemu-accel', () => renderZshCompletion(COMMANDS)],
  ['completions/qemu-accel.fish', () => renderFishCompletion(COMMANDS)],
])('%s is what the command records say', async (path, render) => {
  await expect(render()).toMatchFileSnapshot(`${ROOT}/${path}`);
});

describe('bash completion', () => {
  const script = renderBashCompletion(COMMANDS);

  function complete(...words: readonly string[]): string[] {
    const body = `eval "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _qemu_accel; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync('bash', ['-c', body, 'bash', script, 'qemu-accel', ...words], { encoding: 'utf8' });
    return output.split('\n').filter((line) => line !== '');
  }

  test('offers commands, options and the words of closed lists', () => {
    expect(complete('re')).toEqual(['refresh', 'remove']);
    expect(complete('run', '--em')).toEqual(['--emulated']);
    expect(complete('install', './root', '--pack', 't')).toEqual(['toolchain']);
    expect(complete('binfmt', 'register', 'ri')).toEqual(['riscv64', 'riscv32']);
  });

  test('offers only what the commands really take', () => {
    for (const command of COMMANDS) {
      const offered = complete(command.name, '-');
      expect(offered.filter((flag) => flag.startsWith('--'))).toHaveLength(Object.keys(command.options).length);
    }
  });
});

test('every line of the man page that is a request is one that man(7) knows', () => {
  const known = new Set(['TH', 'SH', 'SS', 'PP', 'TP', 'B', 'BR', 'br', 'RS', 'RE', 'EX', 'EE', '\\"']);
  for (const line of renderManPage(COMMANDS, version)
    .split('\n')
    .filter((text) => text.startsWith('.'))) {
    expect(known).toContain(line.slice(1).split(' ')[0]);
  }
});

test('the man page is ASCII, which every man(1) shows', () => {
  // eslint-disable-next-line no-control-regex -- the range of ASCII is what this test is about
  expect(renderManPage(COMMANDS, version)).toMatch(/^[\x00-\x7f]*$/);
});
