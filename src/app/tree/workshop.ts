/** What every step of making an emul tree needs at hand. */
import { openDonor, type Donor, type DonorAnswer, type DonorWant } from '../../adapters/donor/donor.ts';
import type { Store } from '../../adapters/emul/store.ts';
import { AccelError } from '../../core/errors.ts';
import type { HostName } from '../../core/host.ts';
import type { Buildroot, DonorPackage } from '../../core/model.ts';
import type { Pack } from '../../core/packs.ts';
import type { ProgressSink } from '../progress.ts';

export interface Workshop {
  readonly buildroot: Buildroot;
  readonly packs: readonly Pack[];
  /** Whose rules hold for libraries: those of `base` as well, which every tree needs for its C library. */
  readonly libraryPacks: readonly Pack[];
  /** By what name or absolute path each was asked for: the manifest keeps it, for `refresh`. */
  readonly packRefs: readonly string[];
  readonly store: Store;
  /** One for each host architecture that twins are built for. */
  readonly donors: Readonly<Record<HostName, DonorDesk>>;
  /** Whether this machine's kernel runs 32-bit programs. */
  readonly runs32Bit: boolean;
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

export interface DeskOptions {
  readonly buildroot: Buildroot;
  /** `--donor`. */
  readonly spec: string | undefined;
  readonly onProgress: ProgressSink;
}

export function makeDonorDesks(options: DeskOptions): Record<HostName, DonorDesk> {
  return { amd64: makeDonorDesk(options, 'amd64'), i386: makeDonorDesk(options, 'i386') };
}

function makeDonorDesk({ buildroot, spec, onProgress }: DeskOptions, host: HostName): DonorDesk {
  const answers = new Map<string, DonorAnswer>();
  let opened: Promise<Donor> | undefined;
  const open = (): Promise<Donor> =>
    openDonor(spec, {
      root: buildroot.root,
      arch: buildroot.arch,
      donorArch: host,
      ...(buildroot.suite === undefined ? {} : { suite: buildroot.suite }),
    });
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
      try {
        opened ??= open();
        const donor = await opened;
        const got = await donor.provide(fresh, (done, total, detail) => {
          onProgress({ kind: 'step', done, total, detail });
        });
        for (const [name, answer] of got) answers.set(name, answer);
      } catch (error) {
        const why = host === 'i386' ? lackOf(error) : undefined;
        if (why === undefined) throw error;
        for (const { name } of fresh) answers.set(name, { kind: 'missing', why });
        onProgress({ kind: 'note', text: `no ${host} packages, so some programs stay emulated: ${why}` });
      }
    },
    answer: (name) => answers.get(name) ?? { kind: 'missing', why: `${name} was not asked for` },
    packages: () => [...answers.values()].flatMap((answer) => (answer.kind === 'found' ? [answer.package] : [])),
  };
}

/** A donor may have the host's own packages only: what needs others is emulated. */
function lackOf(error: unknown): string | undefined {
  const isLack = error instanceof AccelError && (error.code === 'E_DONOR' || error.code === 'E_DOWNLOAD');
  return isLack ? error.message.split('\n')[0] : undefined;
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
