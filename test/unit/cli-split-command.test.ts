import { describe, expect, test } from 'vitest';
import { binfmtCommand } from '../../src/cli/commands/binfmt.ts';
import { runCommand } from '../../src/cli/commands/run.ts';
import { installCommand } from '../../src/cli/commands/install.ts';
import { markCommand } from '../../src/cli/split-command.ts';

const split = (line: string): string => markCommand(`run ${line}`.split(' '), [runCommand]).slice(1).join(' ');

describe('where the words of the command begin', () => {
  test.each([
    ['root make', 'root -- make'],
    ['root make -j2 --emulated', 'root -- make -j2 --emulated'],
    ['--emulated root make', '--emulated root -- make'],
    ['root --emulated make -C x', 'root --emulated -- make -C x'],
    ['root --chdir /src make', 'root --chdir /src -- make'],
    ['root --chdir=/src make', 'root --chdir=/src -- make'],
    ['root --bind a:/a --bind b:/b sh -c x', 'root --bind a:/a --bind b:/b -- sh -c x'],
    ['root -- make -- all', 'root -- make -- all'],
    ['root -', 'root -- -'],
    ['root', 'root'],
  ])('%s', (typed, read) => {
    expect(split(typed)).toBe(read);
  });

  test('a command without a command of somebody else is left alone', () => {
    const words = ['install', 'root', '--pack', 'base', 'rest'];
    expect(markCommand(words, [runCommand, installCommand])).toEqual(words);
    expect(markCommand(['unknown', 'root', 'make'], [runCommand])).toEqual(['unknown', 'root', 'make']);
    expect(markCommand([], [runCommand])).toEqual([]);
  });

  test('our options may stand behind a list of ours', () => {
    const words = ['binfmt', 'register', 'arm64', 'armhf', '--json'];
    expect(markCommand(words, [runCommand, binfmtCommand])).toEqual(words);
  });
});
