/**
 * `verify ROOT` without a command: the built-in probes, at least one for every twin. Emulated answers are kept in the
 * cache, so that a second time costs what the twins take.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { readManifest } from '../../adapters/emul/read-tree.ts';
import { guestArch } from '../../core/arch.ts';
import { describeContents, describeWords, isUnreproducible, type Difference } from '../../core/compare/outcome.ts';
import { UsageError } from '../../core/errors.ts';
import type { HostPath } from '../../core/paths.ts';
import { knownReasons, parseProbes, planProbes, withoutKnown } from '../../core/probes.ts';
import type { Probe, ProbeFile, ProbePlan } from '../../core/probes.ts';
import { otherRevisions, type OtherRevision, revisionReasons, withoutRevisions } from '../../core/revisions.ts';
import { projectPath } from '../../os/project.ts';
import type { ProgressSink } from '../progress.ts';
import { openAnswers, questionKey, type Answers } from './answers.ts';
import { runBatch, type JobOutcome } from './batch.ts';
import { makeScratch, removeScratch } from './copy.ts';

export interface ProbeFinding {
  readonly probe: string;
  readonly differences: readonly Difference[];
}

export interface ProbeVerification {
  readonly kind: 'probes';
  readonly root: HostPath;
  readonly arch: string;
  /** Twins of programs and libraries that a probe is about. */
  readonly twins: number;
  readonly unprobed: readonly string[];
  readonly probes: number;
  readonly equal: number;
  /** Twins that come from another revision of the same upstream version. */
  readonly revisions: readonly OtherRevision[];
  /** What acceleration changes. */
  readonly differences: readonly ProbeFinding[];
  /** Differences that are there, with the reason why they may be. */
  readonly known: readonly { readonly probe: string; readonly why: readonly string[] }[];
  /** Probes whose answer two emulated runs do not agree about either. */
  readonly unreproducible: readonly string[];
}

