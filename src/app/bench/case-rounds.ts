/** What many cases have in common: how often they run, and why some contenders have no part in them. */
import type { BenchCase, ContenderId } from './case.ts';

type Without = Partial<Record<ContenderId, string>>;

const AS_NATIVE: Without = { cross: 'a cross build uses the native tools here: see `native`' };
const NO_CROSSDIRECT: Without = { crossdirect: 'no compiler runs: see `emulated`' };
export const NO_COMPILER: Without = { ...AS_NATIVE, ...NO_CROSSDIRECT };
export const OURS_ONLY: Without = Object.fromEntries(
  (['emulated', 'emulated-guest-qemu', 'proot', 'crossdirect', 'tizen-0.4', 'cross', 'native'] as const).map((id) => [
    id,
    'only qemu-accel has such a thing',
  ]),
);

export const BRIEF = { quick: { slow: 3, fast: 5 }, full: { slow: 5, fast: 11 } };
export const MEDIUM = { quick: { slow: 1, fast: 3 }, full: { slow: 3, fast: 7 } };
export const LONG = { quick: { slow: 1, fast: 2 }, full: { slow: 1, fast: 3 } };
export const once = (count: number): BenchCase['rounds'] => ({
  quick: { slow: 1, fast: count },
  full: { slow: 1, fast: count },
});
