/** The program: parse, call, render. */
import { AccelError } from '../core/errors.ts';
import { errnoOf } from '../os/fs.ts';
import { toolVersion } from '../os/project.ts';
import { COMMANDS } from './command-table.ts';
import { makeInterruption, type Interruption } from './interruption.ts';
import { makeReporter, silentSink } from './progress-reporter.ts';
import { runProgram } from './program.ts';
import { renderError, renderErrorJson } from './render-error.ts';
import { paletteFor } from './style.ts';

/** @param words the command line without node and the program's own name. Sets the exit status; never throws. */
export async function main(words: readonly string[]): Promise<void> {
  const interruption = makeInterruption();
  const reporter = makeReporter(process.stderr);
  endQuietlyWithoutReader();
  const print = (text: string): void => {
    reporter.end('done');
    process.stdout.write(text);
  };
  try {
    process.exitCode = await runProgram(words, {
      commands: COMMANDS,
      version: toolVersion(),
      print,
      makeContext: (isJson) => ({
        print,
        progress: isJson ? silentSink : reporter.sink,
        interruption: interruption.start,
      }),
    });
    reporter.end('done');
  } catch (error) {
    reporter.end('failed');
    process.exitCode = showFailure(error, words, interruption);
  }
}

function showFailure(error: unknown, words: readonly string[], interruption: Interruption): number {
  const palette = paletteFor(process.stderr);
  const rendered = wantsJson(words) ? renderErrorJson(error) : renderError(error, palette);
  process.stderr.write(rendered.text);
  const wasInterrupted = error instanceof AccelError && error.code === 'E_INTERRUPTED';
  return wasInterrupted ? (interruption.status() ?? rendered.exitCode) : rendered.exitCode;
}

/** Also where the command line is wrong: a program that asked for JSON reads JSON. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? words.length : end).includes('--json');
}

/** `qemu-accel list ROOT | head` is no failure. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error) => {
    if (errnoOf(error) === 'EPIPE') process.exit();
    throw error;
  });
}
