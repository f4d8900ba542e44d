/** Shell completions, made from the command records: bash, zsh and fish. */
import { flagsOf, longFlag, type Command, type Completion } from './command.ts';

const HEADER = '# Generated from the command records in src/cli: npm run generate';

/** To be sourced, or put into /usr/share/bash-completion/completions. */
export function renderBashCompletion(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const values = Object.entries(command.options)
      .filter(([, option]) => option.kind !== 'flag')
      .map(([name, option]) => `      ${flagsOf(name, option).join(' | ')}) ${bashWords(option.complete)} ;;`);
    const flags = Object.entries(command.options)
      .flatMap(([name, option]) => flagsOf(name, option))
      .join(' ');
    return [
      `    ${command.name})`,
      '      case $previous in',
      ...values,
      `      *) if [[ $word == -* ]]; then mapfile -t COMPREPLY < <(compgen -W '${flags}' -- "$word")`,
      `        else ${bashWords(argumentValues(command))}; fi ;;`,
      '      esac ;;',
    ].join('\n');
  });
  return `${HEADER}
_qemu_accel() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '${commands.map((command) => command.name).join(' ')} help' -- "$word")
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
}
complete -o filenames -F _qemu_accel qemu-accel
`;
}

/** Files, or words where every argument comes from a closed list. Which argument it is, bash and fish are not told. */
function argumentValues(command: Command): readonly string[] | 'file' {
  const lists = Object.values(command.args).map(({ complete }) => complete);
  return lists.every((list) => typeof list === 'object') ? lists.flat() : 'file';
}

function bashWords(completion: Completion | undefined): string {
  if (completion === 'directory') return 'mapfile -t COMPREPLY < <(compgen -d -- "$word")';
  if (completion === undefined) return ':';
  if (typeof completion === 'string') return 'mapfile -t COMPREPLY < <(compgen -f -- "$word")';
  return `mapfile -t COMPREPLY < <(compgen -W '${completion.join(' ')}' -- "$word")`;
}

/** To be put into a directory of `fpath` as `_qemu-accel`. */
export function renderZshCompletion(commands: readonly Command[]): string {
  const names = commands.map((command) => `    ${quote(`${command.name}:${command.summary}`)}`);
  const cases = commands.map((command) => {
    const options = Object.entries(command.options).flatMap(([name, option]) => {
      const repeat = option.kind === 'repeated' ? '*' : '';
      const value = option.value === undefined ? '' : `:${zshText(option.value)}:${zshAction(option.complete)}`;
      return flagsOf(name, option).map((flag) => quote(`${repeat}${flag}[${zshText(option.help)}]${value}`));
    });
    const args = Object.entries(command.args).map(([name, argument]) =>
      quote(`${argument.isVariadic === true ? '*' : ''}:${name}:${zshAction(argument.complete)}`),
    );
    return `    ${command.name}) _arguments ${[...options, ...args].join(' \\\n      ')} ;;`;
  });
  return `#compdef qemu-accel
${HEADER}
_qemu_accel() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
${cases.join('\n')}
  esac
}
_qemu_accel "$@"
`;
}

function zshAction(completion: Completion | undefined): string {
  if (completion === 'directory') return '_files -/';
  if (completion === undefined) return ' ';
  return typeof completion === 'string' ? '_files' : `(${completion.join(' ')})`;
}

/** Brackets and colons are _arguments' own syntax. */
function zshText(text: string): string {
  return text.replaceAll(/[[\]:]/g, '\\$&');
}

/** To be put into a fish completions directory as qemu-accel.fish. */
export function renderFishCompletion(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const when = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
    const takesValue = Object.values(command.args).some((argument) => argument.complete !== undefined);
    return [
      `complete -c qemu-accel -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`,
      ...(takesValue ? [`complete -c qemu-accel ${when} ${fishValue(argumentValues(command))}`] : []),
      ...Object.entries(command.options).map(([name, option]) => {
        const value = option.kind === 'flag' ? '' : ` -r ${fishValue(option.complete)}`;
        const short = option.short === undefined ? '' : ` -s ${option.short}`;
        return `complete -c qemu-accel ${when}${short} -l ${longFlag(name).slice(2)} -d ${quote(option.help)}${value}`;
      }),
    ];
  });
  return `${[HEADER, 'complete -c qemu-accel -f', ...lines].join('\n')}\n`;
}

function fishValue(completion: Completion | undefined): string {
  if (completion === undefined) return '-f';
  return typeof completion === 'string' ? '-F' : `-f -a ${quote(completion.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
