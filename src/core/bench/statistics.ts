/** What a few repeated measurements say: middle and spread, and nothing that needs many of them. */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws RangeError without any value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('there is no middle of nothing');
  const half = sorted.length / 2;
  const middle = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1);
  return { min, median: middle.reduce((sum, value) => sum + value, 0) / middle.length, max };
}

/** A time with three digits that count, in the unit that a person would choose: `0.85 ms`, `15.2 s`, `19.2 min`. */
export function timeText(seconds: number): string {
  const units = [
    [600, 60, 'min'],
    [1, 1, 's'],
    [1e-3, 1e-3, 'ms'],
    [0, 1e-6, 'µs'],
  ] as const;
  const [, size, name] = units.find(([from]) => seconds >= from) ?? units[3];
  return `${digits(seconds / size)} ${name}`;
}

/** `14.5x`; below ten with two digits behind the point, because 1.04 and 1.10 are different answers. */
export function ratioText(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : digits(ratio)}x`;
}

/** Three that count, for what is below a thousand. */
export function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
