/** What a run of the benchmark is asked for, and what it has set up. */
import type { BenchCell } from '../../core/bench/result.ts';
import type { HostPath } from '../../core/paths.ts';
import type { BenchCase } from './case.ts';
import type { Arena, Contender } from './contenders.ts';
import type { Watched } from './roots.ts';
import type { Runners } from './runners.ts';

export interface BenchOptions extends Watched {
  readonly mode: 'quick' | 'full';
  /** Names of cases and contenders; all of them when empty. */
  readonly cases: readonly string[];
  readonly contenders: readonly string[];
  /** A foreign root with what the cases need; it is given an emul tree. Default: one in the cache. */
  readonly root?: HostPath;
  /** Rounds of every case with every contender. Default: what the table says for the mode. */
  readonly rounds?: number;
  /** After so many minutes nothing that is emulated is begun any more. */
  readonly minutes?: number;
  /** Told of every case as soon as it is measured. */
  readonly onCase?: (each: BenchCase, cells: readonly BenchCell[]) => void;
}

/** One run, as far as it is set up. */
export interface Session {
  readonly options: BenchOptions;
  readonly contenders: readonly Contender[];
  readonly arena: Arena;
  readonly dir: HostPath;
  readonly runners: Runners;
  /** As performance.now(). */
  readonly deadlineMs: number;
}
