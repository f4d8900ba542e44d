/**
 * What the sandbox is made of, as data: a list of operations that native/sandbox applies in order. The operations and the
 * encoding are described in native/sandbox/plan.h.
 */
import type { GuestPath, HostPath } from './paths.ts';

export interface SandboxBind {
  readonly source: HostPath;
  readonly target: GuestPath;
  readonly isReadOnly: boolean;
}

/** A read-only file of the sandbox that exists nowhere else. */
export interface SandboxFile {
  readonly target: GuestPath;
  readonly content: Buffer;
  /** Skipped, with a warning, where the root has no such file to put it over. */
  readonly isOptional: boolean;
}

/** Two empty directories on one file system, which must not be an overlay itself (overlayfs documentation of Linux). */
export interface SandboxLayers {
  /** Gets every file that the command makes or changes, whole, and a mark for every one that it removes. */
  readonly upper: HostPath;
  readonly work: HostPath;
}

export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export interface SandboxSpec {
  /** Becomes the root directory. Without one the command sees the host's own files, in a user namespace. */
  readonly root?: HostPath;
  /** Keeps the root as it is: what the command changes goes here. */
  readonly layers?: SandboxLayers;
  readonly command: readonly [string, ...string[]];
  /** The command's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** As the command sees it. */
  readonly cwd: string;
  /** Default: root. */
  readonly user?: SandboxUser;
  readonly network: 'host' | 'none';
  /** Registered in a binfmt_misc of the sandbox's own; without it the host's entries hold. */
  readonly registration?: string;
  readonly binds: readonly SandboxBind[];
  readonly files: readonly SandboxFile[];
}

/** What the plan must know of the machine. */
export interface SandboxHost {
  /** The terminal of the standard descriptors, shown as /dev/console: otherwise ttyname(3) finds no name for it. */
  readonly terminal?: HostPath;
  /** The kernel refuses setgroups(2) where only one id is mapped, and gid 5 (tty) does not exist there. */
  readonly hasManyIds: boolean;
  readonly hasResolvConf: boolean;
}

/** One operation; `doing` says what it is for, in the words of an error message: "cannot ...". */
export interface SandboxOp {
  readonly words: readonly string[];
  readonly doing: string;
  /** Where its target does not exist in the root, in which we create nothing. */
  readonly ifMissing: 'fail' | 'warn' | 'skip';
  readonly data?: Buffer;
}

const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'] as const;
const DEV_LINKS = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
  ptmx: 'pts/ptmx',
} as const;
const PLAIN = 'nosuid,nodev,noexec';

export function sandboxPlan(spec: SandboxSpec, host: SandboxHost): readonly SandboxOp[] {
  return [
    ...(spec.network === 'none' ? [op('give the sandbox a network of its own', 'net')] : []),
    ...(spec.root === undefined ? [proc()] : rootOps(spec.root, spec, host)),
    ...spec.binds.map((bind) => bindOp(bind.source, bind.target, bind.isReadOnly ? 'ro' : '-')),
    ...spec.files.map(fileOp),
    ...(spec.registration === undefined ? [] : [binfmtOp(spec.registration)]),
    ...processOps(spec, host),
  ];
}

function rootOps(root: HostPath, spec: SandboxSpec, host: SandboxHost): SandboxOp[] {
  const sysfs =
    spec.network === 'none'
      ? optional(op('mount /sys', 'mount', 'sysfs', '/sys', '-', `${PLAIN},ro`))
      : optional(bindOp('/sys' as HostPath, '/sys' as GuestPath, `${PLAIN},ro`));
  const resolvConf = '/etc/resolv.conf';
  return [
    rootOp(root, spec.layers),
    ...procOps(),
    sysfs,
    ...devOps(host),
    ...(host.hasResolvConf && spec.network === 'host'
      ? [{ ...bindOp(resolvConf as HostPath, resolvConf as GuestPath, `${PLAIN},ro`), ifMissing: 'skip' as const }]
      : []),
  ];
}

function rootOp(root: HostPath, layers: SandboxLayers | undefined): SandboxOp {
  if (layers === undefined) return op(`use ${root} as the root directory`, 'root', root);
  return op(`use a copy of ${root} as the root directory`, 'layers', root, layers.upper, layers.work);
}

