/** What many cases have in common: how often they run, and why some contenders have no part in them. */
import { CONTENDER_IDS, type BenchCase, type ContenderId, type Reasons } from './case.ts';

const AS_NATIVE: Reasons = { cross: 'a cross build uses the native tools here: see `native`' };
const NO_CROSSDIRECT: Reasons = { crossdirect: 'no compiler runs: see `emulated`' };
export const NO_COMPILER: Reasons = { ...AS_NATIVE, ...NO_CROSSDIRECT };

const MINUTES = 'full runs only: it would take too long';
/** Contenders whose rounds of a case are too long for a quick run. */
export const takesMinutes = (...ids: readonly ContenderId[]): Reasons =>
  Object.fromEntries(ids.map((id) => [id, MINUTES]));

/** Every other contender has the same reason. */
export const allBut = (ids: readonly ContenderId[], reason: string): Reasons =>
  Object.fromEntries(CONTENDER_IDS.filter((id) => !ids.includes(id)).map((id) => [id, reason]));

/** Two versions of qemu are compared in a few cases; what PRoot costs, too. */
export const FEWER_PEERS = takesMinutes('emulated-guest-qemu', 'proot');

export const OURS_ONLY = allBut(['accel'], 'only qemu-accel has such a thing');

export const BRIEF = { quick: { slow: 3, fast: 7 }, full: { slow: 5, fast: 11 } };
export const MEDIUM = { quick: { slow: 1, fast: 3 }, full: { slow: 3, fast: 7 } };
export const LONG = { quick: { slow: 1, fast: 2 }, full: { slow: 1, fast: 3 } };
export const once = (count: number): BenchCase['rounds'] => ({
  quick: { slow: 1, fast: count },
  full: { slow: 1, fast: count },
});
