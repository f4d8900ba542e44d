import { UsageError } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { ROOT } from '../common-options.ts';

export const runCommand = defineCommand({
  name: 'run',
  summary: 'run a command in the build root',
  details: [
    'The command runs in namespaces of its own, where the dispatcher is registered with a private binfmt_misc: nothing ' +
      'shows in the host’s own table, no root is needed (Linux 6.7), and nothing is left behind, however it ends.',
    'Standard input and output, the terminal, signals and the exit status are the command’s own. Everything after the ' +
      'root and our own options belongs to the command, also what looks like an option.',
  ],
  args: {
    root: ROOT,
    command: { help: 'the command and its arguments', complete: 'command', isVariadic: true },
  },
  options: {
    emulated: { kind: 'flag', help: 'without acceleration: everything runs under qemu' },
    trace: {
      kind: 'text',
      value: 'FILE',
      help: 'write one line per started program: how it ran, and why',
      complete: 'file',
    },
    bind: {
      kind: 'repeated',
      value: 'SRC:DST',
      help: 'show the host’s SRC as DST inside; may be given several times',
      complete: 'file',
    },
    user: { kind: 'text', value: 'NAME', help: 'run as this user of the build root (default: root)' },
    chdir: { kind: 'text', value: 'DIR', help: 'start in this directory of the build root (default: /)' },
    env: { kind: 'repeated', value: 'NAME=VALUE', help: 'set a variable; the environment is that of a fresh login' },
    network: { kind: 'text', value: 'KIND', help: 'host (the default) or none', complete: ['host', 'none'] },
  },
  examples: [
    { line: 'qemu-accel run ./root -- gcc -dumpmachine', what: 'Ask the accelerated compiler for its target' },
    { line: 'qemu-accel run ./root --bind .:/src --chdir /src make -j2', what: 'Compile the current directory' },
    { line: 'qemu-accel run ./root --trace trace.tsv make', what: 'See which programs ran natively' },
  ],
  run: async ({ args, options }, context) => {
    const { run } = await import('../../app/run.ts');
    const { trace, bind: binds, user, chdir, env } = options;
    return run({
      root: hostPath(args.root),
      command: args.command,
      isEmulated: options.emulated,
      ...given({ trace, binds, user, chdir, env, network: networkOf(options.network) }),
      progress: context.progress,
    });
  },
});

function networkOf(kind: string | undefined): 'host' | 'none' | undefined {
  if (kind === undefined || kind === 'host' || kind === 'none') return kind;
  throw new UsageError({ what: `'${kind}' is not a network`, fix: ['Use --network host or --network none'] });
}
