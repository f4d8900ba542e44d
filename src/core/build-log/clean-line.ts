/** A line of a build's log without what the build tool has put around it. */

/** Longer lines are cut: no message of ours or of a tool is that long, and a binary file may have no line end at all. */
export const MAX_LINE_CHARS = 4096;

/** ECMA-48 control sequences (colours, cursor), and operating system commands (window titles, links). */
const ESCAPES = new RegExp(
  String.raw`\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])`,
  'g',
);

/** What build tools put before each line; in the order in which they may stand. */
const PREFIXES: readonly RegExp[] = [
  // A service that stamps every line: 2026-01-31T12:00:00.0000000Z
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?\s/,
  // buildkit, plain progress: `#12 3.450 `, and in its summary of the failed step ` > 3.450 ` or `3.450 `
  /^#\d+ (?:\[[^\]]*\] )?\d+\.\d+ /,
  /^(?: > )?\d+\.\d{1,3} (?=\S)/,
  // obs-build, osc, gbs: `[  131s] `
  /^\[\s*\d+s\]\s?/,
];

/** The text as the program wrote it, without line end, control sequences and prefix. */
export function cleanLine(raw: string): string {
  let line = raw.slice(0, MAX_LINE_CHARS).replaceAll(ESCAPES, '').trimEnd();
  // What a carriage return has overwritten was a progress line.
  line = line.slice(line.lastIndexOf('\r') + 1);
  for (const prefix of PREFIXES) line = line.replace(prefix, '');
  return line;
}

/** For showing it on a terminal: nothing in a log may move the cursor. */
export function printable(raw: string): string {
  return raw
    .slice(0, MAX_LINE_CHARS)
    .replaceAll(ESCAPES, '')
    .replaceAll(/\p{Cc}/gu, ' ')
    .trimEnd();
}
