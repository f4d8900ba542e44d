/** Looks at a build root: its packages, its emul tree, and whether programs of it start. */
import { existsSync, realpathSync } from 'node:fs';
import { mountsIn, usersOf } from '../../adapters/doctor/processes.ts';
import { see } from '../../adapters/doctor/see.ts';
import { inspectRoot } from '../../adapters/buildroot/inspect.ts';
import { checkTree } from '../../adapters/emul/check-tree.ts';
import { readManifest, treeState } from '../../adapters/emul/read-tree.ts';
import { leftoversIn } from '../../adapters/emul/sweep.ts';
import { HOST_ARCH } from '../../core/arch.ts';
import { ElfError } from '../../core/elf/fields.ts';
import { readElf } from '../../core/elf/read.ts';
import { HOSTS } from '../../core/host.ts';
import type { LtoPlugin } from '../../core/doctor/lto-plugin.ts';
import {
  parseLoaderAnswers,
  type InspectedRoot,
  type RootFacts,
  type StartedTwins,
} from '../../core/doctor/root-checks.ts';
import type { Buildroot, Manifest } from '../../core/model.ts';
import { inRoot, joinGuest, type HostPath } from '../../core/paths.ts';
import { withFileSource } from '../../os/file-source.ts';
import { errnoOf } from '../../os/fs.ts';
import { findLtoPlugins } from '../../adapters/buildroot/lto-plugins.ts';
import { binDirOf, isRootLocked } from '../root-lock.ts';
import { runCaptured } from '../run.ts';

/** @throws EnvironmentError E_ROOT where there is no such directory. */
export async function gatherRootFacts(root: HostPath): Promise<RootFacts> {
  const state = await treeState(root);
  const inspected = await see('inspect the build root', () => inspectRoot(root));
  const tree = state === 'ours' ? { manifest: await see('read the manifest', () => readManifest(root)) } : state;
  const manifest = typeof tree === 'object' && 'seen' in tree.manifest ? tree.manifest.seen : undefined;
  const canonical = realpathSync(root) as HostPath;
  return {
    root,
    inspected: 'seen' in inspected ? { seen: inspectedRoot(inspected.seen) } : inspected,
    tree,
    damage: manifest === undefined ? [] : await checkTree(root, manifest),
    started:
      manifest === undefined
        ? undefined
        : await see('start a program of the build root', () => startTwins(root, manifest)),
    plugins: 'seen' in inspected ? ltoPlugins(root, inspected.seen, manifest) : [],
    mounts: mountsIn(canonical),
    users: usersOf(canonical),
    unfinished: await see('look for unfinished files', () => leftoversIn(root, binDirOf(root))),
    isLocked: await isRootLocked(root),
  };
}

function inspectedRoot({ osName, arch, packages, binaries }: Buildroot): InspectedRoot {
  return {
    osName,
    arch: arch.name,
    packages: new Map([...packages].map(([name, { version }]) => [name, version])),
    programs: binaries.filter(({ kind }) => kind === 'executable').map(({ path }) => path),
  };
}

const SETTLE_MS = 120_000;
/**
 * `ldd` without its shell script: the loader says what it finds for each file, and maps nothing else (ld.so(8)). A library finds
 * its own by the run path of the program that loads it.
 */
const ASK_LOADER = [
  'loader=$1 libraries=$2; shift 2',
  'for file; do',
  '  echo "= $file"',
  '  case $file in',
  '    *.so) "$loader" --library-path "$libraries" --list "$file" 2>&1 ;;',
  '    *) "$loader" --list "$file" 2>&1 ;;',
  '  esac',
  'done',
  ':',
].join('\n');

async function startTwins(root: HostPath, manifest: Manifest): Promise<StartedTwins> {
  // A loader answers for programs of its own word size only; 32-bit twins are few.
  const files = manifest.twins.filter(
    ({ kind, path, host }) => host === 'amd64' && (kind === 'executable' || path.includes('/liblto_plugin.so')),
  );
  const { loaderDir, libraryDir } = HOSTS.amd64;
  const loader = joinGuest(loaderDir, HOSTS.amd64.loader);
  const command = ['/bin/sh', '-c', ASK_LOADER, 'sh', loader, libraryDir, ...files.map(({ twin }) => twin)];
  const binds = hiddenDispatcher(root, manifest);
  const { status, stdout, stderr } = await runCaptured({ root, command, binds }, { timeoutMs: SETTLE_MS });
  return { status, words: stderr, asked: files.length, failed: parseLoaderAnswers(stdout) };
}

/** The loader of a tree that finds no library starts the program emulated (native/loader/rescue.S), and says nothing of it. */
function hiddenDispatcher(root: HostPath, { files }: Manifest): string[] {
  const dispatchers = files.filter(({ path }) => path.endsWith('-binfmt') && existsSync(inRoot(root, path)));
  return dispatchers.map(({ path }) => `/dev/null:${path}`);
}

function ltoPlugins(root: HostPath, { arch }: Buildroot, manifest: Manifest | undefined): LtoPlugin[] {
  const twins = new Set<string>(manifest?.twins.map(({ path }) => path));
  return findLtoPlugins(root).map(({ path, target }) => {
    const machine = machineOf(inRoot(root, target));
    const isHost = machine === HOST_ARCH.elfMachine;
    return {
      path,
      file: machine === arch.elfMachine ? 'guest' : isHost ? 'host' : 'unreadable',
      hasTwin: twins.has(path),
    };
  });
}

function machineOf(path: HostPath): number | undefined {
  try {
    return withFileSource(path, readElf).machine;
  } catch (error) {
    if (error instanceof ElfError || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
