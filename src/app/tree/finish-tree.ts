/** From a build root to its finished tree in the cache, which `install` puts in place and `pack` wraps up. */
import { promises as fsp, readdirSync, statSync } from 'node:fs';
import type { OwnedPackage } from '../../adapters/buildroot/dpkg-database.ts';
import { inspectRoot } from '../../adapters/buildroot/inspect.ts';
import { packagesOfExtractHook } from '../../adapters/buildroot/unpacked-debs.ts';
import { packReference, readPacks } from '../../adapters/emul/pack-files.ts';
import { packagesTime } from '../../adapters/emul/packages-stamp.ts';
import { openStore, type Store } from '../../adapters/emul/store.ts';
import { parseManifest } from '../../core/manifest.ts';
import type { Buildroot, Manifest } from '../../core/model.ts';
import { BASE_PACK, DEFAULT_PACKS } from '../../core/default-packs.ts';
import type { Pack } from '../../core/packs.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { lstatIfThere } from '../../os/fs.ts';
import { codeKey } from '../../os/project.ts';
import { runs32BitPrograms } from '../../os/word-size.ts';
import type { ProgressSink } from '../progress.ts';
import { makeTree, type FinishedTree } from './make-tree.ts';
import { interruptionCheck, makeDonorDesks } from './workshop.ts';

/** What a twin's bytes depend on, beside the files and the rules that it is made from. */
const TWIN_CODE = ['core/elf', 'core/retarget', 'adapters/twin'];

export interface TreeRequest {
  readonly root: HostPath;
  /** Names or paths. Default: DEFAULT_PACKS. */
  readonly packs?: readonly string[];
  /** `dir:PATH`, `root:PATH`; default: the distribution's package archive. */
  readonly donor?: string;
  /** Packages that are unpacked but not yet in the root's dpkg database. Default: what mmdebstrap says in its hook. */
  readonly unpacked?: readonly OwnedPackage[];
  /** Whether the kernel that the root will run on runs 32-bit programs. Default: this machine's own, tried out. */
  readonly runs32Bit?: boolean;
  /** Ask the donor again for what it did not have the last time. */
  readonly retryMissing?: boolean;
  readonly onProgress?: ProgressSink;
  readonly signal?: AbortSignal;
}

/** A finished tree with what it was made from; its files are in the store, which is open until `use` returns. */
export interface TreeAtHand extends FinishedTree {
  readonly buildroot: Buildroot;
  readonly manifest: Manifest;
  readonly packs: readonly Pack[];
  readonly packRefs: readonly string[];
  readonly donor: string;
  readonly store: Store;
  /** The state of the root's packages that the tree is complete for; none where one of their modules has no twin. */
  readonly packagesTimeNs?: bigint;
  readonly checkInterrupted: () => void;
}

/**
 * @throws EnvironmentError E_ROOT, E_DONOR, E_DOWNLOAD, E_TOOL_MISSING, E_NO_SPACE, E_PERMISSION.
 * @throws UsageError E_PACK.
 * @throws AccelError E_INTERRUPTED after `signal`.
 */
export async function withFinishedTree<T>(request: TreeRequest, use: (tree: TreeAtHand) => Promise<T>): Promise<T> {
  const checkInterrupted = interruptionCheck(request.signal);
  const onProgress = request.onProgress ?? (() => undefined);
  const packRefs = [...new Set((request.packs ?? DEFAULT_PACKS).map(packReference))];
  const packs = readPacks(packRefs);
  const libraryPacks = readPacks([...new Set([...packRefs, BASE_PACK])]);
  onProgress({ kind: 'phase', title: `inspecting ${request.root}` });
  const unpacked = request.unpacked ?? (await packagesOfExtractHook(request.root, process.env));
  const packagesTimeNs = await packagesTime(request.root);
  const buildroot = await inspectRoot(request.root, unpacked === undefined ? {} : { unpacked });
  checkInterrupted();
  const store = await openStore();
  try {
    const shop = {
      ...{ buildroot, packs, libraryPacks, packRefs, store, onProgress, checkInterrupted },
      donors: makeDonorDesks({ buildroot, spec: request.donor, onProgress }),
      runs32Bit: request.runs32Bit ?? (await runs32BitPrograms()),
      toolKey: codeKey(TWIN_CODE),
    };
    const options = { donorState: donorState(request.donor), retryMissing: request.retryMissing ?? false };
    const finished = await makeTree(shop, options);
    const stamp = finished.hasEveryModule && packagesTimeNs !== undefined ? { packagesTimeNs } : {};
    const manifest = parseManifest(await fsp.readFile(store.objectPath(finished.tree.manifest.sha256), 'utf8'));
    const made = { ...finished, ...stamp, buildroot, manifest, packs, packRefs, store, checkInterrupted };
    return await use({ ...made, donor: shop.donors.amd64.spec });
  } finally {
    await store.dispose();
  }
}

/** What a folder of packages or a donor root holds at this moment: the tree is made anew when that changes. */
function donorState(spec: string | undefined): string {
  const [kind, path] = /^(dir|root):(.*)$/s.exec(spec ?? '')?.slice(1) ?? [];
  if (path === undefined) return '';
  const base = hostPath(path);
  const files =
    kind === 'root'
      ? [joinHost(base, 'var/lib/dpkg/status')]
      : (lstatIfThere(base)?.isDirectory() ? readdirSync(base) : [])
          .filter((name) => name.endsWith('.deb'))
          .map((name) => joinHost(base, name));
  const stats = files.map((file) => [file, statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0]);
  return JSON.stringify(stats);
}
