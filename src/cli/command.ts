/**
 * What a command is: one record that says everything about it. The parser, `--help`, the man page and the shell
 * completions are all made from these records, so that none of them can be out of step with another.
 */
import type { ProgressSink } from '../app/progress.ts';

/** What a shell may offer for a value: paths, or words of a closed list. */
export type Completion = 'directory' | 'file' | 'command' | readonly string[];

export interface ArgumentSpec {
  readonly help: string;
  readonly complete?: Completion;
  /** Takes all that is left; only the last one. */
  readonly isVariadic?: boolean;
  /** May be left out; for a variadic one that is a list of ours, and no command. */
  readonly isOptional?: boolean;
}

export interface OptionSpec {
  /** `flag`: no value. `text`: one. `list`: comma-separated. `repeated`: may be given several times. */
  readonly kind: 'flag' | 'text' | 'list' | 'repeated';
  /** One letter, where people expect one: `-o`. */
  readonly short?: string;
  /** How help writes the value: `FILE`. Absent for flags. */
  readonly value?: string;
  readonly help: string;
  readonly complete?: Completion;
}

export interface Example {
  readonly line: string;
  readonly what: string;
}

type OptionValue<Spec extends OptionSpec> = Spec['kind'] extends 'flag'
  ? boolean
  : Spec['kind'] extends 'text'
    ? string | undefined
    : readonly string[] | undefined;

type ArgumentValue<Spec extends ArgumentSpec> = Spec['isVariadic'] extends true ? readonly string[] : string;

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type ArgumentValues<Specs extends ArgumentSpecs> = {
  readonly [Name in keyof Specs]: ArgumentValue<Specs[Name]>;
};
export type OptionValues<Specs extends OptionSpecs> = { readonly [Name in keyof Specs]: OptionValue<Specs[Name]> };

/** What a command is given besides its words. */
export interface CommandContext {
  /** Writes to stdout: the result, nothing else. */
  readonly print: (text: string) => void;
  readonly progress: ProgressSink;
  /**
   * From the first call on ^C and SIGTERM abort this signal instead of ending the process. A command that hands the
   * terminal to another program never asks for it.
   */
  readonly interruption: () => AbortSignal;
}

interface CommandInput<Arguments extends ArgumentSpecs, Options extends OptionSpecs> {
  readonly args: ArgumentValues<Arguments>;
  readonly options: OptionValues<Options>;
}

export interface CommandSpec<
  Arguments extends ArgumentSpecs = ArgumentSpecs,
  Options extends OptionSpecs = OptionSpecs,
> {
  readonly name: string;
  /** One line, lower case, no full stop. */
  readonly summary: string;
  /** Paragraphs for help and man page. */
  readonly details: readonly string[];
  /** In the order of the command line. Their names are what help shows. */
  readonly args: Arguments;
  /** Written `--dry-run` for `dryRun`. */
  readonly options: Options;
  readonly examples: readonly Example[];
  /** @returns the exit status. Use cases are imported in here, so that a command pays for no other's start. */
  readonly run: (input: CommandInput<Arguments, Options>, context: CommandContext) => Promise<number>;
}

/** A command whose words have been read but not yet given their types. */
export interface Command extends Omit<CommandSpec, 'run'> {
  readonly run: (input: UntypedInput, context: CommandContext) => Promise<number>;
}

interface UntypedInput {
  readonly args: Readonly<Record<string, string | readonly string[]>>;
  readonly options: Readonly<Record<string, boolean | string | readonly string[] | undefined>>;
}

/** Gives `run` the types that follow from the record's own arguments and options. */
export function defineCommand<const Arguments extends ArgumentSpecs, const Options extends OptionSpecs>(
  spec: CommandSpec<Arguments, Options>,
): Command {
  // The parser fills in exactly the names and kinds of this record, which is what makes the assertion true.
  return { ...spec, run: (input, context) => spec.run(input as CommandInput<Arguments, Options>, context) };
}

/** The option as it is typed: `--dry-run`. */
export function longFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Every way to type it, the short one first: `-o`, `--out`. */
export function flagsOf(name: string, { short }: OptionSpec): string[] {
  return [...(short === undefined ? [] : [`-${short}`]), longFlag(name)];
}

/** Leaves out what was not given: with exact optional properties `undefined` is a value of its own. */
export function given<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}
