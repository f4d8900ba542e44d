/** The program: parse, call, render. The only module that ends the process. */
import { readFileSync } from 'node:fs';
import { AccelError, EXIT } from '../core/errors.ts';
import type { CommandContext } from './command.ts';
import { COMMANDS } from './command-table.ts';
import { makeInterruption } from './interruption.ts';
import { isQuiet, makeReporter } from './progress-reporter.ts';
import { runProgram } from './program.ts';
import { renderError, renderErrorJson } from './render-error.ts';
import { paletteFor } from './style.ts';

/** @param words the command line without node and the program's own name. */
export async function main(words: readonly string[]): Promise<void> {
  const interruption = makeInterruption();
  const reporter = makeReporter(process.stderr);
  const print = (text: string): void => {
    process.stdout.write(text);
  };
  endQuietlyWithoutReader();
  try {
    process.exitCode = await runProgram(words, {
      commands: COMMANDS,
      version: packageVersion(),
      print,
      makeContext: (flags): CommandContext => ({
        print,
        progress: flags.has('json') ? isQuiet : reporter.sink,
        interruption: interruption.start,
      }),
    });
    reporter.end();
  } catch (error) {
    reporter.end();
    const rendered = isJson(words) ? renderErrorJson(error) : renderError(error, paletteFor(process.stderr));
    process.stderr.write(rendered.text);
    process.exitCode = isInterruption(error) ? (interruption.status() ?? rendered.exitCode) : rendered.exitCode;
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof AccelError && error.code === 'E_INTERRUPTED';
}
