import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { HostPath } from '../core/paths.ts';

/** SHA-256 of a file's bytes, lower-case hex; without loading it whole. */
export async function sha256OfFile(path: HostPath): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
