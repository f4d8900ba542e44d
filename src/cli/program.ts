/** Turns the command records into a commander program, and its complaints into usage errors of ours. */
import { Argument, Command as Commander, CommanderError, Option } from 'commander';
import { UsageError } from '../core/errors.ts';
import { flagsOf, type Command, type CommandContext, type OptionSpec } from './command.ts';

export interface ProgramOptions {
  readonly commands: readonly Command[];
  readonly version: string;
  readonly makeContext: (isJson: boolean) => CommandContext;
  readonly print: (text: string) => void;
}

/**
 * Parses a command line and runs its command.
 *
 * @param words what `markCommand` has made of the command line.
 * @returns the exit status.
 * @throws UsageError E_USAGE for a command line that is wrong, and whatever the command throws.
 */
export async function runProgram(words: readonly string[], options: ProgramOptions): Promise<number> {
  let status = 0;
  const program = commanderProgram(options);
  for (const command of options.commands) {
    program.addCommand(
      commanderCommand(command, async (args, values) => {
        status = await command.run(inputOf(command, args, values), options.makeContext(values['json'] === true));
      }),
    );
  }
  quiet(program, options.print);
  try {
    await program.parseAsync(words.length === 0 ? ['--help'] : words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, words[0], options.commands);
  }
  return status;
}

function commanderProgram(options: ProgramOptions): Commander {
  return new Commander('qemu-accel')
    .description('Run the tools of a foreign build root natively, with the answers that emulation would have given.')
    .version(options.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', "\n'qemu-accel <command> --help' says more.");
}

type Action = (args: readonly unknown[], values: Readonly<Record<string, unknown>>) => Promise<void>;

function commanderCommand(command: Command, action: Action): Commander {
  const made = new Commander(command.name).summary(command.summary).helpOption('-h, --help', 'print this help');
  const [first = '', ...others] = command.details;
  made.description([first, ...others].join('\n\n'));
  for (const [name, spec] of Object.entries(command.args)) {
    const words = spec.isVariadic === true ? `${name}...` : name;
    made.addArgument(new Argument(spec.isOptional === true ? `[${words}]` : `<${words}>`, spec.help));
  }
  for (const [name, spec] of Object.entries(command.options)) made.addOption(commanderOption(name, spec));
  if (command.examples.length > 0) {
    const lines = command.examples.map((example) => `  ${example.line}\n      ${example.what}`);
    made.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  }
  return made.action(async (...received: unknown[]) => {
    const args = received.slice(0, Object.keys(command.args).length);
    await action(args, made.opts());
  });
}

function commanderOption(name: string, spec: OptionSpec): Option {
  const flag = flagsOf(name, spec).join(', ');
  const option = new Option(spec.value === undefined ? flag : `${flag} <${spec.value}>`, spec.help);
  if (spec.kind === 'list') option.argParser((text) => text.split(',').filter((part) => part !== ''));
  if (spec.kind === 'repeated')
    option.argParser((text, before: readonly string[] | undefined) => [...(before ?? []), text]);
  return option;
}

function inputOf(
  command: Command,
  args: readonly unknown[],
  values: Readonly<Record<string, unknown>>,
): Parameters<Command['run']>[0] {
  const named = Object.keys(command.args).map((name, at) => [name, args[at]] as const);
  const options = Object.entries(command.options).map(
    ([name, spec]) => [name, spec.kind === 'flag' ? values[name] === true : values[name]] as const,
  );
  return { args: Object.fromEntries(named), options: Object.fromEntries(options) } as Parameters<Command['run']>[0];
}

/** Commander throws instead of exiting, prints help through us, and leaves error messages to us. */
function quiet(program: Commander, print: (text: string) => void): void {
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ writeOut: print, writeErr: () => undefined })
      .showSuggestionAfterError(true);
  }
}

function usageError(error: CommanderError, name: string | undefined, commands: readonly Command[]): UsageError {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const command = commands.some((candidate) => candidate.name === name) ? `${String(name)} ` : '';
  const suggestion = more.map((line) => line.replace(/^\(|\)$/g, '')).filter((line) => line !== '');
  return new UsageError({ what: first, fix: [...suggestion, `See qemu-accel ${command}--help`] });
}
