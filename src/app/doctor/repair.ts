/** Does what `doctor --fix` was allowed to do. */
import { promises as fsp } from 'node:fs';
import { sweepLeftovers } from '../../adapters/emul/sweep.ts';
import type { Repair } from '../../core/doctor/model.ts';
import { EnvironmentError } from '../../core/errors.ts';
import type { HostPath } from '../../core/paths.ts';
import { sysctlFile } from '../../core/userns-switches.ts';
import { exec } from '../../os/exec.ts';
import { translateErrno } from '../../os/fs.ts';
import { binfmtRegister, binfmtSwitchOn } from '../binfmt-change.ts';
import { binfmtClear } from '../binfmt-clear.ts';
import { install } from '../install.ts';
import type { ProgressSink } from '../progress.ts';
import { refresh } from '../refresh.ts';
import { binDirOf, withRootLock } from '../root-lock.ts';

export interface RepairContext {
  /** Set for repairs of a build root. */
  readonly root?: HostPath;
  readonly onProgress?: ProgressSink;
  readonly signal?: AbortSignal;
}

/** @throws AccelError of the tool or use case that does it; E_PERMISSION where it wants root. */
export async function repair(wanted: Repair, context: RepairContext): Promise<void> {
  try {
    await apply(wanted, context);
  } catch (error) {
    throw translateErrno('repair it', error);
  }
}

async function apply(wanted: Repair, context: RepairContext): Promise<void> {
  switch (wanted.kind) {
    case 'load-module':
      await exec(['modprobe', wanted.module]);
      return;
    case 'set-sysctl':
      await fsp.writeFile(sysctlFile(wanted.name), wanted.value);
      return;
    case 'change-handlers':
      if (wanted.isTableOff) await binfmtSwitchOn();
      if (wanted.clear.length > 0) await binfmtClear({ names: wanted.clear }, false);
      if (wanted.register.length > 0) await binfmtRegister(wanted.register);
      return;
    case 'sweep-cache':
      for (const path of wanted.paths) await fsp.rm(path, { recursive: true, force: true });
      return;
    case 'end-processes':
      for (const pid of wanted.pids) process.kill(pid, 'SIGKILL');
      return;
    case 'unmount':
      for (const path of wanted.paths) await exec(['umount', path]);
      return;
    case 'sweep-root': {
      const root = rootOf(context);
      await withRootLock(root, () => sweepLeftovers(root, binDirOf(root)));
      return;
    }
    case 'mend-tree':
      await refresh({ ...context, root: rootOf(context) });
      return;
    case 'make-tree':
      await install({ ...context, root: rootOf(context) });
      return;
  }
}

function rootOf({ root }: RepairContext): HostPath {
  if (root !== undefined) return root;
  throw new EnvironmentError({
    code: 'E_ROOT',
    what: 'no build root was named',
    fix: ['qemu-accel doctor <root> --fix'],
  });
}
