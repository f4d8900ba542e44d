import { EXIT } from '../../core/errors.ts';
import { hostPath } from '../../core/paths.ts';
import { defineCommand } from '../command.ts';
import { JSON_OUTPUT, ROOT } from '../common-options.ts';
import { isAccelerated, renderExplanation } from '../explained.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'say how a command runs, and why',
  details: [
    'Which file of the build root a name or path leads to, which package it belongs to, and whether it is accelerated, by ' +
      'which twin from which donor package at which version, or emulated, and why. The exit status is 1 where it is ' +
      'emulated or not there.',
  ],
  args: {
    root: ROOT,
    command: { help: 'a name that is looked up in PATH, or a path inside the build root', complete: 'command' },
  },
  options: { json: JSON_OUTPUT },
  examples: [{ line: 'qemu-accel explain ./root cc', what: 'Follow a link to the compiler behind it' }],
  run: async ({ args, options }, context) => {
    const { explain } = await import('../../app/explain.ts');
    const result = await explain({ root: hostPath(args.root), command: args.command });
    context.print(options.json ? `${JSON.stringify(result, null, 2)}\n` : renderExplanation(result));
    return isAccelerated(result) ? EXIT.ok : EXIT.finding;
  },
});
