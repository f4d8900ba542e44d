/** What emulated programs have answered, kept: for a root whose packages are the same the answers are as well. */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { findQemu } from '../../adapters/sandbox/interpreter.ts';
import type { Arch } from '../../core/arch.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import type { Probe } from '../../core/probes.ts';
import { cacheDir, readTextIfThere, withErrno, writeAtomically } from '../../os/fs.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import type { JobOutcome } from './batch.ts';

export interface Answers {
  readonly get: (probe: Probe) => JobOutcome | undefined;
  readonly add: (probe: Probe, outcome: JobOutcome) => void;
  readonly save: () => Promise<void>;
}

interface StoredOutcome {
  readonly end: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of how they are asked: what was answered in another directory, or with other limits, is not taken. */
const WAY_OF_ASKING = '2';
/** Somebody's `yes` need not be kept. */
const KEPT_BYTES_MAX = 4 << 20;

/** The file is named by all that an answer depends on: the emulator, and the packages of the root. */
export async function openAnswers(root: HostPath, arch: Arch): Promise<Answers> {
  const hash = createHash('sha256')
    .update(WAY_OF_ASKING)
    .update(await sha256OfFile(findQemu(arch)));
  hash.update((await readTextIfThere(joinHost(root, 'var/lib/dpkg/status'))) ?? root);
  const dir = joinHost(cacheDir(), 'answers');
  const path = joinHost(dir, `${hash.digest('hex')}.json`);
  const text = await readTextIfThere(path);
  const stored = new Map(Object.entries(text === undefined ? {} : (JSON.parse(text) as Record<string, StoredOutcome>)));
  return {
    get: (probe) => {
      const found = stored.get(questionKey(probe));
      return found === undefined ? undefined : decode(found);
    },
    add: (probe, outcome) => {
      if (outcome.stdout.length + outcome.stderr.length > KEPT_BYTES_MAX || outcome.end === 'timeout') return;
      stored.set(questionKey(probe), encode(outcome));
    },
    save: async () => {
      await withErrno('keep the answers of the emulated programs', () => fsp.mkdir(dir, { recursive: true }));
      await writeAtomically(path, JSON.stringify(Object.fromEntries(stored)));
    },
  };
}

/** Names a question, whatever others are asked with it. */
export function questionKey({ argv }: Probe): string {
  return createHash('sha256').update(argv.join('\0')).digest('hex');
}

function encode({ end, stdout, stderr }: JobOutcome): StoredOutcome {
  return { end, stdout: stdout.toString('base64'), stderr: stderr.toString('base64') };
}

function decode({ end, stdout, stderr }: StoredOutcome): JobOutcome {
  return { end, stdout: Buffer.from(stdout, 'base64'), stderr: Buffer.from(stderr, 'base64') };
}
