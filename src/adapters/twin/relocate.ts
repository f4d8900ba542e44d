/**
 * Relocation: a donor's program is made to load the tree's loader and the tree's libraries, whatever the guest has at the usual
 * places, and whatever LD_LIBRARY_PATH says (DT_RPATH, which comes before it; DT_RUNPATH would not). Libraries are looked for by
 * the DT_RPATH of the program, too, also those that libraries need, and those that are loaded later (ld.so(8)). So a library is
 * left as it is, unless it has a run path of its own, which would come first: all that patchelf adds is a segment more to map,
 * in every process.
 *
 * patchelf does the work, but not every way to ask it gives a working file (seen with 0.14.3 and 0.18.0, on 345 programs):
 * - several changes in one call: the new DT_NEEDED ended up in DT_RPATH (0.14.3);
 * - an old run path that a shorter one replaces is overwritten in place with X: symbol names that share its tail in the
 *   string table became `XXXXXX` (0.14.3). Removing it first leaves the strings alone;
 * - the interpreter set before the rest: for cc1, which is 35 MB and not position-independent, adding a DT_NEEDED then
 *   fails an assertion, and what it leaves crashes (0.18.0). In the order below all 345 run.
 * So: one change a call, in this order, and the result is read back before anybody relies on it.
 */
import { AccelError } from '../../core/errors.ts';
import { type Elf, readElf } from '../../core/elf/read.ts';
import { dynamicSymbols } from '../../core/elf/symbols.ts';
import { type HostName, HOSTS } from '../../core/host.ts';
import type { HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { withFileSource } from '../../os/file-source.ts';

/** Where a twin finds its loader and libraries. Absolute paths, as the guest sees them. */
export interface TwinLayout {
  readonly interpreter: string;
  readonly rpath: string;
  /** What the file is built for. Default: the host itself. */
  readonly host?: HostName;
  /** A soname that becomes the first DT_NEEDED. */
  readonly shim?: string;
}

/** What relocation must leave as it was, and what it sets. */
interface Links {
  readonly type: string;
  readonly interpreter: string | undefined;
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  readonly soname: string | undefined;
  readonly buildId: string | undefined;
  readonly needed: readonly string[];
  readonly symbols: readonly string[];
}

/**
 * Changes a copy of a donor's program in place. Relocating a relocated file again changes nothing.
 *
 * @throws AccelError E_ELF when the file is no dynamic ELF file of the host, or patchelf did something else than asked.
 * @throws CommandError when patchelf fails.
 */
export function relocate(file: HostPath, layout: TwinLayout): Promise<void> {
  return relink(file, layout.host, (before) => wanted(before, layout));
}

/** Takes a run path out of a copy of a donor's library. @throws as relocate. */
export function relocateLibrary(file: HostPath, host?: HostName): Promise<void> {
  return relink(file, host, (before) => ({ ...before, rpath: undefined, runpath: undefined }));
}

async function relink(file: HostPath, host: HostName = 'amd64', change: (before: Links) => Links): Promise<void> {
  const before = readLinks(file, host);
  const after = change(before);
  for (const call of changes(before, after)) await exec(['patchelf', ...call, file]);
  expectSame(file, after, readLinks(file, host));
}

function wanted(before: Links, layout: TwinLayout): Links {
  const others = before.needed.filter((soname) => soname !== layout.shim);
  return {
    ...before,
    interpreter: before.interpreter === undefined ? undefined : layout.interpreter,
    rpath: layout.rpath,
    runpath: undefined,
    needed: layout.shim === undefined ? before.needed : [layout.shim, ...others],
  };
}

/** patchelf's arguments, one change a call; the file's header tells why in this order. */
function changes(before: Links, after: Links): (readonly string[])[] {
  const calls: (readonly string[])[] = [];
  const shim = after.needed[0];
  if (shim !== undefined && shim !== before.needed[0]) {
    if (before.needed.includes(shim)) calls.push(['--remove-needed', shim]);
    calls.push(['--add-needed', shim]);
  }
  if (before.rpath !== after.rpath || before.runpath !== undefined) {
    if (before.rpath !== undefined || before.runpath !== undefined) calls.push(['--remove-rpath']);
    if (after.rpath !== undefined) calls.push(['--force-rpath', '--set-rpath', after.rpath]);
  }
  if (after.interpreter !== undefined && before.interpreter !== after.interpreter) {
    calls.push(['--set-interpreter', after.interpreter]);
  }
  return calls;
}

function readLinks(file: HostPath, host: HostName): Links {
  return withFileSource(file, (source) => linksOf(file, readElf(source), host));
}

function linksOf(file: HostPath, elf: Elf, host: HostName): Links {
  const why =
    elf.machine !== HOSTS[host].arch.elfMachine
      ? `it is built for another machine (e_machine ${String(elf.machine)})`
      : elf.type !== 'exec' && elf.type !== 'dyn'
        ? 'it is neither a program nor a library'
        : elf.dynamic === undefined
          ? 'it is statically linked'
          : undefined;
  if (why !== undefined) throw new AccelError({ code: 'E_ELF', what: `${file} cannot be relocated`, why });
  return {
    type: elf.type,
    interpreter: elf.interpreter,
    rpath: elf.rpath,
    runpath: elf.runpath,
    soname: elf.soname,
    buildId: elf.buildId,
    needed: elf.needed,
    symbols: dynamicSymbols(elf).map(({ name, isDefined }) => `${isDefined ? '+' : '-'}${name}`),
  };
}

function expectSame(file: HostPath, after: Links, found: Links): void {
  const fields = Object.keys(after) as (keyof Links)[];
  const wrong = fields.filter((field) => JSON.stringify(after[field]) !== JSON.stringify(found[field]));
  if (wrong.length === 0) return;
  throw new AccelError({
    code: 'E_ELF',
    what: `patchelf damaged ${file}`,
    why: `${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} not what was asked for`,
    fix: ['Install another version of patchelf; 0.14.3 and 0.18.0 are known to work'],
  });
}
