/** Reads a log line by line, in memory that does not grow with it, and names the causes that stand at its end. */
import { CAUSES, type CauseSpec } from './causes.ts';
import { cleanLine, printable } from './clean-line.ts';
import { COMPLAINT, SIGNALS, SUCCESS, type Signal, type SignalSpec } from './signals.ts';

export interface Evidence {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

export interface Cause {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly fix: readonly string[];
  readonly evidence: readonly Evidence[];
  /** Lines that say so, shown or not. */
  readonly count: number;
  readonly isHandler: boolean;
}

export interface Diagnosis {
  readonly lines: number;
  /** The most likely root cause first. */
  readonly causes: readonly Cause[];
  /** Causes that were seen as well and that follow from one of those. */
  readonly explained: readonly Cause[];
  /** Where no cause is known: the last lines that complain about something. */
  readonly complaints: readonly Evidence[];
}

export interface LogReader {
  readonly add: (rawLine: string) => void;
  readonly end: () => Diagnosis;
}

interface Sighting {
  readonly first: Evidence[];
  readonly words: Readonly<Record<string, string>>;
  count: number;
  last: Evidence;
}

const SHOWN_FIRST = 3;
const SHOWN_COMPLAINTS = 5;
const SHOWN_CHARS = 240;
/** A noisy signal counts when no more lines than this follow it. */
const NEAR_END_LINES = 1000;

const SPECS = Object.entries(SIGNALS) as [Signal, SignalSpec][];

export function makeLogReader(): LogReader {
  const sightings = new Map<Signal, Sighting>();
  const complaints: Evidence[] = [];
  let line = 0;
  let succeededAt = 0;
  const add = (rawLine: string): void => {
    line += 1;
    const text = cleanLine(rawLine);
    const evidence = (): Evidence => ({ line, text: printable(rawLine).slice(0, SHOWN_CHARS) });
    for (const [signal, { needles, pattern }] of SPECS) {
      if (!needles.some((needle) => text.includes(needle))) continue;
      const match = pattern.exec(text);
      if (match !== null) sight(sightings, signal, { evidence: evidence(), match });
    }
    if (SUCCESS.test(text)) succeededAt = line;
    if (COMPLAINT.test(text)) {
      complaints.push(evidence());
      if (complaints.length > SHOWN_COMPLAINTS) complaints.shift();
    }
  };
  return { add, end: () => conclude(sightings, { lines: line, succeededAt, complaints }) };
}

interface Found {
  readonly evidence: Evidence;
  readonly match: RegExpExecArray;
}

function sight(sightings: Map<Signal, Sighting>, signal: Signal, { evidence, match }: Found): void {
  const known = sightings.get(signal);
  if (known === undefined) {
    const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {};
    const words = Object.entries(groups).flatMap(([name, word]) =>
      word === undefined ? [] : [[name, printable(word)] as const],
    );

    sightings.set(signal, { first: [evidence], words: Object.fromEntries(words), count: 1, last: evidence });
    return;
  }
  known.count += 1;
  known.last = evidence;
  if (known.first.length < SHOWN_FIRST) known.first.push(evidence);
}

interface End {
  readonly lines: number;
  /** 0: nowhere. */
  readonly succeededAt: number;
  readonly complaints: readonly Evidence[];
}

function conclude(sightings: ReadonlyMap<Signal, Sighting>, { lines, succeededAt, complaints }: End): Diagnosis {
  const counts = (signal: Signal): boolean => {
    const sighting = sightings.get(signal);
    if (sighting === undefined || sighting.last.line < succeededAt) return false;
    return !('isNoisy' in SIGNALS[signal]) || lines - sighting.last.line <= NEAR_END_LINES;
  };
  const standing = CAUSES.filter(({ signals, unless }) => signals.some(counts) && unless?.some(counts) !== true);
  const explained = new Set(standing.flatMap(({ explains }) => explains ?? []));
  const told = (isExplained: boolean): Cause[] =>
    standing.filter(({ id }) => explained.has(id) === isExplained).map((spec) => causeOf(spec, sightings));
  const causes = told(false);
  return {
    lines,
    causes,
    explained: told(true),
    complaints: causes.length === 0 && succeededAt === 0 ? complaints : [],
  };
}

function causeOf(spec: CauseSpec, sightings: ReadonlyMap<Signal, Sighting>): Cause {
  const seen = spec.signals.flatMap((signal) => sightings.get(signal) ?? []);
  // Of the same word in two signals the first one counts.
  const words: Record<string, string> = {};
  for (const sighting of [...seen].reverse()) Object.assign(words, sighting.words);
  const byLine = new Map(
    seen.flatMap(({ first, last }) => [...first, last]).map((evidence) => [evidence.line, evidence]),
  );
  return {
    id: spec.id,
    what: fillIn(spec.what, words),
    why: spec.why,
    fix: spec.fix,
    evidence: [...byLine.values()].sort((a, b) => a.line - b.line).slice(0, 2 * SHOWN_FIRST),
    // One line may be two signals.
    count: Math.max(byLine.size, ...seen.map(({ count }) => count)),
    isHandler: spec.isHandler === true,
  };
}

/** `{program|started|its loader}`: the first of these words that there is; the last one stands for itself. */
function fillIn(text: string, words: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([^}]+)\}/g, (_, names: string) => {
    const all = names.split('|');
    return all.map((name) => words[name]).find((word) => word !== undefined) ?? all.at(-1) ?? '';
  });
}
