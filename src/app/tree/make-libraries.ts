/**
 * The host libraries that twins load: the closure of DT_NEEDED, and what programs load by soname while they run.
 *
 * A soname that the guest has comes from the donor's build of the guest package that owns it, so that versions agree.
 * One that the guest has not (libbfd-2.44-arm64.so of a cross binutils) comes from the package that needs it, or from any
 * that has been fetched.
 */
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path/posix';
import type { DonorWant } from '../../adapters/donor/donor.ts';
import { answerKey } from '../../adapters/emul/store.ts';
import { SHIM_SONAME } from '../../adapters/twin/shim.ts';
import type { Host } from '../../core/host.ts';
import { rulesFor } from '../../core/match.ts';
import type { RetargetRules } from '../../core/retarget/rules.ts';
import type { DonorPackage, EmulatedReason, GuestBinary } from '../../core/model.ts';
import { mapParallel } from '../../core/parallel.ts';
import { findInPackage, libraryPaths, type DonorFile } from './donor-files.ts';
import { makeFile, type Made } from './make-file.ts';
import type { Workshop } from './workshop.ts';

const LIBC = 'libc.so.6';

export type Library =
  | {
      readonly kind: 'made';
      readonly made: Made;
      readonly donorPackage: string;
      readonly donorVersion: string;
    }
  | { readonly kind: 'missing'; readonly reason: EmulatedReason; readonly why: string };

export type Libraries = ReadonlyMap<string, Library>;

/** A soname, and the donor package of the file that asked for it. */
export interface LibraryNeed {
  readonly soname: string;
  readonly neededBy: DonorWant;
}

/** All libraries that these needs lead to, and the loader, which no DT_NEEDED names; each soname has an answer. */
export async function makeLibraries(shop: Workshop, host: Host, needs: readonly LibraryNeed[]): Promise<Libraries> {
  const owners = sonameOwners(shop.buildroot.binaries);
  const libc = owners.get(LIBC)?.package;
  const loader =
    libc === undefined ? [] : [{ soname: host.loader, neededBy: { name: libc.name, version: libc.version } }];
  const libraries = new Map<string, Library>();
  let frontier = distinct([...needs, ...loader], libraries);
  while (frontier.length > 0) {
    shop.checkInterrupted();
    const orders = frontier.map((need) => ({
      host,
      need,
      owner: owners.get(need.soname === host.loader ? LIBC : need.soname),
    }));
    const known = await Promise.all(orders.map((order) => rememberedLibrary(shop, order)));
    const unknown = orders.filter((_, at) => known[at] === undefined);
    await shop.donors[host.name].fetch(unknown.map((order) => provider(order)));
    const made = await mapParallel(unknown, availableParallelism(), (order) => makeLibrary(shop, order));
    orders.forEach(({ need }, at) => {
      const library = known[at];
      if (library !== undefined) libraries.set(need.soname, library);
    });
    unknown.forEach(({ need }, at) => {
      const library = made[at];
      if (library !== undefined) libraries.set(need.soname, library);
    });
    const next = orders.flatMap((order) => {
      const library = libraries.get(order.need.soname);
      const needed = library?.kind === 'made' ? library.made.needed : [];
      return needed.map((soname) => ({ soname, neededBy: provider(order) }));
    });
    frontier = distinct(next, libraries);
  }
  return libraries;
}

/** The closure of these sonames: what a file with that DT_NEEDED has in its process. */
export function closureOf(sonames: readonly string[], libraries: Libraries): ReadonlySet<string> {
  const closure = new Set<string>();
  const pending = [...sonames];
  for (let soname = pending.pop(); soname !== undefined; soname = pending.pop()) {
    if (closure.has(soname) || soname === SHIM_SONAME) continue;
    closure.add(soname);
    const library = libraries.get(soname);
    if (library?.kind === 'made') pending.push(...library.made.needed);
  }
  return closure;
}

interface LibraryOrder {
  readonly host: Host;
  readonly need: LibraryNeed;
  /** The guest's library of this soname. */
  readonly owner: GuestBinary | undefined;
}

function distinct(needs: readonly LibraryNeed[], known: ReadonlyMap<string, Library>): LibraryNeed[] {
  const fresh = needs.filter(({ soname }) => !known.has(soname) && soname !== SHIM_SONAME);
  return [...new Map(fresh.map((need) => [need.soname, need])).values()];
}

/**
 * By soname, and by file name, which is what LD_PRELOAD has: libfakeroot-sysv.so and -tcp.so have one soname. Of several
 * guest libraries with one name, the one in the directory that the loader searches.
 */
