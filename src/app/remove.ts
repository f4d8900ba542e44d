/** `remove`: leave a build root as it was before `install`. */
import { removeTree, type Removal } from '../adapters/emul/remove-tree.ts';
import type { HostPath } from '../core/paths.ts';
import type { ProgressSink } from './progress.ts';
import { binDirOf, withRootLock } from './root-lock.ts';

export interface RemoveRequest {
  readonly root: HostPath;
  readonly onProgress?: ProgressSink;
}

/** @throws EnvironmentError E_ROOT, E_TREE where there is nothing of ours, E_LOCKED, E_PERMISSION. */
export async function remove(request: RemoveRequest): Promise<Removal> {
  const { root } = request;
  return withRootLock(root, async () => {
    request.onProgress?.({ kind: 'phase', title: `removing the emul tree of ${root}` });
    const removal = await removeTree(root, binDirOf(root));
    for (const path of removal.kept) request.onProgress?.({ kind: 'note', text: `${path} is not ours and was kept` });
    return removal;
  });
}
