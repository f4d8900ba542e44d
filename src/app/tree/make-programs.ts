/** From selected guest binaries to finished twins, or to the reasons why there are none. */
import { availableParallelism } from 'node:os';
import type { DonorWant } from '../../adapters/donor/donor.ts';
import { answerKey } from '../../adapters/emul/store.ts';
import { ElfError } from '../../core/elf/fields.ts';
import type { Selection } from '../../core/match.ts';
import type { EmulatedReason } from '../../core/model.ts';
import { mapParallel } from '../../core/parallel.ts';
import { findInPackage } from './donor-files.ts';
import { loads, makeFile, type Made, type Refused } from './make-file.ts';
import { closureOf, makeLibraries, type Libraries, type LibraryNeed } from './make-libraries.ts';
import { HOST_NAMES, HOSTS, type HostName } from '../../core/host.ts';
import type { Workshop } from './workshop.ts';
import type { HostPath } from '../../core/paths.ts';

export interface Twin {
  readonly kind: 'twin';
  readonly selection: Selection;
  readonly made: Made;
  readonly source: DonorSource;
}

export interface NoTwin {
  readonly kind: 'none';
  readonly selection: Selection;
  readonly reason: EmulatedReason;
  readonly detail: string;
}

/** The donor file of a twin, as the manifest names it. */
export interface DonorSource {
  /** As the donor was asked for it. */
  readonly want: DonorWant;
  readonly package: string;
  readonly version: string;
  readonly path: string;
  readonly note?: string;
}

/** What is known of a selection before its twin is made. */
interface Job {
  readonly selection: Selection;
  readonly source: DonorSource;
  /** DT_NEEDED of the donor's file. */
  readonly needed: readonly string[];
  /** Unset where the answer came from the cache. */
  readonly file?: HostPath;
  /** From the cache: what was made last time, and with which imports of its libraries. */
  readonly before?: { readonly result: Made | Refused; readonly libraryImports: readonly string[] };
}

/** What is built for one host architecture is loaded with libraries of that one. */
export type LibrariesByHost = Readonly<Record<HostName, Libraries>>;

export interface MadePrograms {
  readonly outcomes: readonly (Twin | NoTwin)[];
  readonly libraries: LibrariesByHost;
}

/** @param loadedLater sonames that programs load while they run; those that the guest has not are left out. */
export async function makePrograms(
  shop: Workshop,
  selections: readonly Selection[],
  loadedLater: readonly LibraryNeed[],
): Promise<MadePrograms> {
  const found = await findDonorFiles(shop, selections);
  const jobs = found.filter((job): job is Job => !('kind' in job));
  const libraries = {
    amd64: await librariesOf(shop, 'amd64', { jobs, loadedLater }),
    i386: await librariesOf(shop, 'i386', { jobs, loadedLater }),
  };
  shop.onProgress({ kind: 'phase', title: `making ${String(jobs.length)} twins` });
  let done = 0;
  const outcomes = await mapParallel(jobs, availableParallelism(), async (job) => {
    shop.checkInterrupted();
    const outcome = await finish(shop, job, libraries);
    shop.onProgress({ kind: 'step', done: ++done, total: jobs.length, detail: job.selection.binary.path });
    return outcome;
  });
  const all = [...found.filter((job): job is NoTwin => 'kind' in job), ...outcomes];
  return { outcomes: withoutStranded(all), libraries };
}

interface Needs {
  readonly jobs: readonly Job[];
  readonly loadedLater: readonly LibraryNeed[];
}

async function librariesOf(shop: Workshop, host: HostName, { jobs, loadedLater }: Needs): Promise<Libraries> {
  const own = jobs.filter(({ selection }) => selection.host === host);
  if (own.length === 0) return new Map();
  const needs = own.flatMap(({ needed, source }) => needed.map((soname) => ({ soname, neededBy: source.want })));
  return makeLibraries(shop, HOSTS[host], [...needs, ...loadedLater]);
}

/** A program that loads a plug-in which could not be made would get the guest's own, and fail: it stays emulated. */
function withoutStranded(outcomes: readonly (Twin | NoTwin)[]): (Twin | NoTwin)[] {
  const failed = outcomes.filter((one) => one.kind === 'none' && one.selection.isNeededBy !== undefined);
  return outcomes.map((one) => {
    const { path } = one.selection.binary;
    const plugin = one.kind === 'twin' ? failed.find(({ selection }) => selection.isNeededBy?.(path)) : undefined;
    if (plugin === undefined) return one;
    const detail = `it loads ${plugin.selection.binary.path}, which has no twin`;
    return { kind: 'none', selection: one.selection, reason: 'missing-library', detail };
  });
}