export interface ProbeRequest {
  readonly root: HostPath;
  /** Asks the emulated programs again. */
  readonly isFresh?: boolean;
  /** Only questions whose title begins with one of these. */
  readonly only?: readonly string[];
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

interface Answered {
  readonly probe: Probe;
  readonly accelerated: JobOutcome;
  readonly emulated: JobOutcome;
}

/** @throws EnvironmentError E_TREE for a root without a tree of ours; what `run` throws. */
export async function verifyProbes(request: ProbeRequest): Promise<ProbeVerification> {
  const manifest = await readManifest(request.root);
  const arch = guestArch(manifest.arch);
  const files = readProbeFiles();
  const plan = chosen(planProbes(files, manifest.twins, arch), request.only);
  const answers = await openAnswers(request.root, arch);
  const scratch = await makeScratch();
  try {
    const ask = asker(request, scratch);
    const accelerated = await ask('asking the twins', plan.probes, false);
    const emulated = await emulatedAnswers(request, { plan: plan.probes, answers, ask });
    const answered = plan.probes.flatMap((probe, at): Answered[] => {
      const [twin, guest] = [accelerated[at], emulated[at]];
      return twin === undefined || guest === undefined ? [] : [{ probe, accelerated: twin, emulated: guest }];
    });
    const unlike = answered.filter((one) => differencesOf(one).length > 0);
    const title = 'asking emulated programs again where there are differences';
    const open = unlike.map(({ probe }) => probe);
    const again = open.length === 0 ? [] : await ask(title, open, true);
    const revisions = otherRevisions(manifest.twins);
    const judged = unlike.map((one, at) => judge({ files, revisions }, one, again[at]));
    return {
      kind: 'probes',
      root: request.root,
      arch: arch.name,
      twins: plan.probed.length,
      unprobed: plan.unprobed,
      revisions,
      probes: plan.probes.length,
      equal: answered.length - unlike.length,
      known: judged.filter(({ why }) => why.length > 0).map(({ probe, why }) => ({ probe, why })),
      differences: judged
        .filter(({ differences }) => differences.length > 0)
        .map(({ probe, differences }) => ({ probe, differences })),
      unreproducible: judged
        .filter(({ differences, why }) => differences.length === 0 && why.length === 0)
        .map(({ probe }) => probe),
    };
  } finally {
    await removeScratch(scratch);
  }
}

/** @throws UsageError E_USAGE where there is no such question. */
function chosen(plan: ProbePlan, only: readonly string[] = []): ProbePlan {
  if (only.length === 0) return plan;
  const probes = plan.probes.filter(({ title }) => only.some((start) => title.startsWith(start)));
  if (probes.length > 0) return { ...plan, probes };
  throw new UsageError({
    what: `no question about this root’s twins begins with ${only.map((start) => `'${start}'`).join(' or ')}`,
    fix: ['Give the beginning of a title in probes/machine.toml, or a program’s path: --only /usr/bin/sed'],
  });
}

function readProbeFiles(): ProbeFile[] {
  const dir = projectPath('probes');
  const names = readdirSync(dir).filter((name) => name.endsWith('.toml'));
  return names.sort().map((name) => parseProbes(readFileSync(projectPath('probes', name), 'utf8')));
}

const DIR_LETTERS = 12;

type Ask = (title: string, probes: readonly Probe[], isEmulated: boolean) => Promise<JobOutcome[]>;

function asker({ root, onProgress, signal }: ProbeRequest, scratch: HostPath): Ask {
  return (title, probes, isEmulated) => {
    onProgress({ kind: 'phase', title });
    const onDone = (done: number): void => {
      onProgress({ kind: 'step', done, total: probes.length });
    };
    // A question that tells its directory is answered alike whatever else is asked at the same time.
    const jobs = probes.map((probe) => ({ ...probe, dir: questionKey(probe).slice(0, DIR_LETTERS) }));
    return runBatch({ root, jobs, isEmulated, scratch, signal, onDone });
  };
}

/** From the cache, as far as they are there. */
async function emulatedAnswers(
  { isFresh }: ProbeRequest,
  { plan, answers, ask }: { readonly plan: readonly Probe[]; readonly answers: Answers; readonly ask: Ask },
): Promise<JobOutcome[]> {
  const known = plan.map((probe) => (isFresh === true ? undefined : answers.get(probe)));
  const open = plan.filter((_, at) => known[at] === undefined);
  if (open.length === 0) return known.filter((outcome) => outcome !== undefined);
  const asked = await ask('asking the emulated programs', open, true);
  open.forEach((probe, at) => {
    const outcome = asked[at];
    if (outcome !== undefined) answers.add(probe, outcome);
  });
  await answers.save();
  const fresh = asked.values();
  return known.flatMap((outcome) => outcome ?? fresh.next().value ?? []);
}

/** Why outputs may differ. */
interface Known {
  readonly files: readonly ProbeFile[];
  readonly revisions: readonly OtherRevision[];
}

/** `why`: the known reasons, where nothing else differs. */
function judge(
  { files, revisions }: Known,
  one: Answered,
  again: JobOutcome | undefined,
): ProbeFinding & { readonly why: readonly string[] } {
  const probe = one.probe.title;
  const differences = differencesOf(one, again);
  const stripText = (side: 'guest' | 'donor', text: Buffer): Buffer =>
    Buffer.from(withoutRevisions(revisions, side, withoutKnown(files, text.toString('latin1'))), 'latin1');
  const strip = (side: 'guest' | 'donor', { end, stdout, stderr }: JobOutcome): JobOutcome => {
    return { end, stdout: stripText(side, stdout), stderr: stripText(side, stderr) };
  };
  const bare = { ...one, emulated: strip('guest', one.emulated), accelerated: strip('donor', one.accelerated) };
  const rest = differencesOf(bare, again === undefined ? undefined : strip('guest', again));
  // What is known is not shown beside what is not.
  if (differences.length === 0 || rest.length > 0) return { probe, differences: rest, why: [] };
  const reasons = (['stdout', 'stderr'] as const).flatMap((where) => {
    const [left, right] = [one.emulated[where].toString('latin1'), one.accelerated[where].toString('latin1')];
    return [...knownReasons(files, left, right), ...revisionReasons(revisions, left, right)];
  });
  return { probe, differences: [], why: [...new Set(reasons)] };
}

function differencesOf({ emulated, accelerated }: Answered, again?: JobOutcome): Difference[] {
  const isEndKnown = again !== undefined && again.end !== emulated.end;
  const end: Difference[] =
    emulated.end === accelerated.end || isEndKnown
      ? []
      : [{ where: 'status', facet: 'status', detail: describeWords(emulated.end, accelerated.end) }];
  const outputs = (['stdout', 'stderr'] as const).flatMap((where): Difference[] => {
    const contents = {
      emulated: emulated[where],
      accelerated: accelerated[where],
      ...(again === undefined ? {} : { again: again[where] }),
    };
    if (contents.emulated.equals(contents.accelerated) || isUnreproducible(contents)) return [];
    return [{ where, facet: 'output', detail: describeContents(contents) }];
  });
  return [...end, ...outputs];
}
