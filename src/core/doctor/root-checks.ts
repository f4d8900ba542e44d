/** A build root and its emul tree. */
import type { Manifest } from '../model.ts';
import { judgePlugins, type LtoPlugin } from './lto-plugin.ts';
import { ok, unknown, whenSeen, type Check, type Judgement, type Seen } from './model.ts';

export interface RootFacts {
  readonly root: string;
  /** What `install` sees of it. */
  readonly inspected: Seen<InspectedRoot>;
  readonly tree: 'none' | 'hand-made' | 'foreign' | { readonly manifest: Seen<Manifest> };
  /** What is wrong with the files of the tree, as `list` says it. */
  readonly damage: readonly { readonly path: string; readonly what: string }[];
  /** What came of starting programs in a sandbox; undefined where there is nothing to start. */
  readonly started: Seen<StartedTwins> | undefined;
  readonly plugins: readonly LtoPlugin[];
  readonly mounts: Seen<readonly string[]>;
  /** Processes that have the build root as theirs. */
  readonly users: Seen<readonly number[]>;
  readonly unfinished: Seen<readonly string[]>;
  /** Another qemu-accel is at work on it now. */
  readonly isLocked: boolean;
}

export interface InspectedRoot {
  readonly osName: string;
  readonly arch: string;
  /** Installed packages: name -> version. */
  readonly packages: ReadonlyMap<string, string>;
  /** Paths of its executables. */
  readonly programs: readonly string[];
}

export interface StartedTwins {
  /** Status of one guest program, started as builds start it. */
  readonly status: number;
  readonly words: string;
  /** How many twins their loader was asked about. */
  readonly asked: number;
  readonly failed: readonly { readonly path: string; readonly what: string }[];
}

/** More lines of one kind help nobody. */
const MAX_DETAILS = 12;

export const ROOT_CHECKS: readonly Check<RootFacts>[] = [
  {
    id: 'root',
    title: 'build root',
    why: 'only a Debian build root of a known foreign architecture can be accelerated',
    fix: ['Check the path: it is the root directory itself, not one above it'],
    judge: ({ inspected }) =>
      'seen' in inspected
        ? ok(`${inspected.seen.osName}, ${inspected.seen.arch}`)
        : { status: 'finding', what: inspected.unseen },
  },
  {
    id: 'emul-tree',
    title: 'emul tree',
    why: 'what is damaged runs emulated: right, but slow',
    fix: ['Mend it: qemu-accel install <root>'],
    judge: judgeTree,
  },
  {
    id: 'versions',
    title: 'versions',
    why: 'a program that was upgraded or installed after the emul tree was made has no twin, and runs emulated',
    fix: ['qemu-accel refresh <root>'],
    judge: judgeVersions,
  },
  {
    id: 'twins-start',
    title: 'twins start',
    why: 'a twin whose loader or library does not fit fails over to emulation at each of its starts',
    fix: ['Make the tree anew: qemu-accel install <root>'],
    judge: ({ started, root }) =>
      started === undefined ? ok('there is none to start') : whenSeen(started, (value) => judgeStarted(value, root)),
  },
  {
    id: 'lto-plugin',
    title: 'LTO plug-in',
    why: 'ld and gcc load it; one of the wrong architecture ends every link with "wrong ELF class"',
    fix: ['qemu-accel refresh <root>'],
    judge: ({ plugins, tree, root }) => judgePlugins(plugins, { root, hasTwins: manifestOf(tree) !== undefined }),
  },
  {
    id: 'mounts',
    title: 'leftover mounts',
    why: 'what a killed build has left mounted is emptied by the next `rm -rf` of the build root',
    fix: ['umount --recursive <mount point>'],
    judge: judgeMounts,
  },
  {
    id: 'unfinished',
    title: 'unfinished files',
    why: 'a run that was killed leaves files under temporary names; they only take room',
    fix: ['qemu-accel install <root> removes them'],
    judge: ({ unfinished, isLocked }) =>
      whenSeen(unfinished, (paths) => {
        if (paths.length === 0) return ok('none');
        if (isLocked) return ok('another qemu-accel is at work on it');
        const what = `${String(paths.length)} unfinished files or directories of a killed run`;
        return { status: 'finding', what, details: shortened(paths), repair: { kind: 'sweep-root' } };
      }),
  },
];

