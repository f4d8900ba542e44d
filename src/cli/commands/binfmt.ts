import { GUEST_ARCHS } from '../../core/arch.ts';
import { EXIT, UsageError } from '../../core/errors.ts';
import { renderBinfmtChanges, renderBinfmtStatus } from '../binfmt-report.ts';
import { defineCommand } from '../command.ts';
import { JSON_OUTPUT } from '../common-options.ts';

const ACTIONS = ['status', 'register', 'unregister'] as const;

export const binfmtCommand = defineCommand({
  name: 'binfmt',
  summary: 'show or change what this machine starts for guest programs',
  details: [
    'status shows the entries of the machine’s binfmt_misc table, and which of them serves each guest architecture. Where ' +
      'several match, the kernel takes the one that was registered last, which the table does not show.',
    'register puts the dispatcher into the table, with the emulator embedded: then chroot, mmdebstrap and containers ' +
      'run accelerated build roots too. run needs it only on a kernel before Linux 6.7. The entry is named ' +
      'qemu-accel-<emulator’s architecture>, has the flags P, O and F, and lasts until the machine is restarted. ' +
      'binfmt_misc is mounted where it is not. unregister takes out that entry and no other. Both need root.',
  ],
  args: {
    action: { help: 'status, register or unregister', complete: ACTIONS },
    arch: {
      help: 'guest architectures, for register and unregister; armhf and armel share one entry',
      complete: GUEST_ARCHS.map(({ name }) => name),
      isVariadic: true,
      isOptional: true,
    },
  },
  options: { json: JSON_OUTPUT },
  examples: [
    { line: 'qemu-accel binfmt status', what: 'See what runs programs of each architecture' },
    { line: 'sudo qemu-accel binfmt register arm64', what: 'Accelerate arm64 build roots on the whole machine' },
  ],
  run: async ({ args, options }, context) => {
    const action = actionOf(args.action, args.arch);
    const { binfmtRegister, binfmtStatus, binfmtUnregister } = await import('../../app/binfmt.ts');
    const show = <T>(result: T, render: (result: T) => string): void => {
      context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : render(result));
    };
    if (action === 'status') show(await binfmtStatus(), renderBinfmtStatus);
    else show(await (action === 'register' ? binfmtRegister : binfmtUnregister)(args.arch), renderBinfmtChanges);
    return EXIT.ok;
  },
});

function actionOf(word: string, archs: readonly string[]): (typeof ACTIONS)[number] {
  const action = ACTIONS.find((candidate) => candidate === word);
  const known = GUEST_ARCHS.map(({ name }) => name).join(', ');
  if (action === undefined) {
    throw new UsageError({ what: `binfmt cannot '${word}'`, fix: [`Use one of: ${ACTIONS.join(', ')}`] });
  }
  if (action === 'status' && archs.length > 0) {
    throw new UsageError({ what: 'binfmt status takes no architecture', fix: ['It shows all of them'] });
  }
  if (action !== 'status' && archs.length === 0) {
    throw new UsageError({ what: `binfmt ${action} of which architecture?`, fix: [`Name some of: ${known}`] });
  }
  return action;
}
