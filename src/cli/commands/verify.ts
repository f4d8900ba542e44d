import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { renderVerification } from '../verified.ts';

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'ask twins and emulated programs the same, and compare',
  details: [
    'Without a command: at least one question for every twin of the build root, and pointed ones for tools that tell the ' +
      'machine that they are made for. Emulated answers are kept in the cache until the packages of the root change.',
    'With one: runs the command twice at the same time, each in a copy of the build root of its own, and compares standard output ' +
      'and error, the exit status, and every file that was made, changed or removed. The root itself is not touched. ' +
      'Exit status 1: there is a difference.',
    'Where there is one, the command is run emulated a second time: what two emulated runs do not agree about (dates, ' +
      'process numbers, random names) is reported apart, and is no finding.',
  ],
  args: {
    root: ROOT,
    command: {
      help: 'the command and its arguments; default: the built-in probes',
      complete: 'command',
      isVariadic: true,
      isOptional: true,
    },
  },
  options: {
    input: { kind: 'text', value: 'FILE', help: 'standard input of both runs (default: empty)', complete: 'file' },
    bind: {
      kind: 'repeated',
      value: 'SRC:DST:ro',
      help: 'show the host’s SRC as DST to both, read-only; DST must exist in the root',
      complete: 'file',
    },
    user: { kind: 'text', value: 'NAME', help: 'run as this user of the build root (default: root)' },
    chdir: { kind: 'text', value: 'DIR', help: 'start in this directory of the build root (default: /)' },
    env: { kind: 'repeated', value: 'NAME=VALUE', help: 'set a variable; the environment is that of a fresh login' },
    fresh: { kind: 'flag', help: 'without a command: ask the emulated programs again, and not the cache' },
    only: {
      kind: 'repeated',
      value: 'TITLE',
      help: 'without a command: only questions that begin so, e.g. /usr/bin/sed or perl',
    },
    json: JSON_OUTPUT,
  },
  examples: [
    { line: 'qemu-accel verify ./root', what: 'Does every twin answer as the program that it stands for?' },
    {
      line: 'qemu-accel verify ./root -- gcc -v',
      what: 'Does the accelerated compiler say what the guest’s own says?',
    },
    { line: 'qemu-accel verify ./root -- apt-get install -y jq', what: 'Does an installation leave the same files?' },
  ],
  run: async ({ args, options }, context) => {
    const { verify } = await import('../../app/verify.ts');
    const { input, bind: binds, user, chdir, env, only } = options;
    const result = await verify({
      root: hostPath(args.root),
      command: args.command,
      isFresh: options.fresh,
      ...given({ input, binds, user, chdir, env, only }),
      onProgress: context.progress,
      signal: context.interruption(),
    });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderVerification(result));
    return result.differences.length === 0 ? EXIT.ok : EXIT.finding;
  },
});
