/**
 * A build root's emul tree, complete in the cache: everything that costs time happens here, before the root is touched.
 * The same root, packs, donor and program give a tree that is already there.
 */
import { answerKey, type Store } from '../../adapters/emul/store.ts';
import type { Tree } from '../../adapters/emul/tree.ts';
import { makeMatcher, type Selection } from '../../core/match.ts';
import type { EmulatedRecord } from '../../core/model.ts';
import { codeKey, toolVersion } from '../../os/project.ts';
import { composeTree, gatherFixedFiles, type FixedFiles } from './compose.ts';
import { namesOf, type LibraryNeed } from './make-libraries.ts';
import { makePrograms, type NoTwin, type Twin } from './make-programs.ts';
import type { Workshop } from './workshop.ts';

export interface TreeOptions {
  /** What else the donor's answers depend on, such as the time of a folder of packages. */
  readonly donorState: string;
  /** Look again for what the donor had no package for, instead of taking the whole tree from the cache. */
  readonly retryMissing: boolean;
}

export interface FinishedTree {
  readonly tree: Tree;
  readonly emulated: readonly EmulatedRecord[];
  /** Every plug-in and module of an installed package that a selected pack names has a twin. */
  readonly hasEveryModule: boolean;
  readonly fromCache: boolean;
}

const MAX_DETAIL = 200;
/** What a tree's layout, index and manifest depend on. */
const TREE_CODE = ['core', 'app/tree'];

/** Reasons that another donor state may lift. */
const DONOR_REASONS = new Set(['no-donor-package', 'no-donor-file', 'missing-library', 'version-differs']);

export async function makeTree(shop: Workshop, options: TreeOptions): Promise<FinishedTree> {
  const fixed = await gatherFixedFiles(shop);
  const key = treeKey(shop, fixed, options.donorState);
  const known = (await shop.store.readAnswer('trees', key)) as Omit<FinishedTree, 'fromCache'> | undefined;
  const isUsable =
    known !== undefined && !(options.retryMissing && known.emulated.some(({ reason }) => DONOR_REASONS.has(reason)));
  if (isUsable && (await isWhole(shop.store, known.tree))) return { ...known, fromCache: true };
  const { selections, emulated } = select(shop);
  const later = loadedLater(shop);
  const { outcomes, libraries } = await makePrograms(shop, selections, later);
  const twins = outcomes.filter((one): one is Twin => one.kind === 'twin');
  const failed = outcomes.filter((one): one is NoTwin => one.kind === 'none');
  const without = [...emulated, ...failed.filter(isProgram).map(emulatedRecord)];
  const tree = await composeTree(shop, {
    twins,
    emulated: without,
    libraries,
    loadedLater: later.map(({ soname }) => soname),
    fixed,
    tool: `qemu-accel ${toolVersion()}`,
  });
  const finished = { tree, emulated: without, hasEveryModule: failed.every(isProgram) };
  await shop.store.writeAnswer('trees', key, finished);
  return { ...finished, fromCache: false };
}

function select(shop: Workshop): { selections: Selection[]; emulated: EmulatedRecord[] } {
  const match = makeMatcher(shop.packs, shop.buildroot.arch, shop.runs32Bit);
  const selections: Selection[] = [];
  const emulated: EmulatedRecord[] = [];
  for (const binary of shop.buildroot.binaries) {
    const found = match(binary);
    if (found.kind === 'selected') selections.push(found.selection);
    if (found.kind !== 'emulated') continue;
    const owner = binary.package === undefined ? {} : { package: binary.package.name };
    const detail = found.detail === undefined ? {} : { detail: found.detail };
    emulated.push({ path: binary.path, ...owner, reason: found.reason, ...detail });
  }
  return { selections: withoutStranded(selections), emulated };
}

/**
 * Without the libraries that no program could load: those for a host of which there is no program, as where perl is
 * emulated and some of its modules compute no times.
 */
function withoutStranded(selections: readonly Selection[]): Selection[] {
  const hosts = new Set(selections.filter((selection) => isProgram({ selection })).map(({ host }) => host));
  return selections.filter((selection) => isProgram({ selection }) || hosts.has(selection.host));
}

function isProgram({ selection }: { readonly selection: Selection }): boolean {
  return selection.binary.kind === 'executable';
}

/** A configure line or a Rust program's whole string table is no reason that anybody reads. */
function shortened(detail: string): string {
  return detail.length <= MAX_DETAIL ? detail : `${detail.slice(0, MAX_DETAIL - 1)}…`;
}

function emulatedRecord({ selection, reason, detail }: NoTwin): EmulatedRecord {
  const owner = selection.binary.package;
  const path = selection.binary.path;
  return { path, ...(owner === undefined ? {} : { package: owner.name }), reason, detail: shortened(detail) };
}

/** What is loaded by name while programs run, as far as the guest has it. */
function loadedLater(shop: Workshop): LibraryNeed[] {
  const wanted = new Set(shop.packs.flatMap(({ load }) => load));
  return shop.buildroot.binaries.flatMap((binary) => {
    const soname = namesOf(binary).find((name) => wanted.has(name));
    const owner = binary.package;
    if (soname === undefined || owner === undefined) return [];
    return [{ soname, neededBy: { name: owner.name, version: owner.version } }];
  });
}

function treeKey(shop: Workshop, fixed: FixedFiles, donorState: string): string {
  const { arch, binaries, links } = shop.buildroot;
  const code = [shop.toolKey, codeKey(TREE_CODE)];
  const inputs = [
    shop.donors.amd64.spec,
    donorState,
    shop.packs,
    shop.packRefs,
    shop.runs32Bit,
    fixed,
    arch.name,
    binaries,
    [...links],
  ];
  return answerKey('tree', code, inputs);
}

async function isWhole(store: Store, tree: Tree): Promise<boolean> {
  const objects = [...tree.entries, ...tree.outside].flatMap((entry) => (entry.kind === 'file' ? [entry.object] : []));
  const found = await Promise.all([...objects, tree.index, tree.manifest].map((object) => store.hasObject(object)));
  return found.every(Boolean);
}
