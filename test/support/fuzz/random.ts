/** A seeded source of choices: a case can be made again from the seed that was printed. */
export interface Random {
  /** An integer from 0 to `below` - 1. */
  readonly int: (below: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  /** Each word with even odds, in order. */
  readonly some: <T>(from: readonly T[]) => T[];
  readonly text: (maxLines: number) => string;
  readonly bytes: (maxBytes: number) => Buffer;
}

const WORDS = [
  ...[
    'a',
    'b',
    'abc',
    'Zebra',
    'zebra',
    '10',
    '9',
    '1e3',
    '-5',
    '0x1F',
    '3.14',
    'äöü',
    '日本',
    'foo bar',
    '\t',
    '  ',
    '',
  ],
  ...[
    'a:b:c',
    'x=1',
    '# comment',
    '"quoted"',
    "it's",
    '\\n',
    '%s',
    '$HOME',
    '*',
    '[a-z]',
    '.',
    '..',
    '/usr/bin',
    'end',
  ],
];

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are enough to choose test cases by. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[int(from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  };
  const line = (): string => Array.from({ length: int(5) }, () => pick(WORDS)).join(pick([' ', '\t', ':', ',', '']));
  return {
    int,
    pick,
    some: (from) => from.filter(() => next() < 0.3),
    text: (maxLines) => Array.from({ length: int(maxLines + 1) }, line).join('\n') + pick(['\n', '\n', '']),
    bytes: (maxBytes) => Buffer.from(Array.from({ length: int(maxBytes + 1) }, () => int(256))),
  };
}
