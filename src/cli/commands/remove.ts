import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand } from '../command.ts';
import { ROOT } from '../common-options.ts';

export const removeCommand = defineCommand({
  name: 'remove',
  summary: 'leave the build root as it was before install',
  details: [
    'Takes out the emul tree, the dispatcher and the emulator. Removing /emul by hand is enough to turn acceleration off, ' +
      'at any moment, also in the middle of a build.',
  ],
  args: { root: ROOT },
  options: {},
  examples: [],
  run: async ({ args }, context) => {
    const { remove } = await import('../../app/remove.ts');
    await remove({ root: hostPath(args.root), onProgress: context.progress });
    return EXIT.ok;
  },
});
