/** `install`: inspect a build root, make its emul tree, put it in place. */
import { readdirSync, statSync } from 'node:fs';
import type { OwnedPackage } from '../adapters/buildroot/dpkg-database.ts';
import { inspectRoot } from '../adapters/buildroot/inspect.ts';
import { packagesOfExtractHook } from '../adapters/buildroot/unpacked-debs.ts';
import { packReference, readPacks } from '../adapters/emul/pack-files.ts';
import { putTree } from '../adapters/emul/put-tree.ts';
import { openStore, type Store } from '../adapters/emul/store.ts';
import { LOADED_DIRS } from '../adapters/emul/tree.ts';
import type { Buildroot, EmulatedReason, EmulatedRecord } from '../core/model.ts';
import { DEFAULT_PACKS } from '../core/packs.ts';
import { hostPath, joinHost, type HostPath } from '../core/paths.ts';
import { lstatIfThere } from '../os/fs.ts';
import { codeKey } from '../os/project.ts';
import { runs32BitPrograms } from '../os/word-size.ts';
import type { ProgressSink } from './progress.ts';
import { binDirOf, withRootLock } from './root-lock.ts';
import { makeTree, type FinishedTree } from './tree/make-tree.ts';
import { interruptionCheck, makeDonorDesks } from './tree/workshop.ts';

/** What a twin's bytes depend on, beside the files and the rules that it is made from. */
const TWIN_CODE = ['core/elf', 'core/retarget', 'adapters/twin'];

export interface InstallRequest {
  readonly root: HostPath;
  /** Names or paths. Default: DEFAULT_PACKS. */
  readonly packs?: readonly string[];
  /** `dir:PATH`, `root:PATH`; default: the distribution's package archive. */
  readonly donor?: string;
  /** Makes everything in the cache and leaves the root alone. */
  readonly isDryRun?: boolean;
  /** Packages that are unpacked but not yet in the root's dpkg database. Default: what mmdebstrap says in its hook. */
  readonly unpacked?: readonly OwnedPackage[];
  /** Whether the kernel that the root will run on runs 32-bit programs. Default: this machine's own, tried out. */
  readonly runs32Bit?: boolean;
  /** Ask the donor again for what it did not have the last time. */
  readonly retryMissing?: boolean;
  readonly onProgress?: ProgressSink;
  readonly signal?: AbortSignal;
}

export interface Installed {
  readonly root: HostPath;
  readonly arch: string;
  readonly osName: string;
  readonly packs: readonly string[];
  readonly donor: string;
  readonly isDryRun: boolean;
  /** Programs with a twin. */
  readonly accelerated: number;
  /** Host libraries and plug-ins in the tree. */
  readonly libraries: number;
  readonly emulated: readonly EmulatedRecord[];
  readonly emulatedByReason: Readonly<Partial<Record<EmulatedReason, number>>>;
  readonly sizeBytes: number;
  /** The whole tree was there from an earlier install. */
  readonly fromCache: boolean;
  /** Files that were written into the root; 0 where it was up to date. */
  readonly written: number;
}

/**
 * @throws EnvironmentError E_ROOT, E_CONFLICT, E_LOCKED, E_DONOR, E_DOWNLOAD, E_TOOL_MISSING, E_NO_SPACE, E_PERMISSION.
 * @throws UsageError E_PACK.
 * @throws AccelError E_INTERRUPTED after `signal`.
 */
export async function install(request: InstallRequest): Promise<Installed> {
  const checkInterrupted = interruptionCheck(request.signal);
  try {
    return await withRootLock(request.root, () => installLocked(request, checkInterrupted));
  } catch (error) {
    // A ^C at the terminal reaches our children as well: that apt was ended by it is not what the person must read.
    checkInterrupted();
    throw error;
  }
}

async function installLocked(request: InstallRequest, checkInterrupted: () => void): Promise<Installed> {
  const onProgress = request.onProgress ?? (() => undefined);
  const packRefs = [...new Set((request.packs ?? DEFAULT_PACKS).map(packReference))];
  const packs = readPacks(packRefs);
  onProgress({ kind: 'phase', title: `inspecting ${request.root}` });
  const unpacked = request.unpacked ?? (await packagesOfExtractHook(request.root, process.env));
  const buildroot = await inspectRoot(request.root, unpacked === undefined ? {} : { unpacked });
  checkInterrupted();
  const store = await openStore();
  try {
    const donors = makeDonorDesks({ buildroot, spec: request.donor, onProgress });
    const shop = {
      buildroot,
      packs,
      packRefs,
      store,
      donors,
      runs32Bit: request.runs32Bit ?? (await runs32BitPrograms()),
      toolKey: codeKey(TWIN_CODE),
      onProgress,
      checkInterrupted,
    };
    const options = { donorState: donorState(request.donor), retryMissing: request.retryMissing ?? false };
    const finished = await makeTree(shop, options);
    const written =
      request.isDryRun === true ? 0 : await put(request, buildroot, { finished, store, checkInterrupted });
    return {
      ...summary(buildroot, finished),
      packs: packRefs,
      donor: donors.amd64.spec,
      isDryRun: request.isDryRun ?? false,
      written,
    };
  } finally {
    await store.dispose();
  }
}

interface PutParts {
  readonly finished: FinishedTree;
  readonly store: Store;
  readonly checkInterrupted: () => void;
}

async function put(request: InstallRequest, { root }: Buildroot, parts: PutParts): Promise<number> {
  request.onProgress?.({ kind: 'phase', title: 'putting the emul tree in place' });
  const { store, checkInterrupted } = parts;
  return putTree({ root, binDir: binDirOf(root), tree: parts.finished.tree, store, checkInterrupted });
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

type Summary = Omit<Installed, 'packs' | 'donor' | 'isDryRun' | 'written'>;

function summary(buildroot: Buildroot, { tree, emulated, fromCache }: FinishedTree): Summary {
  const emulatedByReason: Partial<Record<EmulatedReason, number>> = {};
  for (const { reason } of emulated) emulatedByReason[reason] = (emulatedByReason[reason] ?? 0) + 1;
  const files = tree.entries.filter((entry) => entry.kind === 'file');
  const programs = files.filter(
    ({ path, mode }) => (mode & 0o111) !== 0 && !LOADED_DIRS.some((dir) => path.startsWith(`${dir}/`)),
  );
  return {
    root: buildroot.root,
    arch: buildroot.arch.name,
    osName: buildroot.osName,
    accelerated: programs.length,
    libraries: files.length - programs.length,
    emulated,
    emulatedByReason,
    sizeBytes: files.reduce((sum, { object }) => sum + object.sizeBytes, 0),
    fromCache,
  };
}
