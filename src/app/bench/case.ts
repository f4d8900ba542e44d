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
  /** For contenders that take twenty times as long; default: the same. */
  readonly slowCount?: number;
  /** How many at once; default 1. Then the time is all of them divided by their number. */
  readonly jobs?: number;
  /** The emul tree's index is shown with so many records more, which belong to nothing. */
  readonly strayRecords?: number;
}

/** A shell script. `{cc}`, `{host}` and the like stand for the contender's words. */
export interface ScriptRun {
  readonly kind: 'script';
  readonly script: string;
  /** So many sandboxes at once, each with its own copy of the directory: the last one's time counts. Default 1. */
  readonly sandboxes?: number;
  /** Each of them in a root of its own: copies of the small one. */
  readonly hasOwnRoots?: boolean;
}

/** Something that the program itself does, outside of any root (host-cases.ts). */
export interface HostRun {
  readonly kind: 'host';
  readonly task:
    | 'bootstrap'
    | 'install-cold'
    | 'install-warm'
    | 'install-warm-large'
    | 'install-again'
    | 'refresh-cold'
    | 'refresh-warm'
    | 'tree-size'
    | 'tree-size-large'
    | 'start';
}

export type Reasons = Partial<Readonly<Record<ContenderId, string>>>;

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
  /**
   * What counts, if not the time. `memory`: the size of the largest process. `left`: the number that the script leaves in
   * `../value`.
   */
  readonly figure?: 'memory' | 'left';
  readonly rounds: { readonly quick: Rounds; readonly full: Rounds };
  /** Why there is nothing to measure. */
  readonly without?: Reasons;
  /** Left to full runs, and why. */
  readonly notQuick?: Reasons;
}
