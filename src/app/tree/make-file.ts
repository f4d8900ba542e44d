/**
 * One file of the tree, made from one donor file, or remembered. The key of the memory is everything that the result
 * depends on: the donor's bytes, the guest's, the rules, and our own code.
 */
import { promises as fsp } from 'node:fs';
import { answerKey, type StoredObject } from '../../adapters/emul/store.ts';
import { importsOf, makeTwin } from '../../adapters/twin/make-twin.ts';
import { WRAPPED_SYMBOLS } from '../../adapters/twin/shim.ts';
import { readElf } from '../../core/elf/read.ts';
import type { HostName } from '../../core/host.ts';
import type { EmulatedReason, GuestBinary, StringPair } from '../../core/model.ts';
import { inRoot, type HostPath } from '../../core/paths.ts';
import type { RetargetRules } from '../../core/retarget/rules.ts';
import { withFileSource } from '../../os/file-source.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import type { Workshop } from './workshop.ts';

export interface Made {
  readonly kind: 'made';
  readonly object: StoredObject;
  readonly donorSha256: string;
  readonly retargeted: readonly StringPair[];
  readonly hasShim: boolean;
  /** DT_NEEDED of the finished file, the shim included. */
  readonly needed: readonly string[];
  /** What it imports of what the shim wraps. */
  readonly wrapped: readonly string[];
}

export interface Refused {
  readonly kind: 'refused';
  readonly reason: EmulatedReason;
  readonly detail: string;
}

export interface FileOrder {
  readonly donor: HostPath;
  /** What it is built for. */
  readonly host: HostName;
  readonly guest?: GuestBinary;
  readonly rules: RetargetRules;
  /** What the libraries that it loads import of what the shim wraps. */
  readonly libraryImports: readonly string[];
  readonly kind: 'executable' | 'library';
  readonly relocate: boolean;
}

export async function makeFile(shop: Workshop, order: FileOrder): Promise<Made | Refused> {
  const key = await orderKey(shop, order);
  const known = (await shop.store.readAnswer('twins', key)) as Made | Refused | undefined;
  if (known !== undefined && (known.kind === 'refused' || (await shop.store.hasObject(known.object)))) return known;
  const answer = await makeAnew(shop, order);
  await shop.store.writeAnswer('twins', key, answer);
  return answer;
}

/** The guest's own bytes, which a library may not have. */
function guestFile(shop: Workshop, { guest }: FileOrder): HostPath | undefined {
  return guest === undefined || guest.isReplaced ? undefined : inRoot(shop.buildroot.root, guest.path);
}

async function makeAnew(shop: Workshop, order: FileOrder): Promise<Made | Refused> {
  const guest = guestFile(shop, order);
  const output = shop.store.temporaryPath();
  const result = await makeTwin({
    donor: order.donor,
    host: order.host,
    ...(guest === undefined ? {} : { guest }),
    arch: shop.buildroot.arch,
    rules: order.rules,
    libraryImports: new Set(order.libraryImports),
    kind: order.kind,
    relocate: order.relocate,
    output,
  });
  if (result.kind === 'refused') return result;
  const { needed, wrapped } = loads(output);
  const { donorSha256, retargeted, hasShim } = result;
  return { kind: 'made', object: await shop.store.adopt(output), donorSha256, retargeted, hasShim, needed, wrapped };
}

/** What a host file loads, and what it imports of what the shim wraps. */
export function loads(file: HostPath): { readonly needed: readonly string[]; readonly wrapped: readonly string[] } {
  return withFileSource(file, (source) => {
    const elf = readElf(source);
    const imports = importsOf(elf);
    return { needed: elf.needed, wrapped: WRAPPED_SYMBOLS.filter((symbol) => imports.has(symbol)) };
  });
}

async function orderKey(shop: Workshop, order: FileOrder): Promise<string> {
  const file = guestFile(shop, order);
  const guestKey = file === undefined ? null : (order.guest?.buildId ?? (await sha256OfFile(file)));
  return answerKey(
    shop.toolKey,
    shop.buildroot.arch.name,
    await sha256OfFile(order.donor),
    guestKey,
    order.rules,
    [...order.libraryImports].sort(),
    order.kind,
    order.relocate,
  );
}

/** A file that goes into the tree as it is. */
export async function copyToStore(shop: Workshop, file: HostPath): Promise<StoredObject> {
  const temporary = shop.store.temporaryPath();
  await fsp.copyFile(file, temporary);
  return shop.store.adopt(temporary);
}