function sonameOwners(binaries: readonly GuestBinary[]): ReadonlyMap<string, GuestBinary> {
  const owners = new Map<string, GuestBinary>();
  const libraries = binaries.filter(({ soname, package: owner }) => soname !== undefined && owner !== undefined);
  for (const binary of libraries) {
    const [soname = ''] = namesOf(binary);
    const before = owners.get(soname);
    if (before === undefined || binary.path.length < before.path.length) owners.set(soname, binary);
  }
  for (const binary of libraries) {
    for (const name of namesOf(binary)) if (!owners.has(name)) owners.set(name, binary);
  }
  return owners;
}

/** By what names a loader finds a library: its soname, then its file's name; none for what has no soname. */
export function namesOf({ soname, path }: GuestBinary): string[] {
  return soname === undefined ? [] : [soname, basename(path)];
}

function provider({ need, owner }: LibraryOrder): DonorWant {
  const found = owner?.package;
  return found === undefined ? need.neededBy : { name: found.name, version: found.version };
}

function libraryKey(shop: Workshop, order: LibraryOrder): string {
  const { name, version } = provider(order);
  const guest = order.owner?.buildId ?? null;
  return answerKey(
    'library',
    shop.toolKey,
    shop.donors[order.host.name].spec,
    order.host.name,
    shop.buildroot.arch.name,
    order.need.soname,
    name,
    version,
    guest,
    libraryRules(shop, order),
  );
}

function libraryRules({ libraryPacks, buildroot }: Workshop, { need, host }: LibraryOrder): RetargetRules {
  return rulesFor(libraryPacks, need.soname, buildroot.arch, host.name);
}

async function rememberedLibrary(shop: Workshop, order: LibraryOrder): Promise<Library | undefined> {
  const known = (await shop.store.readAnswer('asks', libraryKey(shop, order))) as Library | undefined;
  return known?.kind === 'made' && (await shop.store.hasObject(known.made.object)) ? known : undefined;
}

async function makeLibrary(shop: Workshop, order: LibraryOrder): Promise<Library> {
  shop.checkInterrupted();
  const { soname } = order.need;
  const found = findLibrary(shop, order);
  if (found === undefined) return { kind: 'missing', reason: 'missing-library', why: whyMissing(shop, order) };
  const made = await makeFromDonor(shop, order, found);
  if (made.kind === 'refused') return { kind: 'missing', reason: made.reason, why: `${soname}: ${made.detail}` };
  const library: Library = {
    kind: 'made',
    made,
    donorPackage: found.package.name,
    donorVersion: found.package.version,
  };
  await shop.store.writeAnswer('asks', libraryKey(shop, order), library);
  return library;
}

async function makeFromDonor(
  shop: Workshop,
  order: LibraryOrder,
  found: DonorFile,
): Promise<Awaited<ReturnType<typeof makeFile>>> {
  // The loader has no loader of its own to name, finds nothing by RPATH, and is not the guest's libc, which owns it here.
  const isLoader = order.need.soname === order.host.loader;
  return makeFile(shop, {
    donor: found.file,
    host: order.host.name,
    ...(order.owner === undefined || isLoader ? {} : { guest: order.owner }),
    rules: libraryRules(shop, order),
    libraryImports: [],
    kind: 'library',
    relocate: !isLoader,
  });
}

function findLibrary(shop: Workshop, order: LibraryOrder): DonorFile | undefined {
  const { soname, neededBy } = order.need;
  const { triplet } = shop.buildroot.arch;
  const guestDirectory = order.owner === undefined ? undefined : dirname(order.owner.path);
  const paths = libraryPaths(order.host, soname, guestDirectory?.replace(triplet, order.host.arch.triplet));
  const donors = shop.donors[order.host.name];
  const answers = [provider(order).name, neededBy.name].map((name) => donors.answer(name));
  const near = answers.flatMap((answer): DonorPackage[] => (answer.kind === 'found' ? [answer.package] : []));
  for (const donor of [...near, ...donors.packages()]) {
    const file = findInPackage(donor, paths);
    if (file !== undefined) return file;
  }
  return undefined;
}

function whyMissing(shop: Workshop, order: LibraryOrder): string {
  const { name } = provider(order);
  const answer = shop.donors[order.host.name].answer(name);
  return answer.kind === 'missing' ? answer.why : `the donor package ${name} has no ${order.need.soname}`;
}
