/** The default donor: the distribution's package archive, through a private apt. */
import { joinHost } from '../../core/paths.ts';
import { mapParallel } from '../../core/parallel.ts';
import type { DonorPackage } from '../../core/model.ts';
import { withLock } from '../../os/lock.ts';
import { emptyDownloads, fetchPackages, type Fetched } from './apt-download.ts';
import { isFresh, listedPackages, needsUpdate, rememberMissing, updateLists, type ListedPackage } from './apt-lists.ts';
import { openPrivateApt, type PrivateApt } from './apt-private.ts';
import { choose, isPackageName, type Choice } from './choose.ts';
import type { Donor, DonorAnswer, DonorGuest, DonorReport, DonorWant } from './contract.ts';
import { findUnpacked, sweepUnfinished, unpack } from './unpack.ts';

const LOCK_WAIT_SECONDS = 30 * 60;
const PARALLEL_UNPACKS = 2;

export async function openAptDonor(guest: DonorGuest): Promise<Donor> {
  const apt = await openPrivateApt(guest);
  return {
    spec: 'apt',
    provide: (wants, report) =>
      withLock(joinHost(apt.dir, 'lock'), LOCK_WAIT_SECONDS, () => provide(apt, wants, report)),
  };
}

type Choices = ReadonlyMap<string, Choice<ListedPackage>>;

async function provide(
  apt: PrivateApt,
  wants: readonly DonorWant[],
  report: DonorReport,
): Promise<ReadonlyMap<string, DonorAnswer>> {
  await sweepUnfinished();
  const choices = await chooseAll(apt, wants, report);
  const answers = await answer(apt, choices, report);
  const isIncomplete = [...choices].some(
    ([name, { kind }]) => kind === 'chosen' && answers.get(name)?.kind === 'missing',
  );
  // A file that the lists name and the archive has not: the lists may be out of date. Once, with new ones.
  if (!isIncomplete || (await isFresh(apt))) return answers;
  await refreshLists(apt, wants, report);
  return answer(apt, await chooseFrom(apt, wants), report);
}

/** The choice for every want, from lists that are new enough. */
async function chooseAll(apt: PrivateApt, wants: readonly DonorWant[], report: DonorReport): Promise<Choices> {
  const known = await chooseFrom(apt, wants);
  if (!(await needsUpdate(apt, unsatisfied(wants, known)))) return known;
  const trouble = await refreshLists(apt, wants, report);
  const choices = await chooseFrom(apt, wants);
  if (trouble === undefined) return choices;
  return new Map([...choices].map(([name, choice]) => [name, withTrouble(choice, trouble)]));
}

async function refreshLists(
  apt: PrivateApt,
  wants: readonly DonorWant[],
  report: DonorReport,
): Promise<string | undefined> {
  report(0, 1, 'fetching package lists');
  const trouble = await updateLists(apt);
  if (trouble === undefined) await rememberMissing(apt, unsatisfied(wants, await chooseFrom(apt, wants)));
  report(1, 1, 'fetching package lists');
  return trouble;
}

async function chooseFrom(apt: PrivateApt, wants: readonly DonorWant[]): Promise<Choices> {
  const names = [...new Set(wants.map(({ name }) => name))].filter(isPackageName);
  const listed = await listedPackages(apt, names);
  return new Map(wants.map((want) => [want.name, choose(want, listed.get(want.name) ?? [], 'the package archive')]));
}

/** `name=version` of what the lists do not have, or have in another source version only. */
function unsatisfied(wants: readonly DonorWant[], choices: Choices): string[] {
  return wants
    .filter(({ name }) => {
      const choice = choices.get(name);
      return choice?.kind !== 'chosen' || choice.note !== undefined;
    })
    .map(({ name, version }) => `${name}=${version}`);
}

function withTrouble(choice: Choice<ListedPackage>, trouble: string): Choice<ListedPackage> {
  if (choice.kind !== 'missing') return choice;
  return { kind: 'missing', why: `${choice.why} (the package lists could not all be fetched: ${trouble})` };
}

/** Fetches and unpacks what was chosen and is not in the cache. */
async function answer(
  apt: PrivateApt,
  choices: Choices,
  report: DonorReport,
): Promise<ReadonlyMap<string, DonorAnswer>> {
  const chosen = [...choices.values()].flatMap((choice) => (choice.kind === 'chosen' ? [choice.candidate] : []));
  const wanted = new Map(chosen.map((candidate) => [candidate.sha256, candidate]));
  const ready = new Map<string, DonorPackage>();
  for (const [sha256, candidate] of wanted) {
    const found = await findUnpacked(candidate);
    if (found) ready.set(sha256, found);
  }
  const absent = [...wanted.values()].filter(({ sha256 }) => !ready.has(sha256));
  const fetched = await fetchPackages(apt, absent, report);
  const gone = new Map(fetched.flatMap((one) => (one.kind === 'gone' ? [[one.package.sha256, one.why] as const] : [])));
  for (const done of await unpackAll(fetched, report)) ready.set(done.sha256, done);
  if (absent.length > 0) await emptyDownloads(apt);
  return new Map([...choices].map(([name, choice]) => [name, toAnswer(choice, ready, gone)]));
}

async function unpackAll(fetched: readonly Fetched[], report: DonorReport): Promise<DonorPackage[]> {
  const files = fetched.flatMap((one) => (one.kind === 'file' ? [one] : []));
  let done = 0;
  return mapParallel(files, PARALLEL_UNPACKS, async ({ package: id, path }) => {
    const unpacked = await unpack(id, path);
    report(++done, files.length, `unpacking ${id.name}`);
    return unpacked;
  });
}

function toAnswer(
  choice: Choice<ListedPackage>,
  ready: ReadonlyMap<string, DonorPackage>,
  gone: ReadonlyMap<string, string>,
): DonorAnswer {
  if (choice.kind === 'missing') return choice;
  const { name, version, sha256 } = choice.candidate;
  const found = ready.get(sha256);
  if (found === undefined) return { kind: 'missing', why: `${name} ${version}: ${gone.get(sha256) ?? 'not fetched'}` };
  return { kind: 'found', package: found, ...(choice.note === undefined ? {} : { note: choice.note }) };
}
