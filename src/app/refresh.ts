/** `refresh`: bring the emul tree up to date with the build root's packages, with the packs and the donor that it has. */
import { readManifest } from '../adapters/emul/read-tree.ts';
import type { HostPath } from '../core/paths.ts';
import { install, type Installed } from './install.ts';
import type { ProgressSink } from './progress.ts';

export interface RefreshRequest {
  readonly root: HostPath;
  readonly onProgress?: ProgressSink;
  readonly signal?: AbortSignal;
}

/** @throws what `install` does, and E_TREE where there is no tree of ours, or its manifest is damaged. */
export async function refresh(request: RefreshRequest): Promise<Installed> {
  const { packs, donor } = await readManifest(request.root);
  return install({ ...request, packs, donor, retryMissing: true });
}
