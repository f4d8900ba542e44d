/** What two runs of one command have in common and what not, in the words of a report. */
import { countDifferences, isText, renderBytes } from './bytes.ts';
import type { Facet } from './files.ts';
import { capped, diffLines, linesOf, renderHunks } from './text.ts';
import { isOnlyVolatile, realHunks } from './volatile.ts';

export interface Difference {
  /** `status`, `stdout`, `stderr`, or the path of a file. */
  readonly where: string;
  readonly facet: Facet | 'status' | 'output';
  /** Lines for a person: `-` emulated, `+` accelerated. */
  readonly detail: readonly string[];
}

/** Enough to recognise the cause; all of it is there when the command is run by hand. */
const MAX_LINES = 40;

/** The content of something that differs; `again` is that of a second emulated run. */
export interface Contents {
  readonly emulated: Buffer;
  readonly accelerated: Buffer;
  readonly again?: Buffer;
}

/** The lines of a report for two contents; with a second emulated run only what that does not explain. */
export function describeContents({ emulated, accelerated, again }: Contents): string[] {
  if (!isText(emulated) || !isText(accelerated)) {
    const count = countDifferences(emulated, accelerated);
    return [...renderBytes(emulated, accelerated), `${String(count)} bytes differ`];
  }
  const [left, right] = [linesOf(emulated.toString()), linesOf(accelerated.toString())];
  const real = again !== undefined && isText(again) ? realHunks(left, linesOf(again.toString()), right) : [];
  const hunks = real.length > 0 ? real : diffLines(left, right);
  return renderHunks(left, right, { hunks, maxLines: MAX_LINES });
}

export function describeWords(emulated: string, accelerated: string): string[] {
  return capped([`-${emulated}`, `+${accelerated}`], MAX_LINES);
}

/** Whether the second emulated run shows that this difference says nothing about acceleration. */
export function isUnreproducible({ emulated, accelerated, again }: Contents): boolean {
  return again !== undefined && !again.equals(emulated) && isOnlyVolatile({ emulated, again, accelerated });
}

/** Whether two paths may be one that has a random part: in one directory, as long, or the same but for their digits. */
export function isSameButRandom(left: string, right: string): boolean {
  const [leftDir, leftName] = split(left);
  const [rightDir, rightName] = split(right);
  if (leftDir !== rightDir || left === right) return false;
  return leftName.length === rightName.length || leftName.replaceAll(/\d+/g, '#') === rightName.replaceAll(/\d+/g, '#');
}

function split(path: string): readonly [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}
