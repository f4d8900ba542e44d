/**
 * Compares what two builds of one source have produced, byte by byte. The source tree itself need not be left out: it is
 * the same on both sides.
 */
import { promises as fsp } from 'node:fs';
import { posix } from 'node:path';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';

export interface Comparison {
  /** Objects, libraries and programs that both builds have, with the same bytes. */
  readonly identicalCompiled: number;
  /** Everything else that both have, with the same bytes. */
  readonly identicalOthers: number;
  /** Below the trees' top: with other bytes or another mode, or on one side only. Sorted. */
  readonly different: readonly string[];
}

/** Logs tell the time, the process numbers and the machine; nothing is made from them. */
const LOGS = /(^|\/)config\.log$/;

/** @throws EnvironmentError when a tree cannot be read. */
export async function compareTrees(left: HostPath, right: HostPath): Promise<Comparison> {
  return withErrno(`compare ${left} with ${right}`, async () => {
    const names = new Set([...(await listFiles(left)), ...(await listFiles(right))]);
    const different: string[] = [];
    let identicalCompiled = 0;
    let identicalOthers = 0;
    for (const name of [...names].sort()) {
      const [a, b] = [await readEntry(joinHost(left, name)), await readEntry(joinHost(right, name))];
      if (!a || !b || !isSame(a, b)) different.push(name);
      else if (isCompiled(a.content)) identicalCompiled++;
      else identicalOthers++;
    }
    return { identicalCompiled, identicalOthers, different };
  });
}

async function listFiles(top: HostPath): Promise<string[]> {
  const entries = await fsp.readdir(top, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => posix.relative(top, joinHost(entry.parentPath as HostPath, entry.name)))
    .filter((name) => !LOGS.test(name));
}

interface Entry {
  /** The type and mode of a file, `link` of a symbolic link. */
  readonly kind: string;
  readonly content: Buffer;
}

async function readEntry(path: HostPath): Promise<Entry | undefined> {
  const stat = await fsp.lstat(path).catch(() => undefined);
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return { kind: 'link', content: Buffer.from(await fsp.readlink(path)) };
  const kind = stat.mode.toString(8);
  return { kind, content: stat.isFile() ? await fsp.readFile(path) : Buffer.alloc(0) };
}

function isSame(a: Entry, b: Entry): boolean {
  return a.kind === b.kind && a.content.equals(b.content);
}

/** ELF (objects, programs, shared libraries) or ar (static libraries). */
function isCompiled(content: Buffer): boolean {
  return content.subarray(0, 4).equals(ELF_MAGIC) || content.subarray(0, 8).equals(AR_MAGIC);
}

const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');
const AR_MAGIC = Buffer.from('!<arch>\n', 'latin1');
