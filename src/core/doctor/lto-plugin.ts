/** gcc's LTO plug-in: the build root's own must be the guest's, and its twin is loaded from the emul tree. */
import { ok, type Judgement } from './model.ts';

export interface LtoPlugin {
  readonly path: string;
  /** Of the file in the build root itself. */
  readonly file: 'guest' | 'host' | 'unreadable';
  readonly hasTwin: boolean;
}

/** @param where `hasTwins`: the build root has an emul tree of ours. */
export function judgePlugins(
  plugins: readonly LtoPlugin[],
  { root, hasTwins }: { readonly root: string; readonly hasTwins: boolean },
): Judgement {
  const replaced = plugins.filter(({ file }) => file !== 'guest');
  if (replaced.length > 0) {
    return {
      status: 'finding',
      what: 'somebody replaced the build root’s own plug-in',
      details: replaced.map(
        ({ path, file }) => `${path} ${file === 'host' ? 'is a program of this machine' : 'cannot be read'}`,
      ),
      fix: [
        `Install its package again: qemu-accel run ${root} -- apt-get install --reinstall <package>`,
        'Remove the tool that links it to a host file; the twin is loaded from /emul without that',
      ],
    };
  }
  if (plugins.length === 0) return ok('no compiler has one');
  if (!hasTwins) return ok('the guest’s own');
  const without = plugins.filter(({ hasTwin }) => !hasTwin).map(({ path }) => path);
  if (without.length === 0) return ok(plugins.map(({ path }) => path).join(', '));
  return {
    status: 'finding',
    what: 'it has no twin: compilers run emulated',
    details: without,
    fix: [`qemu-accel refresh ${root}`],
  };
}
