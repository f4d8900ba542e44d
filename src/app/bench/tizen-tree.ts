/**
 * An emul tree as the original qemu-accel 0.4 would have had it: its list of tools, and neither index nor manifest, so that
 * the dispatcher looks a program up by its path. The twins are ours: their bytes are shared with the root's own tree.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { readManifest } from '../../adapters/emul/read-tree.ts';
import { anyGlob } from '../../core/glob.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { exists, siblingName, withErrno } from '../../os/fs.ts';
import { benchDir } from './roots.ts';

/** Names of programs, without the target's prefix. Debian's sh is dash, and its awk mawk. */
const TOOLS = [
  ...['bash', 'sh', 'dash', 'rpm*', 'tar', 'gzip', 'bzip2', 'xz', 'xzdec', 'grep', 'sed', 'cat', 'expr', 'mkdir', 'mv'],
  ...['rm', 'rmdir', 'echo', 'head', 'find', 'xargs', 'readlink', 'ls', 'msgexec', 'msgfmt', 'msgcat', 'msgmerge'],
  ...['make', 'm4', 'awk', 'gawk', 'mawk', 'patch', 'diff', 'file', 'eu-*', 'xsltproc', 'python3*'],
  ...['cmake', 'ccmake', 'cpack', 'ctest', 'addr2line', 'ar', 'as', 'c++filt', 'dwp', 'elfedit', 'gprof', 'ld', 'ld.*'],
  ...['nm', 'objcopy', 'objdump', 'ranlib', 'readelf', 'size', 'strings', 'strip'],
  ...['c++', 'g++', 'cpp', 'gcc', '{c++,g++,cpp,gcc}-[0-9]*', 'gcc-{ar,nm,ranlib}*', 'gcov', 'gcov-[0-9]*'],
  ...['cc1', 'cc1plus', 'collect2', 'lto1', 'lto-wrapper'],
];
const TARGET_PREFIX = /^aarch64-linux-gnu-/;
/** With these the tree would be one of ours, and not one that was made by hand. */
const OURS = ['index', 'manifest.json', 'packages', 'trace'];

/** The directory to be shown as /emul. Made once for each state of the root's own tree. */
export async function tizenTree(root: HostPath): Promise<HostPath> {
  const emul = inRoot(root, guestPath('/emul'));
  const manifest = await withErrno('read the manifest', () => fsp.readFile(joinHost(emul, 'manifest.json')));
  const key = createHash('sha256').update(manifest).update(TOOLS.join(' ')).digest('hex').slice(0, 16);
  const tree = joinHost(benchDir(), `tizen-${key}`);
  if (await exists(tree)) return tree;
  const made = siblingName(tree);
  await exec(['cp', '--archive', '--link', emul, made]);
  for (const name of OURS) await fsp.rm(joinHost(made, name), { force: true });
  const isListed = anyGlob(TOOLS);
  for (const { kind, twin } of (await readManifest(root)).twins) {
    const name = (twin.split('/').at(-1) ?? '').replace(TARGET_PREFIX, '');
    if (kind === 'executable' && !isListed(name)) await fsp.rm(joinHost(made, twin.replace(/^\/emul\//, '')));
  }
  await withErrno(`make ${tree}`, () => fsp.rename(made, tree));
  return tree;
}
