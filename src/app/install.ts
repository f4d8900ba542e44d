/** `install`: inspect a build root, make its emul tree, put it in place. */
import { putTree } from '../adapters/emul/put-tree.ts';
import type { EmulatedReason, EmulatedRecord } from '../core/model.ts';
import type { HostPath } from '../core/paths.ts';
import { otherRevisions, type OtherRevision } from '../core/revisions.ts';
import { binDirOf, withRootLock } from './root-lock.ts';
import { withFinishedTree, type TreeAtHand, type TreeRequest } from './tree/finish-tree.ts';
import { interruptionCheck } from './tree/workshop.ts';

export interface InstallRequest extends TreeRequest {
  /** Makes everything in the cache and leaves the root alone. */
  readonly isDryRun?: boolean;
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
  /** Twins of another revision than the guest's, which their answers may show. */
  readonly otherRevisions: readonly OtherRevision[];
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
  const isDryRun = request.isDryRun ?? false;
  try {
    return await withRootLock(request.root, () =>
      withFinishedTree(request, async (made) => ({
        ...summary(made),
        isDryRun,
        written: isDryRun ? 0 : await put(request, made),
      })),
    );
  } catch (error) {
    // A ^C at the terminal reaches our children as well: that apt was ended by it is not what the person must read.
    interruptionCheck(request.signal)();
    throw error;
  }
}

async function put(request: InstallRequest, made: TreeAtHand): Promise<number> {
  request.onProgress?.({ kind: 'phase', title: 'putting the emul tree in place' });
  const { root } = made.buildroot;
  const { tree, store, packagesTimeNs, checkInterrupted } = made;
  const stamp = packagesTimeNs === undefined ? {} : { packagesTimeNs };
  return putTree({ root, binDir: binDirOf(root), tree, store, ...stamp, checkInterrupted });
}

function summary(made: TreeAtHand): Omit<Installed, 'isDryRun' | 'written'> {
  const { buildroot, manifest, tree, emulated, fromCache } = made;
  const emulatedByReason: Partial<Record<EmulatedReason, number>> = {};
  for (const { reason } of emulated) emulatedByReason[reason] = (emulatedByReason[reason] ?? 0) + 1;
  const files = tree.entries.filter((entry) => entry.kind === 'file');
  const programs = manifest.twins.filter(({ kind }) => kind === 'executable');
  return {
    root: buildroot.root,
    arch: buildroot.arch.name,
    osName: buildroot.osName,
    packs: made.packRefs,
    donor: made.donor,
    accelerated: programs.length,
    libraries: files.length - programs.length,
    otherRevisions: otherRevisions(manifest.twins),
    emulated,
    emulatedByReason,
    sizeBytes: files.reduce((sum, { object }) => sum + object.sizeBytes, 0),
    fromCache,
  };
}
