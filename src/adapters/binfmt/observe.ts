/** The machine's table, with what its files tell about each entry: does the interpreter exist, and who declares it. */
import { promises as fsp } from 'node:fs';
import type { InterpreterKind, ObservedTable } from '../../core/binfmt-analysis.ts';
import type { BinfmtEntry } from '../../core/binfmt.ts';
import {
  originOf,
  parseAdminFormat,
  parseBinfmtD,
  parseShippedFormat,
  type Declaration,
} from '../../core/binfmt-origin.ts';
import { PT } from '../../core/elf/constants.ts';
import { readElf } from '../../core/elf/read.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { withFileSource } from '../../os/file-source.ts';
import { exists, readTextIfThere } from '../../os/fs.ts';
import { BINFMT_DIR, binfmtState, readBinfmtTable } from './table.ts';

type Parser = (file: string, text: string) => readonly Declaration[];

/** Directories of declarations. Of files of one name in several directories of binfmt.d the first one counts (binfmt.d(5)). */
const BINFMT_D = ['/etc/binfmt.d', '/run/binfmt.d', '/usr/local/lib/binfmt.d', '/usr/lib/binfmt.d'];
const BINFMT_SUPPORT: readonly (readonly [string, Parser])[] = [
  ['/var/lib/binfmts', parseAdminFormat],
  ['/usr/share/binfmts', parseShippedFormat],
];

/** @throws EnvironmentError E_PERMISSION or E_IO when the table is there and cannot be read. */
export async function observeTable(dir: HostPath = BINFMT_DIR): Promise<ObservedTable> {
  const [state, entries, declarations] = await Promise.all([
    binfmtState(dir),
    readBinfmtTable(dir),
    readDeclarations(),
  ]);
  const observed = entries.map(async (entry: BinfmtEntry) => ({
    ...entry,
    interpreterKind: await interpreterKind(hostPath(entry.interpreter)),
    origin: originOf(entry, declarations),
  }));
  return { state, entries: await Promise.all(observed) };
}

/** What systemd-binfmt and binfmt-support would register on this machine. Files that cannot be read declare nothing. */
export async function readDeclarations(): Promise<readonly Declaration[]> {
  const lists = await Promise.all([
    readBinfmtD(),
    ...BINFMT_SUPPORT.map(([dir, parse]) => readAll(hostPath(dir), parse)),
  ]);
  return lists.flat();
}

async function readBinfmtD(): Promise<readonly Declaration[]> {
  const lists = await Promise.all(
    BINFMT_D.map(async (dir) => (await namesIn(hostPath(dir))).map((name) => [name, dir] as const)),
  );
  const files = lists.flat().filter(([name]) => name.endsWith('.conf'));
  const first = files.filter(([name], at) => files.findIndex(([other]) => other === name) === at);
  const read = first.map(([name, dir]) => readOne(joinHost(hostPath(dir), name), parseBinfmtD));
  return (await Promise.all(read)).flat();
}

async function readAll(dir: HostPath, parse: Parser): Promise<readonly Declaration[]> {
  const read = (await namesIn(dir)).map((name) => readOne(joinHost(dir, name), parse));
  return (await Promise.all(read)).flat();
}

async function readOne(file: HostPath, parse: Parser): Promise<readonly Declaration[]> {
  const text = await readTextIfThere(file).catch(() => undefined);
  return text === undefined ? [] : parse(file, text);
}

async function namesIn(dir: HostPath): Promise<readonly string[]> {
  return (await fsp.readdir(dir).catch(() => [])).sort();
}

async function interpreterKind(path: HostPath): Promise<InterpreterKind> {
  const target = (await fsp.realpath(path).catch(() => path)) as HostPath;
  if (!(await exists(target))) return 'missing';
  try {
    return withFileSource(target, (source) => {
      if (source.read(0, 2).toString('latin1') === '#!') return 'script';
      return readElf(source).segments.some(({ type }) => type === PT.interp) ? 'dynamic' : 'static';
    });
  } catch {
    // Not ours to read, or no ELF file: neither is the question here.
    return 'other';
  }
}
