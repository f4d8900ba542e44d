/**
 * One twin, from the donor's program and the guest binary that it stands in for: retarget, relocate, shim, audit. Nothing is
 * written unless all of it succeeded.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import type { Arch } from '../../core/arch.ts';
import { ElfError } from '../../core/elf/fields.ts';
import { type Elf, readElf } from '../../core/elf/read.ts';
import { bufferSource } from '../../core/elf/source.ts';
import { dynamicSymbols } from '../../core/elf/symbols.ts';
import { type HostName, HOSTS } from '../../core/host.ts';
import { joinGuest, type HostPath } from '../../core/paths.ts';
import type { EmulatedReason, StringPair } from '../../core/model.ts';
import { retarget } from '../../core/retarget/retarget.ts';
import type { RetargetRules } from '../../core/retarget/rules.ts';
import { siblingName } from '../../os/fs.ts';
import { relocate, relocateLibrary, type TwinLayout } from './relocate.ts';
import { needsShim, SHIM_SONAME } from './shim.ts';

export interface TwinRequest {
  readonly donor: HostPath;
  /** The guest binary; a library that the guest does not have (libbfd of a cross linker) has none. */
  readonly guest?: HostPath;
  readonly arch: Arch;
  readonly host: HostName;
  readonly rules: RetargetRules;
  /** Undefined symbols of the libraries that the program loads: they may call what the shim wraps. */
  readonly libraryImports?: ReadonlySet<string>;
  readonly kind: 'executable' | 'library';
  /** False: the file finds its libraries by itself, and only its strings are changed. */
  readonly relocate?: boolean;
  /** Where the twin is written, mode 0755. */
  readonly output: HostPath;
}

export type TwinResult =
  | {
      readonly kind: 'made';
      readonly sha256: string;
      readonly donorSha256: string;
      readonly retargeted: readonly StringPair[];
      readonly hasShim: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: EmulatedReason; readonly detail: string };

/** Makes a program's or a library's twin. @throws AccelError when patchelf or the disk fails; a refusal is an answer. */
export async function makeTwin(request: TwinRequest): Promise<TwinResult> {
  const donor = await fsp.readFile(request.donor);
  const elf = hostElf(donor, request.host);
  if (typeof elf === 'string') return { kind: 'refused', reason: 'not-elf', detail: elf };
  // Compared with itself, a library that the guest does not have is changed only where its pack says so.
  const guest = request.guest === undefined ? donor : await fsp.readFile(request.guest);
  const changed = retarget({ donor, guest, arch: request.arch, rules: request.rules });
  if (changed.kind === 'refused') return { kind: 'refused', reason: 'not-retargetable', detail: changed.why };
  const bytes = changed.kind === 'retargeted' ? changed.bytes : donor;
  const hasShim =
    request.kind === 'executable' && needsShim(new Set([...importsOf(elf), ...(request.libraryImports ?? [])]));
  const temporary = siblingName(request.output);
  try {
    await fsp.writeFile(temporary, bytes, { mode: 0o755 });
    if (request.relocate !== false) {
      if (request.kind === 'library') await relocateLibrary(temporary, request.host);
      else await relocate(temporary, layoutOf(request.host, hasShim));
    }
    const written = await fsp.readFile(temporary);
    await fsp.chmod(temporary, 0o755);
    await fsp.rename(temporary, request.output);
    const retargeted = changed.kind === 'retargeted' ? changed.pairs : [];
    return { kind: 'made', sha256: sha256(written), donorSha256: sha256(donor), retargeted, hasShim };
  } finally {
    await fsp.rm(temporary, { force: true });
  }
}

/** Where a twin finds its loader and its libraries, as the guest sees them. */
function layoutOf(name: HostName, hasShim: boolean): TwinLayout {
  const host = HOSTS[name];
  const layout = { host: name, interpreter: joinGuest(host.loaderDir, host.loader), rpath: host.libraryDir };
  return hasShim ? { ...layout, shim: SHIM_SONAME } : layout;
}

/** Names of the undefined dynamic symbols, without versions. */
export function importsOf(elf: Elf): Set<string> {
  return new Set(
    dynamicSymbols(elf).flatMap((symbol) => (symbol.isDefined || symbol.name === '' ? [] : [symbol.name])),
  );
}

/** The parsed file, or why it cannot become a twin. */
function hostElf(bytes: Buffer, host: HostName): Elf | string {
  try {
    const elf = readElf(bufferSource(bytes));
    if (elf.machine !== HOSTS[host].arch.elfMachine) return 'it is built for another machine';
    if (elf.type !== 'dyn' && elf.type !== 'exec') return 'it is no program or library';
    if (elf.dynamic === undefined) return 'it is statically linked';
    return elf;
  } catch (error) {
    if (error instanceof ElfError) return error.message;
    throw error;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
