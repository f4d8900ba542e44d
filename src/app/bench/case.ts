/** What a case of the benchmark is: data, and which contenders it makes no sense for. */
import type { BenchUnit } from '../../core/bench/result.ts';
import type { Files } from '../../core/bench/programs.ts';

/** In the order of the tables. */
export const CONTENDER_IDS = [
  'emulated',
  'emulated-guest-qemu',
  'proot',
  'crossdirect',
  'tizen-0.4',
  'accel',
  'cross',
  'native',
] as const;
export type ContenderId = (typeof CONTENDER_IDS)[number];

/** Many short runs of one program: the time of one of them counts. */
export interface ExecRun {
  readonly kind: 'exec';
  readonly argv: readonly [string, ...string[]];
  readonly count: number;
  /** How many at once; default 1. Then the time is all of them divided by their number. */
  readonly jobs?: number;
}

/** A shell script. `{cc}`, `{cxx}` and `{host}` stand for the contender's words. */
export interface ScriptRun {
  readonly kind: 'script';
  readonly script: string;
  /** So many sandboxes at once, each with its own copy of the directory: the last one's time counts. Default 1. */
  readonly sandboxes?: number;
}

/** Something that the program itself does, outside of any root (host-cases.ts). */
export interface HostRun {
  readonly kind: 'host';
  readonly task: 'bootstrap' | 'install-cold' | 'install-warm' | 'install-again' | 'refresh' | 'tree-size';
}

/** Rounds of a case: fewer for contenders that take twenty times as long. */
export interface Rounds {
  readonly slow: number;
  readonly fast: number;
}

export interface BenchCase {
  readonly id: string;
  readonly title: string;
  /** What it measures, in a sentence or two for the docs. */
  readonly what: string;
  readonly unit: BenchUnit;
  readonly run: ExecRun | ScriptRun | HostRun;
  /** Files of the working directory. */
  readonly files?: () => Files;
  /** An upstream tarball that is unpacked there: the first that the archive serves. */
  readonly tarball?: readonly string[];
  /** A source package of the archive that is unpacked there. */
  readonly package?: string;
  /** Runs in the directory before the measurement, quickly, and once for all rounds. */
  readonly setUp?: string;
  /** Changes the root: what it writes goes to an overlay, for every contender. */
  readonly isIsolated?: boolean;
  /** A part of `--quick`. */
  readonly isQuick: boolean;
  readonly rounds: { readonly quick: Rounds; readonly full: Rounds };
  /** Why there is nothing to measure. */
  readonly without?: Partial<Readonly<Record<ContenderId, string>>>;
}
