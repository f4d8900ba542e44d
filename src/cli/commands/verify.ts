import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { renderCommandVerification } from '../verified.ts';

export const verifyCommand = defineCommand({
  name: 'verify',
  summary: 'run a command accelerated and emulated, and compare',
  details: [
    'Runs the command twice at the same time, each in a copy of the build root of its own, and compares standard output ' +
      'and error, the exit status, and every file that was made, changed or removed. The root itself is not touched. ' +
      'Exit status 1: there is a difference.',
    'Where there is one, the command is run emulated a second time: what two emulated runs do not agree about (dates, ' +
      'process numbers, random names) is reported apart, and is no finding.',
  ],
  args: {
    root: ROOT,
    command: { help: 'the command and its arguments', complete: 'command', isVariadic: true },
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
    json: JSON_OUTPUT,
  },
  examples: [
    {
      line: 'qemu-accel verify ./root -- gcc -v',
      what: 'Does the accelerated compiler say what the guest’s own says?',
    },
    { line: 'qemu-accel verify ./root -- apt-get install -y jq', what: 'Does an installation leave the same files?' },
  ],
  run: async ({ args, options }, context) => {
    const { verify } = await import('../../app/verify.ts');
    const { input, bind: binds, user, chdir, env } = options;
    const result = await verify({
      root: hostPath(args.root),
      command: args.command,
      ...given({ input, binds, user, chdir, env }),
      onProgress: context.progress,
      signal: context.interruption(),
    });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderCommandVerification(result));
    return result.differences.length === 0 ? EXIT.ok : EXIT.finding;
  },
});
