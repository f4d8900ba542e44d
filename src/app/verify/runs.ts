/** One command, run in copies of a build root; and what differs between two such runs. */
import {
  compareCopies,
  rootFilesToHash,
  touchedPaths,
  type Copy,
  type FileDifference,
} from '../../core/compare/files.ts';
import { seenFile, type Layer } from '../../core/compare/layers.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import type { SandboxLayers } from '../../core/sandbox-plan.ts';
import { runCaptured, type RunOptions } from '../run.ts';
import { hashRootFiles, listRoot, makeLayers, readContent, readLayer } from './copy.ts';

export type Side = 'emulated' | 'again' | 'accelerated';

export interface CommandRun {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly seconds: number;
  readonly copy: Copy;
  readonly layers: SandboxLayers;
}

export interface CommandRequest extends Omit<RunOptions, 'layers' | 'isEmulated' | 'trace'> {
  readonly input?: Buffer;
  readonly signal?: AbortSignal;
}

/** @throws what `runCaptured` throws; E_INTERRUPTED after the signal. */
export async function runSide(request: CommandRequest, scratch: HostPath, side: Side): Promise<CommandRun> {
  const { input, signal, ...options } = request;
  const layers = await makeLayers(scratch, side);
  const startMs = Date.now();
  const result = await runCaptured(
    { ...options, layers, isEmulated: side !== 'accelerated' },
    { ...(input === undefined ? {} : { input }), ...(signal === undefined ? {} : { signal }) },
  );
  const seconds = (Date.now() - startMs) / 1000;
  if (signal?.aborted === true) throw new EnvironmentError({ code: 'E_INTERRUPTED', what: 'verify was interrupted' });
  if (result.startFailure !== undefined) throw result.startFailure;
  const { layer, hashes } = await readLayer(layers.upper);
  const copy = { upper: layer, hashes, startS: startMs / 1000 };
  return { status: result.status, ...result.raw, seconds, copy, layers };
}

/** The comparison of the files of two runs, with access to their content. */
export interface FileComparison {
  readonly differences: readonly FileDifference[];
  /** Of a regular file as the run left it; undefined where it has none. */
  readonly content: (run: CommandRun, path: string) => Promise<Buffer | undefined>;
}

export async function compareFiles(root: HostPath, left: CommandRun, right: CommandRun): Promise<FileComparison> {
  const { paths, trees } = touchedPaths([left.copy, right.copy]);
  const layer = await listRoot(root, paths, trees);
  const hashes = await hashRootFiles(root, rootFilesToHash(left.copy, right.copy, layer));
  return {
    differences: compareCopies(left.copy, right.copy, { layer, hashes }),
    content: (run, path) => contentOf(root, run, { path: path.slice(1), below: layer }),
  };
}

async function contentOf(
  root: HostPath,
  { copy, layers }: CommandRun,
  { path, below }: { readonly path: string; readonly below: Layer },
): Promise<Buffer | undefined> {
  const seen = seenFile(path, copy.upper, below);
  if (seen?.file.kind !== 'file') return undefined;
  return readContent(joinHost(seen.from === 'upper' ? layers.upper : root, path));
}
