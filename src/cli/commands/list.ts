import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { renderList } from '../listed.ts';

export const listCommand = defineCommand({
  name: 'list',
  summary: 'list what is accelerated and what is not',
  details: [
    'One line per program of the selected packs: its twin’s donor package and version, or why it runs emulated. Twins ' +
      'whose files are missing or damaged are named; then the exit status is 1.',
  ],
  args: { root: ROOT },
  options: { json: JSON_OUTPUT },
  examples: [{ line: 'qemu-accel list ./root', what: 'What runs natively, and what does not' }],
  run: async ({ args, options }, context) => {
    const { list } = await import('../../app/list.ts');
    const result = await list({ root: hostPath(args.root) });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderList(result));
    return result.damage.length === 0 ? EXIT.ok : EXIT.finding;
  },
});
