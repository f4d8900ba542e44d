/** `explain`: how a command of a build root runs, and why. */
import { closeSync, openSync, readSync } from 'node:fs';
import { scanFile } from '../adapters/buildroot/elf-scan.ts';
import { ownerOfFile } from '../adapters/buildroot/owner.ts';
import { resolveInRoot } from '../adapters/buildroot/resolve.ts';
import { readTreeIndex, twinOf } from '../adapters/emul/check-tree.ts';
import { readManifestIfGood, treeState } from '../adapters/emul/read-tree.ts';
import { GUEST_ARCHS } from '../core/arch.ts';
import {
  EMULATED_REASONS,
  type GuestBinary,
  type GuestPackage,
  type Manifest,
  type TwinRecord,
} from '../core/model.ts';
import { guestPath, inRoot, joinGuest, type GuestPath, type HostPath } from '../core/paths.ts';
import { missingRoot } from '../core/root-errors.ts';
import { lstatIfThere } from '../os/fs.ts';

/** Reasons that only show at this moment, beside those of the manifest. */
export const MOMENT_REASONS = {
  'no-tree': 'the build root has no emul tree',
  'bad-index': 'the index of the emul tree is damaged',
  'bad-manifest': 'the manifest of the emul tree is damaged',
  'hand-made': 'the emul tree was made by hand: a program at /emul + its path is used',
  changed: 'it is another build than the one that its twin was made for; refresh makes a new one',
  unknown: 'it came after the emul tree was made; refresh looks at it',
  'twin-missing': 'its twin is not where the index says; install puts it back',
} as const;
export type ExplainedReason = keyof typeof EMULATED_REASONS | keyof typeof MOMENT_REASONS;

interface Found {
  readonly command: string;
  /** Where PATH or the given path leads, before links are followed. */
  readonly path: GuestPath;
  /** The file behind it. */
  readonly file: GuestPath;
  readonly package?: GuestPackage;
}

export type Explanation =
  | { readonly kind: 'missing'; readonly command: string }
  | (Found & { readonly kind: 'accelerated'; readonly twin: TwinRecord })
  | (Found & {
      readonly kind: 'emulated';
      readonly reason: ExplainedReason;
      /** The reason in words. */
      readonly why: string;
      readonly detail?: string;
    })
  /** A `#!` script: it runs as its interpreter does. */
  | (Found & { readonly kind: 'script'; readonly interpreter: Explanation })
  /** Neither a script nor a program of the guest. */
  | (Found & { readonly kind: 'other'; readonly why: string });

export interface ExplainRequest {
  readonly root: HostPath;
  /** A name, which is looked up in the usual PATH, or a path inside the root. */
  readonly command: string;
}

/** What dpkg-buildpackage and a login as root have. */
const SEARCH_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** binfmt_script of Linux reads one buffer of this size (BINPRM_BUF_SIZE), and follows this many interpreters. */
const SCRIPT_HEAD_BYTES = 256;
const MAX_INTERPRETERS = 5;

/** @throws EnvironmentError E_ROOT where there is no such directory. */
export async function explain({ root, command }: ExplainRequest): Promise<Explanation> {
  if (lstatIfThere(root) === undefined) {
    throw missingRoot(root);
  }
  return explainCommand(root, command, MAX_INTERPRETERS);
}

async function explainCommand(root: HostPath, command: string, depth: number): Promise<Explanation> {
  const path = findCommand(root, command);
  const file = path === undefined ? undefined : resolveInRoot(root, path);
  if (path === undefined || file === undefined) return { kind: 'missing', command };
  const owner = ownerOfFile(root, file);
  const found: Found = { command, path, file, ...(owner === undefined ? {} : { package: owner }) };
  const binary = scanAny(root, file);
  if (binary !== undefined) return explainBinary(root, found, binary);
  const interpreter = interpreterOf(inRoot(root, file));
  if (interpreter !== undefined && depth > 0) {
    return { ...found, kind: 'script', interpreter: await explainCommand(root, interpreter, depth - 1) };
  }
  return { ...found, kind: 'other', why: 'it is neither a script nor a program of a known guest architecture' };
}

function findCommand(root: HostPath, command: string): GuestPath | undefined {
  const candidates = command.includes('/')
    ? [guestPath(command)]
    : SEARCH_PATH.map((dir) => joinGuest(guestPath(dir), command));
  return candidates.find((path) => {
    const file = resolveInRoot(root, path);
    return file !== undefined && lstatIfThere(inRoot(root, file))?.isFile() === true;
  });
}

function scanAny(root: HostPath, file: GuestPath): GuestBinary | undefined {
  for (const arch of GUEST_ARCHS) {
    const binary = scanFile(root, file, arch);
    if (binary?.kind === 'executable') return binary;
  }
  return undefined;
}

async function explainBinary(root: HostPath, found: Found, binary: GuestBinary): Promise<Explanation> {
  const state = await treeState(root);
  if (state !== 'ours') return emulated(found, state === 'hand-made' ? 'hand-made' : 'no-tree');
  if (binary.isPrivileged) return emulated(found, 'privileged');
  const manifest = await readManifestIfGood(root);
  if (manifest === undefined) return emulated(found, 'bad-manifest');
  const index = readTreeIndex(root, manifest.arch);
  if (index.kind === 'damaged') return emulated(found, 'bad-index', index.why);
  // The index decides, as it does for the dispatcher: a copy under another name has the same twin.
  const path = twinOf(index, binary);
  if (path === undefined) return withoutTwin(found, binary, manifest);
  const twin = manifest.twins.find((record) => record.twin === path);
  const isThere = lstatIfThere(inRoot(root, path))?.isFile() === true;
  if (twin === undefined || !isThere) return emulated(found, 'twin-missing', path);
  return { ...found, kind: 'accelerated', twin };
}

function withoutTwin(found: Found, binary: GuestBinary, manifest: Manifest): Explanation {
  const record = manifest.emulated.find(({ path }) => path === found.file);
  if (record !== undefined) return emulated(found, record.reason, record.detail);
  const twin = manifest.twins.find(({ path }) => path === binary.path);
  return emulated(found, twin === undefined ? 'unknown' : 'changed');
}

function emulated(found: Found, reason: ExplainedReason, detail?: string): Explanation {
  const why = { ...EMULATED_REASONS, ...MOMENT_REASONS }[reason];
  return { ...found, kind: 'emulated', reason, why, ...(detail === undefined ? {} : { detail }) };
}

/** The interpreter that a `#!` line names; for `/usr/bin/env name` the name, which is what matters. */
function interpreterOf(file: HostPath): string | undefined {
  const head = Buffer.alloc(SCRIPT_HEAD_BYTES);
  const descriptor = openSync(file, 'r');
  const size = readSync(descriptor, head, 0, SCRIPT_HEAD_BYTES, 0);
  closeSync(descriptor);
  const [, path, argument] = /^#![ \t]*(\S+)(?:[ \t]+(\S+))?/.exec(head.toString('latin1', 0, size)) ?? [];
  if (path !== undefined && path.endsWith('/env') && argument !== undefined && !argument.startsWith('-'))
    return argument;
  return path;
}