/**
 * Nested sandboxes mount a /proc of their own, and the kernel allows an unprivileged one only while a /proc without
 * anything mounted over its files is there (mount_too_revealing() in fs/namespace.c). Our /proc/cpuinfo is such a thing.
 * So there is a second, complete /proc below the first, out of sight.
 */
function procOps(): SandboxOp[] {
  const hidden = '/proc/complete';
  return [
    optional(op('mount a place for /proc', 'mount', 'tmpfs', '/proc', 'mode=755,size=16k', PLAIN)),
    optional(op(`create ${hidden}`, 'dir', hidden, '555')),
    optional(op(`mount ${hidden}`, 'mount', 'proc', hidden, '-', PLAIN)),
    proc(),
  ];
}

function proc(): SandboxOp {
  return optional(op('mount /proc', 'mount', 'proc', '/proc', '-', PLAIN));
}

function devOps(host: SandboxHost): SandboxOp[] {
  const group = host.hasManyIds ? ',gid=5' : '';
  const devices = [...DEVICES.map((name) => [`/dev/${name}`, `/dev/${name}`] as const)];
  const console = host.terminal === undefined ? [] : [[host.terminal, '/dev/console'] as const];
  return [
    op('mount /dev', 'mount', 'tmpfs', '/dev', 'mode=755', 'nosuid,noexec'),
    ...[...devices, ...console].flatMap(([source, target]) => [
      op(`create ${target}`, 'file', target, '600'),
      bindOp(source as HostPath, target as GuestPath, 'nosuid,noexec'),
    ]),
    ...Object.entries(DEV_LINKS).map(([name, text]) => op(`create /dev/${name}`, 'link', text, `/dev/${name}`)),
    op('create /dev/pts', 'dir', '/dev/pts', '755'),
    op('mount /dev/pts', 'mount', 'devpts', '/dev/pts', `mode=620,ptmxmode=666${group}`, 'nosuid,noexec'),
    op('create /dev/shm', 'dir', '/dev/shm', '1777'),
    op('mount /dev/shm', 'mount', 'tmpfs', '/dev/shm', 'mode=1777', 'nosuid,nodev'),
  ].map(optional);
}

function processOps(spec: SandboxSpec, host: SandboxHost): SandboxOp[] {
  const { uid, gid, groups } = spec.user ?? { uid: 0, gid: 0, groups: [0] };
  const groupList = host.hasManyIds ? groups.join(',') : '-';
  return [
    op(`become user ${String(uid)} of group ${String(gid)}`, 'user', String(uid), String(gid), groupList),
    op(`change to the directory ${spec.cwd}`, 'chdir', spec.cwd),
    ...Object.entries(spec.env).map(([name, value]) => op(`set ${name}`, 'env', `${name}=${value}`)),
    op(`run ${spec.command[0]}`, 'run', String(spec.command.length), ...spec.command),
  ];
}

function bindOp(source: HostPath, target: GuestPath, attributes: string): SandboxOp {
  return op(`show ${source} as ${target}`, 'bind', source, target, attributes);
}

function fileOp({ target, content, isOptional }: SandboxFile): SandboxOp {
  const words = ['data', target, '444', String(content.length)];
  return { words, doing: `provide ${target}`, ifMissing: isOptional ? 'warn' : 'fail', data: content };
}

function binfmtOp(registration: string): SandboxOp {
  return optional(op('register the interpreter', 'binfmt', '/proc/sys/fs/binfmt_misc', registration));
}

function op(doing: string, ...words: readonly string[]): SandboxOp {
  return { words, doing, ifMissing: 'fail' };
}

/** A root without /sys is a root. */
function optional(always: SandboxOp): SandboxOp {
  return { ...always, ifMissing: 'warn' };
}

/** @throws RangeError for a word that holds a NUL, which no path or argument can. */
export function encodePlan(ops: readonly SandboxOp[]): Buffer {
  const parts = ops.flatMap(({ words, data, ifMissing }) => {
    if (words.some((word) => word.includes('\0'))) throw new RangeError('a word of the plan holds a NUL');
    const text = Buffer.from(`${ifMissing === 'fail' ? '' : '?'}${words.join('\0')}\0`);
    return data === undefined ? [text] : [text, data];
  });
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(`emul-sandbox-plan-1\0${String(body.length)}\0`), body]);
}
