/** qemu-accel.1 in roff (man(7)), made from the command records, the exit statuses and the error codes. */
import { ERROR_CODES } from '../core/errors.ts';
import { flagsOf, type Command, type OptionSpec } from './command.ts';
import { ENVIRONMENT, EXIT_STATUSES, FILES, type Entry } from './manual-text.ts';

export function renderManPage(commands: readonly Command[], version: string): string {
  const lines = [
    '.\\" Generated from the command records in src/cli: `npm run generate`.',
    `.TH QEMU\\-ACCEL 1 "" "qemu\\-accel ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'qemu\\-accel \\- run the tools of a foreign build root natively',
    '.SH SYNOPSIS',
    ...commands.flatMap((command, at) => [...(at === 0 ? [] : ['.br']), usageLine(command)]),
    '.SH DESCRIPTION',
    roff(
      'A build root of another architecture runs under user-mode emulation, which is slow. qemu-accel puts a twin beside ' +
        'its compilers, shells and tools: the host-architecture build of the same program at the same version, made to ' +
        'give the answers that emulation would have given. No file of the build root is changed, and removing ' +
        '/emul from it turns everything off, at any moment.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH EXIT STATUS',
    ...entries(EXIT_STATUSES),
    '.SH ERRORS',
    roff('An error has a code that scripts may rely on. With --json it is printed as JSON.'),
    ...entries(Object.entries(ERROR_CODES).map(([name, text]) => ({ name, text: sentence(text) }))),
    '.SH ENVIRONMENT',
    ...entries(ENVIRONMENT),
    '.SH FILES',
    ...entries(FILES),
    '.SH SEE ALSO',
    '.BR qemu\\-user (1),',
    '.BR mmdebstrap (1),',
    '.BR user_namespaces (7),',
    '.BR binfmt.d (5)',
  ];
  return `${lines.join('\n')}\n`;
}

/** What follows `qemu-accel run`, in plain words: `<root> [--emulated] ... [--] <command...>`. */
function usageWords(command: Command): string {
  const args = Object.entries(command.args).map(([name, spec]) => ({
    words: spec.isOptional === true ? `[<${name}>...]` : `[--] <${name}...>`,
    name,
    isVariadic: spec.isVariadic === true,
  }));
  const options = Object.entries(command.options).map(([name, spec]) => `[${optionName(name, spec)}]`);
  return [
    ...args.filter((arg) => !arg.isVariadic).map((arg) => `<${arg.name}>`),
    ...options,
    ...args.filter((arg) => arg.isVariadic).map((arg) => arg.words),
  ].join(' ');
}

function optionName(name: string, spec: OptionSpec): string {
  const flags = flagsOf(name, spec).join(', ');
  return spec.value === undefined ? flags : `${flags} ${spec.value}`;
}

function usageLine(command: Command): string {
  return `.B qemu\\-accel ${roff(command.name)}\n${roff(usageWords(command))}`;
}

function commandSection(command: Command): string[] {
  const args = Object.entries(command.args).map(([name, spec]) => ({ name: `<${name}>`, text: sentence(spec.help) }));
  const options = Object.entries(command.options).map(([name, spec]) => ({
    name: optionName(name, spec),
    text: sentence(spec.help),
  }));
  const examples = command.examples.flatMap((example) => [
    '.PP',
    roff(`${example.what}:`),
    '.PP',
    '.RS 4',
    '.EX',
    roff(example.line),
    '.EE',
    '.RE',
  ]);
  return [
    `.SS ${roff(command.name)}`,
    roff(sentence(command.summary)),
    ...command.details.flatMap((paragraph) => ['.PP', roff(paragraph)]),
    ...entries([...args, ...options]),
    ...examples,
  ];
}

function entries(list: readonly Entry[]): string[] {
  return list.flatMap((entry) => ['.TP', `.B ${roff(entry.name)}`, roff(entry.text)]);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

/** roff reads a backslash as an escape, `-` as a hyphen that may not be copied, and a leading `.` or `'` as a request. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll(/^([.'])/gm, '\\&$1');
}
