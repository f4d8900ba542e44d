import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand, given } from '../command.ts';
import { DONOR, JSON_OUTPUT, PACKS, ROOT } from '../common-options.ts';
import { renderInstalled } from '../installed.ts';

export const installCommand = defineCommand({
  name: 'install',
  summary: 'accelerate a build root',
  details: [
    'Inspects the build root, fetches the host-architecture packages at the same versions, makes the twins, and puts the ' +
      'emul tree, the emulator and the dispatcher in place. A build that runs in the root meanwhile never sees half a tree.',
    'What cannot be accelerated is left emulated; list and explain say why.',
  ],
  args: { root: ROOT },
  options: {
    pack: PACKS,
    donor: DONOR,
    dryRun: { kind: 'flag', help: 'say what would be accelerated and change nothing' },
    json: JSON_OUTPUT,
  },
  examples: [
    { line: 'qemu-accel install ./root', what: 'Accelerate everything that can be' },
    { line: 'qemu-accel install ./root --donor dir:./packages', what: 'Take the twins from a folder of .deb files' },
  ],
  run: async ({ args, options }, context) => {
    const { install } = await import('../../app/install.ts');
    const result = await install({
      root: hostPath(args.root),
      ...given({ packs: options.pack, donor: options.donor }),
      isDryRun: options.dryRun,
      onProgress: context.progress,
      signal: context.interruption(),
    });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderInstalled(result));
    return EXIT.ok;
  },
});
