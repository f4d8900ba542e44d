/**
 * Where our words end and the words of somebody else's command begin.
 *
 *     qemu-accel run --emulated ROOT --chdir /src make -j2 --silent
 *                    └──────── ours ────────────┘ └── make's ─────┘
 *
 * Our options may stand before and after the root; from the first word behind it on everything belongs to the command,
 * also what looks like an option of ours. Parsers know this rule only for the first positional word, so a `--` is put in
 * where the command begins, and then every parser agrees.
 */
import { flagsOf, type Command } from './command.ts';

/** @param words the command line without the program's own name. */
export function markCommand(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const [name, ...rest] = words;
  const command = commands.find((candidate) => candidate.name === name);
  return name === undefined || command === undefined ? words : [name, ...splitCommand(command, rest)];
}

function splitCommand(command: Command, words: readonly string[]): readonly string[] {
  const specs = Object.values(command.args);
  const last = specs.at(-1);
  // A command to run is never optional: what may be left out is a list of ours.
  if (last?.isVariadic !== true || last.isOptional === true) return words;
  const withValue = new Set(
    Object.entries(command.options)
      .filter(([, option]) => option.kind !== 'flag')
      .flatMap(([name, option]) => flagsOf(name, option)),
  );
  let positional = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return words;
    if (word.startsWith('-') && word !== '-') {
      if (withValue.has(word)) at++;
      continue;
    }
    positional++;
    if (positional === specs.length) return [...words.slice(0, at), '--', ...words.slice(at)];
  }
  return words;
}
