/** Why a sandbox could not be made, in words, with what a person can do about it. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { AccelError, EXIT, type ErrorCode } from '../../core/errors.ts';
import type { SandboxOp } from '../../core/sandbox-plan.ts';
import { USERNS_SWITCHES, sysctlFile } from '../../core/userns-switches.ts';
import { targetOf, type LauncherFailure } from './reports.ts';

interface Words {
  readonly code: ErrorCode;
  readonly why: string;
  readonly fix: readonly string[];
  readonly exitCode?: number;
}

/** The entry's name, `qemu-aarch64`, ends with a name of the architecture that the command line takes. */
function registerForAll(registration: string): string[] {
  const name = registration.split(registration.charAt(0))[1] ?? '';
  return [
    `Register it for the whole machine instead, as root: qemu-accel binfmt register ${name.replace(/^qemu-/, '')}`,
    'Or use Linux 6.7 or newer, where every user namespace can have its own entries',
  ];
}

export function sandboxFailure(plan: readonly SandboxOp[], failure: LauncherFailure): AccelError {
  const op = plan[failure.op];
  const what = `cannot ${op?.doing ?? 'make the sandbox'}`;
  const { code, why, fix, exitCode } = explain(failure, op);
  return new AccelError({ code, what, why, fix, ...(exitCode === undefined ? {} : { exitCode }) });
}

function explain({ errno, step }: LauncherFailure, op: SandboxOp | undefined): Words {
  const name = errnoName(errno);
  const isRefused = name === 'EPERM' || name === 'EACCES';
  const what = op?.words[0];
  if (step === 'clone') return noUserNamespace(name);
  if (what === 'binfmt') return explainBinfmt(name, step, op?.words[2] ?? '');
  if (step === 'exec') return notStarted(name);
  if (what === 'user' && name === 'EINVAL') return noSuchId();
  if (what === 'chdir' || what === 'user') {
    return { code: 'E_USAGE', why: inWords(name, step), fix: [], exitCode: EXIT.usage };
  }
  if (step === 'target') {
    return {
      code: 'E_ROOT',
      why: `the build root has no ${targetOf(op) ?? 'place for it'}`,
      fix: ['Create it in the root'],
    };
  }
  if (isRefused) {
    return { code: 'E_NAMESPACE', why: inWords(name, step), fix: restrictions() };
  }
  return { code: name === 'ENOENT' ? 'E_IO' : 'E_NAMESPACE', why: inWords(name, step), fix: [] };
}

function noUserNamespace(name: string): Words {
  const why =
    name === 'ENOSPC' || name === 'EUSERS'
      ? 'the limit of user namespaces is reached (user.max_user_namespaces)'
      : `the kernel does not let this user make a user namespace (${name})`;
  return { code: 'E_NAMESPACE', why, fix: restrictions() };
}

function noSuchId(): Words {
  return {
    code: 'E_NAMESPACE',
    why: 'that user or group does not exist in the sandbox',
    fix: ['Give yourself more ids, as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 YOU'],
  };
}

function restrictions(): string[] {
  const found = USERNS_SWITCHES.filter(({ name, bad }) => readIfThere(sysctlFile(name)) === bad);
  if (found.length > 0) {
    return found.map(({ name, good, meaning }) => `Here ${meaning}: sudo sysctl ${name}=${good}`);
  }
  return [
    'In a container: start it with --privileged, or with seccomp and /proc unconfined',
    'In a chroot: user namespaces are not available there, run it outside',
  ];
}

function explainBinfmt(name: string, step: string, registration: string): Words {
  const interpreter = registration.split(registration.charAt(0)).at(-2) ?? '';
  if (step === 'register') {
    const why = `the kernel cannot use the interpreter ${interpreter} (${name})`;
    return { code: 'E_BINFMT', why, fix: ['See that it is executable, and not on a file system mounted noexec'] };
  }
  if (name === 'ENODEV') {
    return { code: 'E_BINFMT', why: 'the kernel has no binfmt_misc', fix: ['Load it, as root: modprobe binfmt_misc'] };
  }
  const why = `this kernel has no private binfmt_misc for user namespaces (${name})`;
  return { code: 'E_BINFMT', why, fix: registerForAll(registration) };
}

/** 127 and 126, as a shell says it: the command is not there, or it cannot be run. */
function notStarted(name: string): Words {
  const why = inWords(name, 'exec');
  if (name !== 'ENOENT') return { code: 'E_COMMAND', why, fix: [], exitCode: 126 };
  const fix = ['See that it is installed in the build root, with its interpreter'];
  return { code: 'E_COMMAND', why, fix, exitCode: 127 };
}

const ERRNO_WORDS: Readonly<Record<string, string>> = {
  EPERM: 'the operation is not permitted',
  EACCES: 'permission denied',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'one is a directory and the other is not',
  ENOEXEC: 'it is not a program that this machine can run',
  E2BIG: 'the arguments are too long',
  EINVAL: 'the id or value is not valid here',
};

function inWords(name: string, step: string): string {
  return `${ERRNO_WORDS[name] ?? name} (${step})`;
}

function errnoName(errno: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `error ${String(errno)}`;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
