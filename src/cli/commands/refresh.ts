import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { renderInstalled } from '../installed.ts';

export const refreshCommand = defineCommand({
  name: 'refresh',
  summary: 'bring the emul tree up to date after packages have changed',
  details: [
    'A guest program that was upgraded has no twin any more and runs emulated, which is slow but right. refresh makes the ' +
      'missing twins and drops those of removed programs, with the packs and the donor of the installation.',
  ],
  args: { root: ROOT },
  options: { json: JSON_OUTPUT },
  examples: [],
  run: async ({ args, options }, context) => {
    const { refresh } = await import('../../app/refresh.ts');
    const result = await refresh({
      root: hostPath(args.root),
      onProgress: context.progress,
      signal: context.interruption(),
    });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderInstalled(result));
    return EXIT.ok;
  },
});
