import type { Checkup } from '../../app/doctor.ts';
import type { Diagnosis } from '../../core/build-log/diagnose.ts';
import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, type CommandContext } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { confirm } from '../confirm.ts';
import { renderCheckup } from '../doctor-report.ts';
import { renderDiagnosis } from '../log-report.ts';
import { paletteFor } from '../style.ts';

export const doctorCommand = defineCommand({
  name: 'doctor',
  summary: 'find out what is wrong, and how to mend it',
  details: [
    'Looks at the machine (kernel, namespaces, binfmt_misc, tools, disk) and, when one is named, at a build root and its ' +
      'emul tree. Each check says what it found; a finding says why it matters and what to do, and makes the exit status 1. ' +
      'It works without root, and says what it could not see.',
    '--log reads the log of a build instead, of whatever tool (gbs, obs-build, sbuild, pbuilder, docker, make), and names the cause ' +
      'with the lines that show it and what to do. With --fix the machine is looked at and mended after that, the handlers too ' +
      'where the log blames them.',
    '--fix mends what is our own (the emul tree, unfinished files), asks at the terminal before anything else (kernel ' +
      'modules, handlers, mounts), and looks again.',
  ],
  args: { root: { ...ROOT, isOptional: true } },
  options: {
    log: {
      kind: 'text',
      value: 'FILE',
      help: 'say why the build with this log failed; - for stdin; may be packed with gzip',
      complete: 'file',
    },
    fix: { kind: 'flag', help: 'mend what can be mended' },
    yes: { kind: 'flag', help: 'with --fix: agree to every repair' },
    json: JSON_OUTPUT,
  },
  examples: [
    { line: 'qemu-accel doctor', what: 'Is this machine fit for it?' },
    { line: 'qemu-accel doctor --log build.log', what: 'Why did that build fail?' },
    { line: 'qemu-accel doctor ./root --fix', what: 'Check a build root as well, and mend what is wrong' },
  ],
  run: async ({ args, options }, context) => {
    const root = args.root as string | undefined;
    const log = options.log === undefined ? undefined : await diagnosed(options.log, root);
    // With a log the machine is looked at only to mend what the log shows.
    const checkup = log === undefined || options.fix ? await checked({ root, log, options, context }) : undefined;
    const palette = paletteFor(process.stdout);
    if (options.json) {
      const result = log === undefined ? checkup : { log, ...checkup };
      context.print(`${JSON.stringify(result, null, 2)}\n`);
    } else {
      if (log !== undefined) context.print(renderDiagnosis(log, palette));
      if (checkup !== undefined) context.print(renderCheckup(checkup, palette));
    }
    const isFound = checkup?.checks.some(({ status }) => status === 'finding') ?? false;
    return isFound || (log?.causes.length ?? 0) > 0 ? EXIT.finding : EXIT.ok;
  },
});

async function diagnosed(log: string, root: string | undefined): Promise<Diagnosis> {
  const { diagnoseLog } = await import('../../app/doctor/log.ts');
  return diagnoseLog({ log, ...(root === undefined ? {} : { root }) });
}

interface Consultation {
  readonly root: string | undefined;
  readonly log: Diagnosis | undefined;
  readonly options: { readonly fix: boolean; readonly yes: boolean };
  readonly context: CommandContext;
}

async function checked({ root, log, options, context }: Consultation): Promise<Checkup> {
  const { doctor } = await import('../../app/doctor.ts');
  return doctor({
    ...(root === undefined ? {} : { root: hostPath(root) }),
    areHandlersBlamed: log?.causes.some(({ isHandler }) => isHandler) ?? false,
    isFixing: options.fix,
    approve: options.yes ? () => Promise.resolve(true) : confirm,
    onProgress: context.progress,
    signal: context.interruption(),
  });
}
