import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { confirm } from '../confirm.ts';
import { renderCheckup } from '../doctor-report.ts';
import { paletteFor } from '../style.ts';

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'find out what is wrong, and how to mend it',
  details: [
    'Looks at the machine (kernel, namespaces, binfmt_misc, tools, disk) and, when one is named, at a build root and its ' +
      'emul tree. Each check says what it found; a finding says why it matters and what to do, and makes the exit status 1. ' +
      'It works without root, and says what it could not see.',
    '--fix mends what is our own (the emul tree, unfinished files), asks at the terminal before anything else, and looks again.',
  ],
  args: { root: { ...ROOT, isOptional: true } },
  options: {
    fix: { kind: 'flag', help: 'mend what can be mended' },
    yes: { kind: 'flag', help: 'with --fix: agree to every repair' },
    json: JSON_OUTPUT,
  },
  examples: [
    { line: 'qemu-accel doctor', what: 'Is this machine fit for it?' },
    { line: 'qemu-accel doctor ./root --fix', what: 'Check a build root as well, and mend what is wrong' },
  ],
  run: async ({ args, options }, context) => {
    const { doctor } = await import('../../app/doctor.ts');
    const root = args.root as string | undefined;
    const checkup = await doctor({
      ...(root === undefined ? {} : { root: hostPath(root) }),
      isFixing: options.fix,
      approve: options.yes ? () => Promise.resolve(true) : confirm,
      onProgress: context.progress,
      signal: context.interruption(),
    });
    context.print(
      options.json ? `${JSON.stringify(checkup, null, 2)}\n` : renderCheckup(checkup, paletteFor(process.stdout)),
    );
    return checkup.checks.some(({ status }) => status === 'finding') ? EXIT.finding : EXIT.ok;
  },
});
