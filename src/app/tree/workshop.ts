/** What every step of making an emul tree needs at hand. */
import { openDonor, type Donor, type DonorAnswer, type DonorWant } from '../../adapters/donor/donor.ts';
import type { Store } from '../../adapters/emul/store.ts';
import { AccelError } from '../../core/errors.ts';
import type { Buildroot, DonorPackage } from '../../core/model.ts';
import type { Pack } from '../../core/packs.ts';
import type { ProgressSink } from '../progress.ts';

export interface Workshop {
  readonly buildroot: Buildroot;
  readonly packs: readonly Pack[];
  /** By what name or absolute path each was asked for: the manifest keeps it, for `refresh`. */
  readonly packRefs: readonly string[];
  readonly store: Store;
  readonly donor: DonorDesk;
  /** Of the code that makes twins: what another version made is made again. */
  readonly toolKey: string;
  readonly onProgress: ProgressSink;
  readonly checkInterrupted: () => void;
}

/** The donor, opened at the first question: with everything in the cache it is never asked, nor its archive. */
export interface DonorDesk {
  readonly spec: string;
  /** Fetches what has not been asked for yet, all in one go. */
  readonly fetch: (wants: readonly DonorWant[]) => Promise<void>;
  /** The answer to a want that was fetched. */
  readonly answer: (name: string) => DonorAnswer;
  /** All packages fetched so far. */
  readonly packages: () => readonly DonorPackage[];
}

export function makeDonorDesk(buildroot: Buildroot, spec: string | undefined, onProgress: ProgressSink): DonorDesk {
  const answers = new Map<string, DonorAnswer>();
  let opened: Promise<Donor> | undefined;
  return {
    spec: spec ?? 'apt',
    fetch: async (wants) => {
      const fresh = [
        ...new Map(wants.filter(({ name }) => !answers.has(name)).map((want) => [want.name, want])).values(),
      ];
      if (fresh.length === 0) return;
      onProgress({
        kind: 'phase',
        title: `fetching ${String(fresh.length)} donor package${fresh.length === 1 ? '' : 's'}`,
      });
      opened ??= openDonor(spec, {
        root: buildroot.root,
        arch: buildroot.arch,
        ...(buildroot.suite === undefined ? {} : { suite: buildroot.suite }),
      });
      const got = await (
        await opened
      ).provide(fresh, (done, total, detail) => {
        onProgress({ kind: 'step', done, total, detail });
      });
      for (const [name, answer] of got) answers.set(name, answer);
    },
    answer: (name) => answers.get(name) ?? { kind: 'missing', why: `${name} was not asked for` },
    packages: () => [...answers.values()].flatMap((answer) => (answer.kind === 'found' ? [answer.package] : [])),
  };
}

/** Throws E_INTERRUPTED once the signal has been given. */
export function interruptionCheck(signal: AbortSignal | undefined): () => void {
  return () => {
    if (signal?.aborted !== true) return;
    throw new AccelError({
      code: 'E_INTERRUPTED',
      what: 'the work was interrupted; nothing was left half done',
      fix: ['Run the same command again: it goes on where it was'],
    });
  };
}
