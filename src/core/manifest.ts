/** `/emul/manifest.json`: what is in an emul tree, where it came from, and what is emulated and why. */
import * as v from 'valibot';
import { EnvironmentError } from './errors.ts';
import { HOST_NAMES } from './host.ts';
import { type ArgumentSet, INDEX } from './index-layout.ts';
import { EMULATED_REASONS, type EmulatedReason, type Manifest } from './model.ts';
import type { GuestPath } from './paths.ts';

const guestPath = v.pipe(
  v.string(),
  v.startsWith('/'),
  v.transform((path) => path as GuestPath),
);
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not a sha256 sum'));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const reasons = Object.keys(EMULATED_REASONS) as EmulatedReason[];

const stringPair = v.object({ donor: v.string(), guest: v.string(), references: size });

const twin = v.object({
  path: guestPath,
  twin: guestPath,
  kind: v.picklist(['executable', 'library']),
  buildId: v.exactOptional(v.pipe(v.string(), v.regex(/^([0-9a-f]{2})+$/, 'not a build-id'))),
  guestSizeBytes: size,
  pack: v.string(),
  package: v.string(),
  guestVersion: v.string(),
  donorPackage: v.string(),
  donorVersion: v.string(),
  host: v.optional(v.picklist(HOST_NAMES), 'amd64'),
  donorPath: v.string(),
  donorSha256: sha256,
  twinSha256: sha256,
  retargeted: v.array(stringPair),
  hasShim: v.boolean(),
  emulateFor: v.array(v.picklist(Object.keys(INDEX.recordFlags) as ArgumentSet[])),
  note: v.exactOptional(v.string()),
});

const manifestSchema = v.object({
  format: v.literal(1),
  tool: v.string(),
  arch: v.string(),
  packs: v.array(v.string()),
  donor: v.string(),
  twins: v.array(twin),
  libraries: v.array(
    v.object({
      path: guestPath,
      donorPackage: v.string(),
      donorVersion: v.string(),
      sha256,
      retargeted: v.exactOptional(v.array(stringPair)),
    }),
  ),
  files: v.array(v.object({ path: guestPath, sha256 })),
  emulated: v.array(
    v.object({
      path: guestPath,
      package: v.exactOptional(v.string()),
      reason: v.picklist(reasons),
      detail: v.exactOptional(v.string()),
    }),
  ),
});

/** @throws EnvironmentError E_TREE with the key that is wrong. */
export function parseManifest(text: string): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  }
  const result = v.safeParse(manifestSchema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw damaged(`${v.getDotPath(issue) ?? '(top)'}: ${issue.message}`);
}

/** The same content gives the same bytes: lists are sorted by path. */
export function formatManifest(manifest: Manifest): string {
  const sorted: Manifest = {
    ...manifest,
    twins: byPath(manifest.twins),
    libraries: byPath(manifest.libraries),
    files: byPath(manifest.files),
    emulated: byPath(manifest.emulated),
  };
  return `${JSON.stringify(sorted, null, 1)}\n`;
}

function byPath<T extends { readonly path: string }>(records: readonly T[]): T[] {
  return [...records].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function damaged(why: string): EnvironmentError {
  return new EnvironmentError({
    code: 'E_TREE',
    what: 'the manifest of the emul tree is damaged',
    why,
    fix: ['Make the tree anew: qemu-accel install <root>'],
  });
}
