import { EXIT, UsageError } from '../../core/errors.ts';
import { HANDLER_ARCHS } from '../../core/arch.ts';
import { renderBinfmtChanges, renderBinfmtStatus, renderHandlerChanges } from '../binfmt-report.ts';
import { defineCommand, longFlag, type CommandContext, type OptionValues } from '../command.ts';
import { JSON_OUTPUT } from '../common-options.ts';

const OPTIONS = {
  json: JSON_OUTPUT,
  dryRun: { kind: 'flag', help: 'show what would be done, and do nothing' },
  persistent: { kind: 'flag', help: 'register: also whenever the machine starts (a file in /etc/binfmt.d)' },
  replace: { kind: 'flag', help: 'register: in place of an entry of somebody else that has our name' },
  credentials: {
    kind: 'flag',
    help: 'register: with flag C, so that setuid guest programs gain rights on this machine; only for build roots that you trust',
  },
  onlyQemu: { kind: 'flag', help: 'clear: the entries that are named qemu-*' },
  all: { kind: 'flag', help: 'clear: every entry, also those of java, python, ...' },
} as const;

type Options = OptionValues<typeof OPTIONS>;

interface Call {
  readonly names: readonly string[];
  readonly options: Options;
  readonly context: CommandContext;
}

interface Action {
  /** What the names are. `needed`: at least one. */
  readonly names: 'none' | 'needed' | 'optional';
  readonly options: readonly (keyof Options)[];
  readonly run: (call: Call) => Promise<void>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  status: { names: 'none', options: ['json'], run: status },
  register: {
    names: 'needed',
    options: ['json', 'dryRun', 'persistent', 'replace', 'credentials'],
    run: register,
  },
  unregister: { names: 'needed', options: ['json', 'dryRun'], run: unregister },
  clear: { names: 'optional', options: ['json', 'dryRun', 'onlyQemu', 'all'], run: clear },
  'disable-defaults': { names: 'optional', options: ['json', 'dryRun'], run: disableDefaults },
  restore: { names: 'none', options: ['json', 'dryRun'], run: restore },
};

export const binfmtCommand = defineCommand({
  name: 'binfmt',
  summary: 'show or change what this machine starts for guest programs',
  details: [
    'status shows the entries of the machine’s binfmt_misc table: for each architecture the one that runs its programs, those ' +
      'that get nothing because of it, who has put them there, and what is wrong. The kernel takes the entry that was ' +
      'registered last, whatever its name.',
    'register puts the dispatcher into the table, with the emulator embedded: then chroot, mmdebstrap and containers ' +
      'run accelerated build roots too. run needs it only on a kernel before Linux 6.7. The entry is named ' +
      'qemu-accel-<emulator’s architecture>, has the flags P, O and F, becomes the newest, and lasts until the machine is ' +
      'restarted, or with --persistent for good. binfmt_misc is mounted where it is not. unregister takes out that entry and ' +
      'no other, and puts back what --replace has displaced.',
    'clear takes out entries of others: those that are named, with --only-qemu all qemu-*, or with --all every one. ' +
      'disable-defaults keeps the handlers of the distribution (systemd-binfmt, binfmt-support) from being registered when the ' +
      'machine starts, and takes out those that are. restore undoes both. All but status and --dry-run need root.',
  ],
  args: {
    action: { help: Object.keys(ACTIONS).join(', '), complete: Object.keys(ACTIONS) },
    name: {
      help: 'architectures, for clear entries of the table; armhf and armel share one',
      complete: HANDLER_ARCHS.map(({ name }) => name),
      isVariadic: true,
      isOptional: true,
    },
  },
  options: OPTIONS,
  examples: [
    { line: 'qemu-accel binfmt status', what: 'See what runs programs of each architecture' },
    { line: 'sudo qemu-accel binfmt register arm64', what: 'Accelerate arm64 build roots on the whole machine' },
    {
      line: 'sudo qemu-accel binfmt clear qemu-arm',
      what: 'Take out a handler that is in the way; undo: binfmt restore',
    },
    {
      line: 'qemu-accel binfmt disable-defaults --dry-run',
      what: 'See what keeping the distribution’s handlers out means',
    },
  ],
  run: async ({ args, options }, context) => {
    await actionOf(args.action, args.name, options).run({ names: args.name, options, context });
    return EXIT.ok;
  },
});

function actionOf(word: string, names: readonly string[], options: Options): Action {
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action === undefined) {
    const known = Object.keys(ACTIONS).join(', ');
    throw new UsageError({ what: `binfmt cannot '${word}'`, fix: [`Use one of: ${known}`] });
  }
  if (action.names === 'none' && names.length > 0) {
    throw new UsageError({ what: `binfmt ${word} takes no name`, fix: ['It concerns all of them'] });
  }
  if (action.names === 'needed' && names.length === 0) {
    const known = HANDLER_ARCHS.map(({ name }) => name).join(', ');
    throw new UsageError({ what: `binfmt ${word} of which architecture?`, fix: [`Name some of: ${known}`] });
  }
  const given = (Object.keys(OPTIONS) as (keyof Options)[]).filter((name) => options[name]);
  const unknown = given.find((name) => !action.options.includes(name));
  if (unknown === undefined) return action;
  throw new UsageError({ what: `binfmt ${word} does not take ${longFlag(unknown)}` });
}

function show<T>({ options, context }: Call, result: T, render: (result: T) => string): void {
  context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : render(result));
}

async function status(call: Call): Promise<void> {
  const { binfmtStatus } = await import('../../app/binfmt.ts');
  show(call, await binfmtStatus(), renderBinfmtStatus);
}

async function register(call: Call): Promise<void> {
  const { binfmtRegister } = await import('../../app/binfmt-change.ts');
  const { persistent, credentials, replace, dryRun } = call.options;
  if (credentials) {
    const text =
      'flag C: whoever can bring a setuid guest program to this machine (a build root, a container, a mounted disk) runs ' +
      'it with the rights of its owner, through qemu';
    call.context.progress({ kind: 'note', text });
  }
  const options = {
    isPersistent: persistent,
    hasCredentials: credentials,
    isReplacing: replace,
    isDryRun: dryRun,
  };
  show(call, await binfmtRegister(call.names, options), renderBinfmtChanges);
}

async function unregister(call: Call): Promise<void> {
  const { binfmtUnregister } = await import('../../app/binfmt-change.ts');
  show(call, await binfmtUnregister(call.names, { isDryRun: call.options.dryRun }), renderBinfmtChanges);
}

async function clear(call: Call): Promise<void> {
  const { names, options } = call;
  if ([names.length > 0, options.onlyQemu, options.all].filter(Boolean).length !== 1) {
    throw new UsageError({
      what: 'binfmt clear of which entries?',
      fix: ['Name some, or give either --only-qemu or --all'],
    });
  }
  const { binfmtClear } = await import('../../app/binfmt-clear.ts');
  const scope = options.all ? 'all' : options.onlyQemu ? 'qemu' : { names };
  show(call, await binfmtClear(scope, options.dryRun), renderHandlerChanges);
}

async function disableDefaults(call: Call): Promise<void> {
  const { binfmtDisableDefaults } = await import('../../app/binfmt-clear.ts');
  show(call, await binfmtDisableDefaults(call.names, call.options.dryRun), renderHandlerChanges);
}

async function restore(call: Call): Promise<void> {
  const { binfmtRestore } = await import('../../app/binfmt-clear.ts');
  show(call, await binfmtRestore(call.options.dryRun), renderHandlerChanges);
}
