/** The program behind `npm run quickstart`. Not a command: it belongs to a checkout, not to an installation. */
import { parseArgs } from 'node:util';
import { EXIT, UsageError } from '../core/errors.ts';
import { runCommandLine } from './main.ts';
import { renderQuickstart } from './quickstart-report.ts';

/** @param words `--again` measures again even if nothing has changed. */
export function quickstartMain(words: readonly string[]): Promise<void> {
  return runCommandLine(words, async ({ makeContext }) => {
    const isAgain = parseWords(words);
    const context = makeContext(false);
    const { quickstart } = await import('../app/quickstart.ts');
    const result = await quickstart({ isAgain, onProgress: context.progress, signal: context.interruption() });
    context.print(renderQuickstart(result));
    return result.files.different.length === 0 ? EXIT.ok : EXIT.finding;
  });
}

function parseWords(words: readonly string[]): boolean {
  try {
    return parseArgs({ args: [...words], options: { again: { type: 'boolean', default: false } } }).values.again;
  } catch (error) {
    throw new UsageError({
      what: (error as Error).message,
      fix: ['Use npm run quickstart, or npm run quickstart -- --again'],
    });
  }
}
