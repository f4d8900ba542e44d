/** Where the ELF reader takes its bytes from: a buffer, or a file of which only the asked parts are read. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Exactly `length` bytes at `offset`; callers have checked that they lie inside. */
  read(offset: number, length: number): Buffer;
}

export function bufferSource(bytes: Buffer): ByteSource {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
