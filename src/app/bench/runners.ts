/** How each contender runs a command: opened once, and for the case of many roots once for each copy. */
import { promises as fsp } from 'node:fs';
import { AccelError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { exists, withErrno } from '../../os/fs.ts';
import type { Arena, Contender } from './contenders.ts';
import type { RunIn } from './sandbox.ts';

export interface Runners {
  /** A text: why it cannot run here. */
  readonly of: (contender: Contender) => Promise<RunIn | string>;
  /** The same in the n-th copy of the small root. */
  readonly ofCopy: (contender: Contender, at: number) => Promise<RunIn | string>;
}

/** @param dir where the copies are made; whoever calls removes it. */
export function openRunners(arena: Arena, dir: HostPath): Runners {
  const known = new Map<string, Promise<RunIn | string>>();
  const once = (key: string, open: () => Promise<RunIn | string>): Promise<RunIn | string> => {
    const runner = known.get(key) ?? orReason(open);
    known.set(key, runner);
    return runner;
  };
  return {
    of: (contender) => once(contender.id, () => contender.open(arena)),
    ofCopy: (contender, at) =>
      once(`${contender.id}-${String(at)}`, async () => {
        const guestRoot = await copyOnce(await arena.smallRoot(), joinHost(dir, String(at)));
        return contender.open({ ...arena, guestRoot });
      }),
  };
}

/** That one contender cannot be set up is no reason for the others not to run. */
async function orReason(open: () => Promise<RunIn | string>): Promise<RunIn | string> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof AccelError) || error.code === 'E_INTERRUPTED') throw error;
    return `failed: ${error.what}: ${error.why ?? ''}`;
  }
}

async function copyOnce(root: HostPath, copy: HostPath): Promise<HostPath> {
  if (await exists(copy)) return copy;
  await withErrno(`make ${copy}`, () => fsp.mkdir(joinHost(copy, '..'), { recursive: true }));
  await exec(['cp', '--archive', '--reflink=auto', root, copy]);
  return copy;
}