function judgeTree({ tree, damage, root, isLocked }: RootFacts): Judgement {
  if (tree === 'none') {
    return {
      status: 'finding',
      what: 'there is none: everything runs emulated',
      fix: [`qemu-accel install ${root}`],
      repair: { kind: 'make-tree' },
    };
  }
  if (tree === 'hand-made') return ok('made by hand: a program at /emul + its path is used');
  if (tree === 'foreign') {
    return { status: 'finding', what: '/emul is no directory', fix: ['Move it away, then run qemu-accel install'] };
  }
  const { manifest } = tree;
  // In the middle of an update files and manifest need not agree.
  if (isLocked) return unknown('another qemu-accel is at work on it');
  if ('unseen' in manifest) {
    return {
      status: 'finding',
      what: 'its manifest is damaged',
      details: [manifest.unseen],
      fix: [mend(root)],
      repair: { kind: 'make-tree' },
    };
  }
  if (damage.length > 0) {
    return {
      status: 'finding',
      what: `${String(damage.length)} of its files are not as they were made`,
      details: shortened(damage.map(({ path, what }) => `${path}: ${what}`)),
      fix: [mend(root)],
      repair: { kind: 'mend-tree' },
    };
  }
  return ok(`${String(manifest.seen.twins.length)} twins, packs ${manifest.seen.packs.join(', ')}`);
}

function judgeVersions({ tree, inspected, root }: RootFacts): Judgement {
  const manifest = manifestOf(tree);
  if (manifest === undefined) return ok('there is no emul tree to compare');
  return whenSeen(inspected, ({ packages, programs }) => {
    const made = new Map(manifest.twins.map(({ package: name, guestVersion }) => [name, guestVersion]));
    const changed = [...made].flatMap(([name, version]) => {
      const now = packages.get(name);
      return `${name}=${String(now)}` === version ? [] : [`${version} is now ${now ?? 'not installed'}`];
    });
    const known = new Set<string>([...manifest.twins, ...manifest.emulated].map(({ path }) => path));
    const added = programs.filter((path) => !known.has(path)).map((path) => `${path} came later`);
    if (changed.length + added.length === 0) return ok('in step with the package database');
    return {
      status: 'finding',
      what: `${String(changed.length)} packages changed and ${String(added.length)} programs came since the tree was made`,
      details: shortened([...changed, ...added]),
      fix: [`qemu-accel refresh ${root}`],
      repair: { kind: 'mend-tree' },
    };
  });
}

function judgeStarted({ status, words, asked, failed }: StartedTwins, root: string): Judgement {
  if (status !== 0) {
    return {
      status: 'finding',
      what: `a program of the build root does not start (status ${String(status)})`,
      details: shortened(words.split('\n').filter((line) => line !== '')),
      fix: [
        `See it for yourself: qemu-accel run ${root} -- true`,
        `And emulated: qemu-accel run ${root} --emulated -- true`,
      ],
    };
  }
  if (failed.length > 0) {
    return {
      status: 'finding',
      what: `${String(failed.length)} twins do not start`,
      details: shortened(failed.map(({ path, what }) => `${path}: ${what}`)),
      fix: [mend(root)],
      repair: { kind: 'mend-tree' },
    };
  }
  return ok(`${String(asked)} twins and plug-ins find all of their libraries`);
}

function judgeMounts({ mounts, users }: RootFacts): Judgement {
  return whenSeen(mounts, (paths) => {
    if (paths.length === 0) return ok('none');
    const pids = 'seen' in users ? users.seen : [];
    if (pids.length > 0)
      return ok(`${String(paths.length)} in use by process ${pids.slice(0, MAX_DETAILS).join(', ')}`);
    const blind = 'unseen' in users ? [users.unseen] : [];
    return {
      status: 'finding',
      what: `${String(paths.length)} mounts, and no process that uses them`,
      details: shortened([...paths, ...blind]),
      fix: paths.map((path) => `sudo umount ${path}`),
      repair: { kind: 'unmount', paths },
    };
  });
}

function manifestOf(tree: RootFacts['tree']): Manifest | undefined {
  return typeof tree === 'object' && 'seen' in tree.manifest ? tree.manifest.seen : undefined;
}

function mend(root: string): string {
  return `qemu-accel install ${root}`;
}

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - MAX_DETAILS;
  return more > 0 ? [...lines.slice(0, MAX_DETAILS), `and ${String(more)} more`] : [...lines];
}

/** What `ld.so --list` said of each file, after a line `= FILE`: those with a library or a symbol version that is not there. */
export function parseLoaderAnswers(text: string): { readonly path: string; readonly what: string }[] {
  return text
    .split(/^= /m)
    .slice(1)
    .flatMap((answer) => {
      const [path = '', ...lines] = answer.split('\n');
      const what = lines.find((line) => /not found|error while loading|cannot /.test(line))?.trim();
      return what === undefined ? [] : [{ path, what }];
    });
}
