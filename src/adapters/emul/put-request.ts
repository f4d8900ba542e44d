/** What both ways of putting a tree into a root are given. */
import type { HostPath } from '../../core/paths.ts';
import type { Store } from './store.ts';
import type { Tree } from './tree.ts';

export interface PutRequest {
  readonly root: HostPath;
  /** The root's /usr/bin, links resolved inside the root. */
  readonly binDir: HostPath;
  readonly tree: Tree;
  readonly store: Store;
  /** The state of the root's packages that the tree was made for; none where one of their modules has no twin. */
  readonly packagesTimeNs?: bigint;
  /** Throws when the person wants to stop; never called once the tree is being switched over. */
  readonly checkInterrupted: () => void;
}
