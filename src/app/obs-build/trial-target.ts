/** The guests that `npm run obs-build` makes roots of, and the root that a trial's packages are made of. */
import { bootstrap } from '../bootstrap.ts';
import { guestArch, type Arch } from '../../core/arch.ts';
import { AccelError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exists } from '../../os/fs.ts';
import type { ProgressSink } from '../progress.ts';
import { KINDS } from './project-config.ts';

export interface TrialTarget {
  readonly arch: Arch;
  /** As obs-build calls it; also that of the rpm packages. */
  readonly obsArch: string;
  /** Tried in this order: mirrors lag behind with the rarer architectures. */
  readonly suites: readonly [string, ...string[]];
  /** Of the configuration of a project of specs. */
  readonly specLines: readonly string[];
}

export const TRIAL_TARGETS: readonly TrialTarget[] = [
  { arch: guestArch('arm64'), obsArch: 'aarch64', suites: ['trixie'], specLines: [] },
  {
    arch: guestArch('armhf'),
    obsArch: 'armv7l',
    suites: ['trixie', 'forky'],
    // rpm would choose another architecture by the CPU, and its flags for this one have no FPU, which Debian's compiler needs.
    specLines: ['Target: armv7l-linux', 'Optflags: armv7l -O2 -g'],
  },
];

/** What the recipes need beside what their kind's row says, and what twins shall be made for. */
export const NEEDED = {
  spec: ['clang', 'perl', 'python3'],
  dsc: ['debhelper', 'perl', 'python3'],
} as const;

export interface TrialRoot {
  readonly root: HostPath;
  readonly suite: string;
}

interface RootRequest {
  readonly target: TrialTarget;
  /** Gets the roots, by suite and architecture. */
  readonly base: HostPath;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

/**
 * The root that was made before, or a new one.
 *
 * @throws what bootstrap throws for the last suite.
 */
export async function findOrMakeRoot(request: RootRequest): Promise<TrialRoot> {
  const { arch, suites } = request.target;
  const places = suites.map((suite) => ({ suite, root: joinHost(request.base, `${suite}-${arch.name}`) }));
  for (const place of places) if (await exists(place.root)) return place;
  let failure: unknown;
  for (const place of places) {
    try {
      return await makeRoot(place, request);
    } catch (error) {
      if (!(error instanceof AccelError) || error.code !== 'E_DOWNLOAD') throw error;
      failure = error;
      request.onProgress({ kind: 'note', text: `no root of ${place.suite}: ${error.what}` });
    }
  }
  throw failure;
}

async function makeRoot(place: TrialRoot, { target, onProgress, signal }: RootRequest): Promise<TrialRoot> {
  const rows = Object.values(KINDS).flatMap(({ preinstalled, required }) => [...preinstalled, ...required]);
  const include = [...new Set([...rows, ...Object.values(NEEDED).flat()])].sort();
  const { root, suite } = place;
  onProgress({ kind: 'note', text: `making a Debian ${suite} ${target.arch.name} root in ${root}; this is done once` });
  await bootstrap({ suite, arch: target.arch, dir: root, include, onProgress, signal });
  return place;
}
