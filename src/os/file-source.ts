/** A file as a ByteSource: only the parts that are asked for are read. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../core/elf/source.ts';
import type { HostPath } from '../core/paths.ts';

/** Most headers, notes and dynamic sections lie here: one read answers nearly every question about a file. */
const HEAD_BYTES = 4096;

/** Runs `use` on the open file. Symbolic links are followed. Synchronous: a root has thousands of files. */
export function withFileSource<T>(path: HostPath, use: (source: ByteSource) => T): T {
  const descriptor = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(descriptor).size;
    const readAt = (offset: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      const got = readSync(descriptor, bytes, 0, length, offset);
      return got === length ? bytes : bytes.subarray(0, got);
    };
    const head = readAt(0, Math.min(HEAD_BYTES, sizeBytes));
    return use({
      sizeBytes,
      read: (offset, length) =>
        offset + length <= head.length ? head.subarray(offset, offset + length) : readAt(offset, length),
    });
  } finally {
    closeSync(descriptor);
  }
}
