import { describe, expect, test } from 'vitest';
import { defineCommand, type CommandContext } from '../../src/cli/command.ts';
import { runProgram } from '../../src/cli/program.ts';
import { markCommand } from '../../src/cli/split-command.ts';
import { UsageError } from '../../src/core/errors.ts';

const silent: CommandContext = {
  print: () => undefined,
  progress: () => undefined,
  interruption: () => new AbortController().signal,
};

/** Runs a program of one command that reports what it was given. */
async function tryLine(line: string): Promise<{ status: number; seen: unknown; isJson: unknown; printed: string }> {
  let seen: unknown;
  let isJson: unknown;
  let printed = '';
  const sample = defineCommand({
    name: 'sample',
    summary: 'a command of this test',
    details: ['Details of it.'],
    args: { root: { help: 'a root' }, command: { help: 'a command', isVariadic: true } },
    options: {
      dryRun: { kind: 'flag', help: 'change nothing' },
      pack: { kind: 'list', value: 'PACK,...', help: 'packs' },
      bind: { kind: 'repeated', value: 'SRC:DST', help: 'binds' },
      user: { kind: 'text', value: 'NAME', help: 'a user' },
      json: { kind: 'flag', help: 'as JSON' },
    },
    examples: [],
    run: (input) => {
      seen = input;
      return Promise.resolve(7);
    },
  });
  const status = await runProgram(markCommand(line.split(' ').filter(Boolean), [sample]), {
    commands: [sample],
    version: '9.8.7',
    print: (text) => {
      printed += text;
    },
    makeContext: (json) => {
      isJson = json;
      return silent;
    },
  });
  return { status, seen, isJson, printed };
}

describe('reading a command line', () => {
  test('gives words and options their types, and the status back', async () => {
    const result = await tryLine('sample r --dry-run --pack a,b --bind x:/x --bind y:/y --user me ls --user -l');
    expect(result.status).toBe(7);
    expect(result.seen).toEqual({
      args: { root: 'r', command: ['ls', '--user', '-l'] },
      options: { dryRun: true, pack: ['a', 'b'], bind: ['x:/x', 'y:/y'], user: 'me', json: false },
    });
  });

  test('what was not given is undefined, and false for flags', async () => {
    const { seen, isJson } = await tryLine('sample r -- ls');
    expect(seen).toMatchObject({ options: { dryRun: false, pack: undefined, bind: undefined, user: undefined } });
    expect(isJson).toBe(false);
  });

  test('--json of the command behind the root is not ours', async () => {
    expect((await tryLine('sample r ls --json')).isJson).toBe(false);
    expect((await tryLine('sample r --json ls')).isJson).toBe(true);
  });

  test('help and version are results', async () => {
    expect((await tryLine('--version')).printed).toBe('9.8.7\n');
    expect((await tryLine('')).printed).toContain('sample');
    expect((await tryLine('sample --help')).printed).toContain('--dry-run');
    expect((await tryLine('help sample')).printed).toContain('Details of it.');
  });

  test.each([
    ['smaple r ls', /unknown command 'smaple'/, /Did you mean sample/],
    ['sample r --dryrun ls', /unknown option '--dryrun'/, /--dry-run/],
    ['sample', /missing required argument 'root'/, /qemu-accel sample --help/],
    ['sample r', /missing required argument 'command'/, /qemu-accel sample --help/],
    ['sample r --user', /argument missing/, /qemu-accel sample --help/],
  ])('%s is a usage error', async (line, what, fix) => {
    const error = await tryLine(line).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).what).toMatch(what);
    expect((error as UsageError).fix.join('\n')).toMatch(fix);
    expect((error as UsageError).exitCode).toBe(2);
  });
});
