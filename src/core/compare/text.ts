/** Line by line what differs between two texts: Myers' greedy algorithm, "An O(ND) Difference Algorithm" (1986). */

/** Lines [fromLeft, toLeft) of the left text stand where lines [fromRight, toRight) of the right one do. */
export interface Hunk {
  readonly fromLeft: number;
  readonly toLeft: number;
  readonly fromRight: number;
  readonly toRight: number;
}

/** Beyond so many changed lines nobody reads the difference, and its cost grows with their square. */
const MAX_CHANGES = 1000;
const CONTEXT_LINES = 2;

/** Without a last newline the last line says so, as diff(1) does: otherwise that difference would not show. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}\\ no newline at the end`];
}

/** The hunks that turn `left` into `right`, in order. Texts that have too little in common are one hunk. */
export function diffLines(left: readonly string[], right: readonly string[]): Hunk[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let tail = 0;
  const most = Math.min(left.length, right.length) - start;
  while (tail < most && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  const [a, b] = [left.slice(start, left.length - tail), right.slice(start, right.length - tail)];
  if (a.length === 0 && b.length === 0) return [];
  const hunks = myers(a, b) ?? [{ fromLeft: 0, toLeft: a.length, fromRight: 0, toRight: b.length }];
  return hunks.map((hunk) => ({
    fromLeft: hunk.fromLeft + start,
    toLeft: hunk.toLeft + start,
    fromRight: hunk.fromRight + start,
    toRight: hunk.toRight + start,
  }));
}

/** @returns undefined when more than MAX_CHANGES lines would have to be changed. */
function myers(a: readonly string[], b: readonly string[]): Hunk[] | undefined {
  const limit = Math.min(a.length + b.length, MAX_CHANGES);
  const furthest = new Map<number, number>([[1, 0]]);
  const history: Map<number, number>[] = [];
  for (let changes = 0; changes <= limit; changes++) {
    history.push(new Map(furthest));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = isDown(furthest, diagonal, changes) ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return walkBack(history, a.length, b.length);
    }
  }
  return undefined;
}

function at(furthest: ReadonlyMap<number, number>, diagonal: number): number {
  return furthest.get(diagonal) ?? -1;
}

function isDown(furthest: ReadonlyMap<number, number>, diagonal: number, changes: number): boolean {
  if (diagonal === -changes) return true;
  return diagonal !== changes && at(furthest, diagonal - 1) < at(furthest, diagonal + 1);
}

/** From the end to the start, one changed line at a time; neighbours become one hunk. */
function walkBack(history: readonly ReadonlyMap<number, number>[], endX: number, endY: number): Hunk[] {
  const hunks: Hunk[] = [];
  let [x, y] = [endX, endY];
  for (let changes = history.length - 1; changes > 0; changes--) {
    const furthest = history[changes] ?? new Map<number, number>();
    const diagonal = x - y;
    const down = isDown(furthest, diagonal, changes);
    const before = down ? diagonal + 1 : diagonal - 1;
    const fromX = at(furthest, before);
    const fromY = fromX - before;
    const step = {
      fromLeft: fromX,
      toLeft: down ? fromX : fromX + 1,
      fromRight: fromY,
      toRight: down ? fromY + 1 : fromY,
    };
    const next = hunks[0];
    if (next?.fromLeft === step.toLeft && next.fromRight === step.toRight) {
      hunks[0] = { ...next, fromLeft: step.fromLeft, fromRight: step.fromRight };
    } else {
      hunks.unshift(step);
    }
    [x, y] = [fromX, fromY];
  }
  return hunks;
}

/** The hunks as a person reads them: `-` left, `+` right, two lines around, at most `maxLines`. */
export function renderHunks(
  left: readonly string[],
  right: readonly string[],
  { hunks, maxLines }: { readonly hunks: readonly Hunk[]; readonly maxLines: number },
): string[] {
  const lines = hunks.flatMap((hunk) => [
    `@@ line ${String(hunk.fromLeft + 1)}`,
    ...left.slice(Math.max(0, hunk.fromLeft - CONTEXT_LINES), hunk.fromLeft).map((line) => ` ${line}`),
    ...left.slice(hunk.fromLeft, hunk.toLeft).map((line) => `-${line}`),
    ...right.slice(hunk.fromRight, hunk.toRight).map((line) => `+${line}`),
    ...left.slice(hunk.toLeft, hunk.toLeft + CONTEXT_LINES).map((line) => ` ${line}`),
  ]);
  return capped(lines, maxLines);
}

/** The first lines, and how many more there are. */
export function capped(lines: readonly string[], maxLines: number): string[] {
  if (lines.length <= maxLines) return [...lines];
  return [...lines.slice(0, maxLines), `... ${String(lines.length - maxLines)} more lines`];
}
