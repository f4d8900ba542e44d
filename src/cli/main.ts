/** The program: parse, call, render. */
import { AccelError } from '../core/errors.ts';
import { errnoOf } from '../os/fs.ts';
import { toolVersion } from '../os/project.ts';
import type { CommandContext } from './command.ts';
import { COMMANDS } from './command-table.ts';
import { makeInterruption, type Interruption } from './interruption.ts';
import { makeReporter, silentSink } from './progress-reporter.ts';
import { runProgram } from './program.ts';
import { renderError, renderErrorJson } from './render-error.ts';
import { markCommand } from './split-command.ts';
import { paletteFor } from './style.ts';

/** @param given the command line without node and the program's own name. */
export function main(given: readonly string[]): Promise<void> {
  const words = markCommand(given, COMMANDS);
  return runCommandLine(words, ({ print, makeContext }) =>
    runProgram(words, { commands: COMMANDS, version: toolVersion(), print, makeContext }),
  );
}

interface CommandLine {
  readonly print: (text: string) => void;
  readonly makeContext: (isJson: boolean) => CommandContext;
}

/** Runs `work` with what a command line has around it, and sets the process's exit status. Never throws. */
export async function runCommandLine(
  words: readonly string[],
  work: (line: CommandLine) => Promise<number>,
): Promise<void> {
  const interruption = makeInterruption();
  const reporter = makeReporter(process.stderr);
  endQuietlyWithoutReader();
  const print = (text: string): void => {
    reporter.end('done');
    process.stdout.write(text);
  };
  const makeContext = (isJson: boolean): CommandContext => ({
    print,
    progress: isJson ? silentSink : reporter.sink,
    interruption: interruption.start,
  });
  try {
    process.exitCode = await work({ print, makeContext });
    reporter.end('done');
  } catch (error) {
    reporter.end('failed');
    process.exitCode = showFailure(error, words, interruption);
  }
}

function showFailure(thrown: unknown, words: readonly string[], interruption: Interruption): number {
  const status = interruption.status();
  const error = status === undefined ? thrown : asInterruption(thrown);
  const rendered = wantsJson(words) ? renderErrorJson(error) : renderError(error, paletteFor(process.stderr));
  process.stderr.write(rendered.text);
  return status !== undefined && error instanceof AccelError ? status : rendered.exitCode;
}

/** After a ^C programs that we started end as well, and what fails then is no failure of theirs. */
function asInterruption(error: unknown): unknown {
  if (!(error instanceof AccelError) || error.code === 'E_INTERRUPTED') return error;
  const fix = ['Run the same command again; what was fetched is kept'];
  return new AccelError({ code: 'E_INTERRUPTED', what: 'interrupted', fix, cause: error });
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
