/**
 * What of a difference is none of ours: the parts of an output in which two emulated runs differ from each other already,
 * such as dates, process numbers and random names.
 */
import { differingOffsets, isText } from './bytes.ts';
import { diffLines, linesOf, type Hunk } from './text.ts';

/** The same output three times: emulated, emulated again, accelerated. */
export interface ThreeRuns {
  readonly emulated: Buffer;
  readonly again: Buffer;
  readonly accelerated: Buffer;
}

/** True when the accelerated run differs only where the two emulated ones do. */
export function isOnlyVolatile({ emulated, again, accelerated }: ThreeRuns): boolean {
  if (emulated.equals(again)) return emulated.equals(accelerated);
  if ([emulated, again, accelerated].every(isText)) {
    const [first, second, third] = [emulated, again, accelerated].map((bytes) => linesOf(bytes.toString('latin1')));
    return realHunks(first ?? [], second ?? [], third ?? []).length === 0;
  }
  // Of other lengths, nothing can be said about their parts.
  if (emulated.length !== again.length) return true;
  if (emulated.length !== accelerated.length) return false;
  const offsets = differingOffsets(emulated, again);
  for (const offset of differingOffsets(emulated, accelerated)) if (!offsets.has(offset)) return false;
  return true;
}

/** The hunks between an emulated and an accelerated output that a second emulated run does not explain. */
export function realHunks(
  emulated: readonly string[],
  again: readonly string[],
  accelerated: readonly string[],
): Hunk[] {
  const known = diffLines(emulated, again);
  return diffLines(emulated, accelerated).filter((hunk) => !isExplained(hunk));

  function isExplained(hunk: Hunk): boolean {
    if (hunk.fromLeft === hunk.toLeft)
      return known.some((other) => other.fromLeft === hunk.fromLeft && other.toLeft === hunk.toLeft);
    const twin = known.find((other) => other.fromLeft === hunk.fromLeft && other.toLeft === hunk.toLeft);
    if (twin !== undefined && hasOneLineEach(hunk) && hasOneLineEach(twin)) {
      return emulated
        .slice(hunk.fromLeft, hunk.toLeft)
        .every((line, at) =>
          isLineExplained(line, again[twin.fromRight + at] ?? '', accelerated[hunk.fromRight + at] ?? ''),
        );
    }
    const isKnown = (line: number): boolean => known.some(({ fromLeft, toLeft }) => fromLeft <= line && line < toLeft);
    for (let line = hunk.fromLeft; line < hunk.toLeft; line++) if (!isKnown(line)) return false;
    return true;
  }
}

function hasOneLineEach({ fromLeft, toLeft, fromRight, toRight }: Hunk): boolean {
  return toLeft - fromLeft === toRight - fromRight;
}

/** A line may hold a date and, wrongly, the host's name: only the words that change by themselves may change. */
function isLineExplained(emulated: string, again: string, accelerated: string): boolean {
  const [first, second, third] = [emulated, again, accelerated].map((line) => line.match(/\w+|\W/g) ?? []);
  if (first?.length !== second?.length || first?.length !== third?.length) return true;
  return (first ?? []).every((word, at) => word === third?.[at] || word !== second?.[at]);
}
