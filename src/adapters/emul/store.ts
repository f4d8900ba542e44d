/**
 * What was made once, kept by content: `objects/<sha256>` holds files, `<kind>/<key>.json` the answers that led to them.
 * Every file appears by rename(2), so a killed run leaves at most something in `tmp`, and many installs share the store
 * without a lock.
 */
import { createHash, randomBytes } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { cacheDir, readTextIfThere, statOrUndefined, translateErrno } from '../../os/fs.ts';
import { sha256OfFile } from '../../os/hash-file.ts';

/** `twins`: what became of a donor file. `asks`: what the donor had for a guest file. `trees`: whole emul trees. */
export type AnswerKind = 'twins' | 'asks' | 'trees';

export interface StoredObject {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface Store {
  readonly objectPath: (sha256: string) => HostPath;
  /** False also for an object that is not as long as it was when it was stored: a disk that was full. */
  readonly hasObject: (object: StoredObject) => Promise<boolean>;
  /** A name for a file to be made; nothing is there. */
  readonly temporaryPath: () => HostPath;
  /** Moves a finished file in; the name it had is gone. */
  readonly adopt: (temporary: HostPath) => Promise<StoredObject>;
  readonly put: (content: string | Buffer) => Promise<StoredObject>;
  readonly readAnswer: (kind: AnswerKind, key: string) => Promise<unknown>;
  readonly writeAnswer: (kind: AnswerKind, key: string, answer: unknown) => Promise<void>;
  /** Removes what this run has left in `tmp`. */
  readonly dispose: () => Promise<void>;
}

const HOUR_MS = 60 * 60 * 1000;

/** @throws EnvironmentError E_NO_SPACE, E_PERMISSION, E_IO of the cache directory. */
export async function openStore(base: HostPath = cacheDir()): Promise<Store> {
  const own = joinHost(base, 'tmp', `${String(process.pid)}-${randomBytes(4).toString('hex')}`);
  try {
    for (const dir of ['objects', 'twins', 'asks', 'trees', 'tmp']) {
      await fsp.mkdir(joinHost(base, dir), { recursive: true });
    }
    await removeStale(joinHost(base, 'tmp'));
    await fsp.mkdir(own);
  } catch (error) {
    throw translateErrno(`use the cache ${base}`, error);
  }
  return makeStore(base, own);
}

function makeStore(base: HostPath, own: HostPath): Store {
  let serial = 0;
  const objectPath = (sha256: string): HostPath => joinHost(base, 'objects', sha256);
  const answerPath = (kind: AnswerKind, key: string): HostPath => joinHost(base, kind, `${key}.json`);
  const temporaryPath = (): HostPath => joinHost(own, String(serial++));
  const adopt = async (temporary: HostPath): Promise<StoredObject> => {
    const sha256 = await sha256OfFile(temporary);
    await fsp.chmod(temporary, 0o644);
    await fsp.rename(temporary, objectPath(sha256));
    return { sha256, sizeBytes: (await fsp.stat(objectPath(sha256))).size };
  };
  const put = async (content: string | Buffer): Promise<StoredObject> => {
    const temporary = temporaryPath();
    await fsp.writeFile(temporary, content);
    return adopt(temporary);
  };
  return {
    objectPath,
    temporaryPath,
    adopt,
    put,
    hasObject: async ({ sha256, sizeBytes }) => (await statOrUndefined(objectPath(sha256)))?.size === sizeBytes,
    readAnswer: async (kind, key) => {
      const text = await readTextIfThere(answerPath(kind, key));
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    writeAnswer: async (kind, key, answer) => {
      const temporary = temporaryPath();
      await fsp.writeFile(temporary, JSON.stringify(answer));
      await fsp.rename(temporary, answerPath(kind, key));
    },
    dispose: () => fsp.rm(own, { recursive: true, force: true }),
  };
}

/** The key of an answer: the same values give the same key. */
export function answerKey(...inputs: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** What a killed run left. One that is still at work touches its directory all the time. */
async function removeStale(tmp: HostPath): Promise<void> {
  for (const name of await fsp.readdir(tmp)) {
    const path = joinHost(tmp, name);
    const stats = await statOrUndefined(path);
    if (stats !== undefined && Date.now() - Number(stats.mtimeMs) > HOUR_MS)
      await fsp.rm(path, { recursive: true, force: true });
  }
}