async function findDonorFiles(shop: Workshop, selections: readonly Selection[]): Promise<(Job | NoTwin)[]> {
  const remembered = await Promise.all(selections.map((selection) => rememberedJob(shop, selection)));
  const unknown = selections.filter((_, at) => remembered[at] === undefined);
  for (const host of HOST_NAMES) {
    const own = unknown.filter((selection) => selection.host === host);
    await shop.donors[host].fetch(own.flatMap(({ candidates }) => candidates.map(toWant)));
  }
  shop.checkInterrupted();
  return [...remembered.filter((job) => job !== undefined), ...unknown.map((selection) => locate(shop, selection))];
}

function locate(shop: Workshop, selection: Selection): Job | NoTwin {
  let reason: EmulatedReason = 'no-donor-package';
  let detail = 'its guest package is not known';
  for (const candidate of selection.candidates) {
    const answer = shop.donors[selection.host].answer(candidate.package);
    if (answer.kind === 'missing') {
      detail = answer.why;
      continue;
    }
    const found = findInPackage(answer.package, candidate.paths);
    if (found === undefined) {
      reason = 'no-donor-file';
      detail = `${candidate.package} has no ${candidate.paths[0] ?? selection.binary.path}`;
      continue;
    }
    try {
      const { needed: named } = loads(found.file);
      // What is used as it is finds its own libraries beside itself, and libc is in its process already.
      const needed = selection.relocate ? named : [];
      const { name, version } = found.package;
      const note = answer.note === undefined ? {} : { note: answer.note };
      const source = { want: toWant(candidate), package: name, version, path: found.path, ...note };
      return { selection, source, needed, file: found.file };
    } catch (error) {
      if (!(error instanceof ElfError)) throw error;
      reason = 'not-elf';
      detail = error.message;
    }
  }
  return { kind: 'none', selection, reason, detail };
}

async function finish(shop: Workshop, job: Job, byHost: LibrariesByHost): Promise<Twin | NoTwin> {
  const { selection, source } = job;
  const libraries = byHost[selection.host];
  const closure = [...closureOf(job.needed, libraries)];
  for (const soname of closure) {
    const library = libraries.get(soname);
    if (library?.kind !== 'made') {
      const { reason, why } = library ?? { reason: 'missing-library', why: `no ${soname}` };
      return { kind: 'none', selection, reason, detail: why };
    }
  }
  const libraryImports = importsOfAll(closure, libraries);
  const result = await makeOrRecall(shop, job, libraryImports);
  if (result.kind === 'refused') return { kind: 'none', selection, reason: result.reason, detail: result.detail };
  return { kind: 'twin', selection, made: result, source };
}

async function makeOrRecall(shop: Workshop, job: Job, libraryImports: readonly string[]): Promise<Made | Refused> {
  if (job.before !== undefined && sameList(job.before.libraryImports, libraryImports)) return job.before.result;
  const { selection } = job;
  let { file } = job;
  if (file === undefined) {
    // Remembered, but a library has changed so that the twin must be made anew: the donor is needed after all.
    await shop.donors[selection.host].fetch(selection.candidates.map(toWant));
    const again = locate(shop, selection);
    if ('kind' in again) return { kind: 'refused', reason: again.reason, detail: again.detail };
    file = again.file;
  }
  if (file === undefined) throw new Error(`the donor file of ${selection.binary.path} was not located`);
  const { rules, relocate, binary, host } = selection;
  const { kind } = binary;
  const result = await makeFile(shop, { donor: file, host, guest: binary, kind, rules, libraryImports, relocate });
  const answer: Ask = { source: job.source, needed: job.needed, result, libraryImports };
  await shop.store.writeAnswer('asks', askKey(shop, selection), answer);
  return result;
}

/** What the cache holds for one selection. */
interface Ask {
  readonly source: DonorSource;
  readonly needed: readonly string[];
  readonly result: Made | Refused;
  readonly libraryImports: readonly string[];
}

async function rememberedJob(shop: Workshop, selection: Selection): Promise<Job | undefined> {
  const ask = (await shop.store.readAnswer('asks', askKey(shop, selection))) as Ask | undefined;
  if (ask === undefined) return undefined;
  if (ask.result.kind === 'made' && !(await shop.store.hasObject(ask.result.object))) return undefined;
  const { source, needed, result, libraryImports } = ask;
  return { selection, source, needed, before: { result, libraryImports } };
}

function askKey(shop: Workshop, { binary, candidates, rules, relocate, host }: Selection): string {
  const guest = binary.buildId ?? `${binary.path} ${String(binary.sizeBytes)}`;
  return answerKey(
    'program',
    shop.toolKey,
    shop.donors[host].spec,
    host,
    shop.buildroot.arch.name,
    guest,
    candidates,
    rules,
    relocate,
  );
}

function importsOfAll(sonames: readonly string[], libraries: Libraries): string[] {
  const wrapped = sonames.flatMap((soname) => {
    const library = libraries.get(soname);
    return library?.kind === 'made' ? library.made.wrapped : [];
  });
  return [...new Set(wrapped)].sort();
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, at) => item === right[at]);
}

function toWant({ package: name, version }: Selection['candidates'][number]): DonorWant {
  return { name, version };
}
