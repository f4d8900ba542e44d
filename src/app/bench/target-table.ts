/** What the benchmark is to show. The reasons are read when a target is missed: by a run, not by expectation. */
import type { Target } from '../../core/bench/targets.ts';
import { BUILD_CASES } from './build-cases.ts';

const PACKAGES = BUILD_CASES.map(({ id }) => id).filter((id) => id.startsWith('package-'));

const CONFTESTS =
  'What a configure script compiles to try it is emulated, since no package has a twin of it: 20 to 30 ms each, of which qemu ' +
  'itself takes 5 and the translation of the guest’s own loader the rest (`run --trace` counts them: 30 of the 2,866 programs of ' +
  'hello’s configure and make, 76 of gzip’s configure). ';
const CROSS_START =
  'The twins of a foreign gcc are cross compilers, whose assembler and linker start slower than native ones.';

export const TARGETS: readonly Target[] = [
  {
    kind: 'ratio',
    title: 'exec of a dispatched tool: at most 1.10 of native',
    cases: ['exec-true', 'exec-sed', 'exec-bash'],
    of: 'accel',
    to: 'native',
    atMost: 1.1,
    whenMissed: 'It has not been profiled yet.',
  },
  {
    kind: 'ratio',
    title: '`./configure`: at least 20 times as fast as emulated',
    cases: ['configure'],
    of: 'emulated',
    to: 'accel',
    atLeast: 20,
    whenMissed: `${CONFTESTS}The same row tells how much faster a native root is: no more than that can be had.`,
  },
  {
    kind: 'ratio',
    title: '`./configure`: at most 1.10 of native',
    cases: ['configure'],
    of: 'accel',
    to: 'native',
    atMost: 1.1,
    whenMissed: CONFTESTS + CROSS_START,
  },
  {
    kind: 'ratio',
    title: 'whole packages: at least 25 times as fast as emulated (median)',
    cases: PACKAGES,
    of: 'emulated',
    to: 'accel',
    atLeast: 25,
    whenMissed:
      'A compiler is slowed down some eight times by emulation and not twenty to forty: the more of a package’s time is compiling, ' +
      'the nearer its ratio is to that (`one large C file` has nothing else). The ratio of the native root in the same rows is ' +
      'the most that can be had.',
  },
  {
    kind: 'limits',
    title: 'whole packages: at most 1.05 of the cross build, or 1.20 of native where there is none',
    cases: PACKAGES,
    limits: [
      { to: 'cross', atMost: 1.05 },
      { to: 'native', atMost: 1.2 },
    ],
    whenMissed:
      'What a configure script compiles to try it is emulated, since no package has a twin of it. Of the 4,252 programs of gzip’s ' +
      'build 77 are, and by the times of `run --trace` they take 5.5 s: 3.3 s one that fills its memory (“whether printf survives ' +
      'out-of-memory conditions”), 1.0 s another one, and 16 ms each of the others. A cross build runs none of them; it is told ' +
      'or guesses their answers.',
  },
  {
    kind: 'faster',
    title: 'faster than every peer in every case',
    than: ['emulated', 'emulated-guest-qemu', 'proot', 'crossdirect', 'tizen-0.4'],
    whenMissed:
      'Where nearly all of the time is one run of a compiler, peers run the very same native compiler, and what is left between ' +
      'them and us is noise: the spread is in the table of all figures.',
  },
  {
    kind: 'value',
    title: '`install` from the cache: at most 1 s',
    case: 'install-warm',
    atMost: 1,
    whenMissed: 'It has not been profiled yet.',
  },
  {
    kind: 'value',
    title: '`install` with nothing cached: at most 30 s beside the download',
    case: 'install-cold',
    atMost: 30,
    whenMissed: 'It has not been profiled yet.',
  },
  {
    kind: 'ratio',
    title: '`bootstrap` of arm64: at most 1.3 times the one of amd64',
    cases: ['bootstrap'],
    of: 'accel',
    to: 'native',
    atMost: 1.3,
    whenMissed:
      'Beside what both do, the emul tree is made from the essential packages, and again before the others are configured and at ' +
      'the end: 2.9 of the 19.6 s of processor time that it takes by perf, where the one of amd64 takes 16.2. No program of ' +
      'weight is emulated any more.',
  },
  {
    kind: 'value',
    title: 'tree of base and toolchain: at most 180 MiB',
    case: 'tree-size',
    atMost: 180,
    whenMissed: 'Three programs of the compiler, cc1, cc1plus and lto1, are 104 MiB of it.',
  },
  {
    kind: 'value',
    title: 'start of the command line: at most 60 ms more than node alone',
    case: 'start',
    over: 'native',
    atMost: 0.06,
    whenMissed: 'It has not been profiled yet.',
  },
];
