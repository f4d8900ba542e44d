/** `verify`: does acceleration change any answer? */
import { promises as fsp } from 'node:fs';
import { readManifest } from '../adapters/emul/read-tree.ts';
import { UsageError } from '../core/errors.ts';
import { hostPath } from '../core/paths.ts';
import { withErrno } from '../os/fs.ts';
import type { ProgressSink } from './progress.ts';
import type { RunOptions } from './run.ts';
import { verifyCommand, type CommandVerification } from './verify/command.ts';
import { verifyProbes, type ProbeVerification } from './verify/probes.ts';

export interface VerifyRequest extends Pick<RunOptions, 'root' | 'command' | 'binds' | 'user' | 'chdir' | 'env'> {
  /** A file with the standard input of both runs; default: nothing to read. */
  readonly input?: string;
  /** Without a command: asks the emulated programs again, and not the cache. */
  readonly isFresh?: boolean;
  /** Without a command: only questions whose title begins with one of these. */
  readonly only?: readonly string[];
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

export type Verification = CommandVerification | ProbeVerification;

/**
 * A command both ways; without one, the built-in probes.
 *
 * @throws EnvironmentError E_TREE for a root that has no emul tree: both runs would be the same; what `run` throws.
 */
export async function verify({ input, onProgress, isFresh, only, ...request }: VerifyRequest): Promise<Verification> {
  await readManifest(request.root);
  if (request.command.length === 0) {
    const { root, signal } = request;
    return verifyProbes({
      root,
      signal,
      onProgress,
      ...(isFresh === undefined ? {} : { isFresh }),
      ...(only === undefined ? {} : { only }),
    });
  }
  for (const bind of request.binds ?? []) checkBind(bind);
  const bytes =
    input === undefined ? undefined : await withErrno('read the input', () => fsp.readFile(hostPath(input)));
  const options = bytes === undefined ? request : { ...request, input: bytes };
  return verifyCommand(options, onProgress);
}

/** What both runs may write to, they would hand to each other. */
function checkBind(bind: string): void {
  if (bind.endsWith(':ro')) return;
  throw new UsageError({
    what: `'${bind}' would let the two runs change each other’s files`,
    fix: [`Show it read-only: --bind ${bind}:ro`, 'Or copy the files into the build root'],
  });
}
