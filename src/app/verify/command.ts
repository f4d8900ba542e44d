/**
 * `verify ROOT -- COMMAND`: the command once accelerated and once emulated, each in a copy of the root. Where they differ
 * it is run emulated a second time: what two emulated runs do not agree about says nothing about acceleration.
 */
import type { FileDifference } from '../../core/compare/files.ts';
import {
  describeContents,
  describeWords,
  isSameButRandom,
  isUnreproducible,
  type Contents,
  type Difference,
} from '../../core/compare/outcome.ts';
import type { HostPath } from '../../core/paths.ts';
import type { ProgressSink } from '../progress.ts';
import { makeScratch, removeScratch } from './copy.ts';
import { compareFiles, runSide, type CommandRequest, type CommandRun, type FileComparison } from './runs.ts';

export interface CommandVerification {
  readonly kind: 'command';
  readonly root: HostPath;
  readonly command: readonly string[];
  /** Emulated; `accelerated` is the same when nothing differs. */
  readonly status: { readonly emulated: number; readonly accelerated: number };
  readonly seconds: { readonly emulated: number; readonly accelerated: number };
  /** Files that the emulated run made, changed or removed. */
  readonly changedFiles: number;
  /** What acceleration changes. */
  readonly differences: readonly Difference[];
  /** What two emulated runs do not agree about either. */
  readonly unreproducible: readonly Difference[];
}

/** @throws what `run` throws for the command line and the root; E_TOOL_MISSING without getfattr; E_INTERRUPTED. */
export async function verifyCommand(request: CommandRequest, onProgress: ProgressSink): Promise<CommandVerification> {
  const scratch = await makeScratch();
  try {
    onProgress({ kind: 'phase', title: 'running it accelerated and emulated' });
    const [accelerated, emulated] = await bothSides(request, scratch);
    const plain = await compareRuns(request.root, { emulated, accelerated });
    const isSame = plain.differences.length === 0;
    if (!isSame) onProgress({ kind: 'phase', title: 'running it emulated a second time, since there are differences' });
    const again = isSame ? undefined : await runSide(request, scratch, 'again');
    const compared = again === undefined ? plain : await compareRuns(request.root, { emulated, accelerated, again });
    return {
      kind: 'command',
      root: request.root,
      command: request.command,
      status: { emulated: emulated.status, accelerated: accelerated.status },
      seconds: { emulated: emulated.seconds, accelerated: accelerated.seconds },
      changedFiles: [...emulated.copy.upper.files.values()].filter(({ kind }) => kind !== 'directory').length,
      ...compared,
    };
  } finally {
    await removeScratch(scratch);
  }
}

/** Neither is left running when the other fails: the scratch directory must not go from under it. */
async function bothSides(request: CommandRequest, scratch: HostPath): Promise<[CommandRun, CommandRun]> {
  const [accelerated, emulated] = await Promise.allSettled([
    runSide(request, scratch, 'accelerated'),
    runSide(request, scratch, 'emulated'),
  ]);
  if (accelerated.status === 'rejected') throw accelerated.reason;
  if (emulated.status === 'rejected') throw emulated.reason;
  return [accelerated.value, emulated.value];
}

interface Runs {
  readonly emulated: CommandRun;
  readonly accelerated: CommandRun;
  readonly again?: CommandRun;
}

type Verdict = Pick<CommandVerification, 'differences' | 'unreproducible'>;

async function compareRuns(root: HostPath, runs: Runs): Promise<Verdict> {
  const { emulated, accelerated, again } = runs;
  const files = await compareFiles(root, emulated, accelerated);
  const repeated = again === undefined ? undefined : await compareFiles(root, emulated, again);
  const judged = [
    ...statusDifference(runs),
    ...(['stdout', 'stderr'] as const).flatMap((where) =>
      judge(where, 'output', {
        emulated: emulated[where],
        accelerated: accelerated[where],
        ...(again === undefined ? {} : { again: again[where] }),
      }),
    ),
  ];
  for (const difference of files.differences) judged.push(await judgeFile(difference, { runs, files, repeated }));
  return {
    differences: judged.filter(({ isReal }) => isReal).map(({ difference }) => difference),
    unreproducible: judged.filter(({ isReal }) => !isReal).map(({ difference }) => difference),
  };
}

interface Judged {
  readonly difference: Difference;
  readonly isReal: boolean;
}

function statusDifference({ emulated, accelerated, again }: Runs): Judged[] {
  if (emulated.status === accelerated.status) return [];
  const detail = describeWords(`status ${String(emulated.status)}`, `status ${String(accelerated.status)}`);
  const isReal = again === undefined || again.status === emulated.status;
  return [{ difference: { where: 'status', facet: 'status', detail }, isReal }];
}

function judge(where: string, facet: Difference['facet'], contents: Contents): Judged[] {
  if (contents.emulated.equals(contents.accelerated)) return [];
  const isReal = !isUnreproducible(contents);
  return [{ difference: { where, facet, detail: describeContents(contents) }, isReal }];
}

interface FileContext {
  readonly runs: Runs;
  readonly files: FileComparison;
  readonly repeated: FileComparison | undefined;
}

async function judgeFile(found: FileDifference, { runs, files, repeated }: FileContext): Promise<Judged> {
  const { path, facet, left, right } = found;
  const again = repeated?.differences.filter((other) => other.facet === facet) ?? [];
  const isRepeated = again.some((other) => other.path === path);
  if (facet === 'content') {
    const { emulated, accelerated, again: second } = runs;
    const contents = {
      emulated: (await files.content(emulated, path)) ?? Buffer.alloc(0),
      accelerated: (await files.content(accelerated, path)) ?? Buffer.alloc(0),
      ...(isRepeated && second !== undefined
        ? { again: (await repeated?.content(second, path)) ?? Buffer.alloc(0) }
        : {}),
    };
    const [judged] = judge(path, facet, contents);
    if (judged !== undefined) return judged;
  }
  // A file with a random name is missing on either side.
  const isShaped = facet === 'presence' && again.some((other) => isSameButRandom(other.path, path));
  return { difference: { where: path, facet, detail: describeWords(left, right) }, isReal: !isRepeated && !isShaped };
}
