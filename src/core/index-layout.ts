/**
 * The writer's side of `/emul/index`. The layout's truth is native/include/emul_index.h, which also explains it;
 * test/integration/index-layout.test.ts compares every offset and size below with what the C compiler says.
 */
export const INDEX = {
  magic: 'EMULIDX\n',
  version: 1,
  headerSizeBytes: 64,
  recordSizeBytes: 256,
  keyMaxBytes: 32,
  twinMaxBytes: 200,
  emulatorBytes: 16,
  headerFlags: { trace: 1 },
  keyKind: { none: 0, buildId: 1, path: 2 },
  recordFlags: {
    'cpu-native': 1,
    offload: 2,
    'own-checksum': 4,
    links: 8,
    libraries: 16,
    sanitize: 32,
    'perl-modules': 64,
    'python-modules': 128,
    'own-build': 512,
    'own-path': 256,
    'general-numeric': 2048,
    'unsigned-format': 4096,
  },
  /** The twin is a 32-bit program, and its libraries lie apart. */
  record32Bit: 1024,
  header: {
    version: 8,
    flags: 12,
    slotCount: 16,
    maxProbe: 20,
    recordCount: 24,
    guestMachine: 28,
    guestClass: 30,
    guestData: 31,
    fileSize: 32,
    fastPauth: 40,
    sum: 56,
  },
  record: {
    key: 0,
    keySize: 32,
    keyKind: 33,
    flags: 34,
    twinSize: 36,
    reserved: 38,
    twin: 40,
    guestSize: 240,
    sum: 248,
  },
} as const;

export type IndexKey =
  | { readonly kind: 'build-id'; readonly buildId: string }
  | { readonly kind: 'path'; readonly path: string; readonly sizeBytes: number };

/** When a tool is emulated: with a set of arguments (native/dispatcher/arguments.c lists them), and more of that kind. */
export type ArgumentSet = keyof typeof INDEX.recordFlags;

export interface IndexRecord {
  readonly key: IndexKey;
  /** Absolute path of the twin as the guest sees it. */
  readonly twin: string;
  /** Of the guest binary: a file of another size is another file, whatever its build-id says. */
  readonly guestSizeBytes: number;
  readonly emulateFor?: readonly ArgumentSet[];
  readonly is32Bit?: boolean;
}

export interface IndexGuest {
  readonly elfMachine: number;
  readonly elfClass: 32 | 64;
  readonly endian: 'little' | 'big';
}

const ODD = 0x9e3779b97f4a7c15n;
const MASK64 = (1n << 64n) - 1n;

/** `emul_sum` of emul_index.h. */
export function emulSum(bytes: Buffer): bigint {
  let state = ODD;
  const wholeBytes = bytes.length - (bytes.length % 8);
  const step = (word: bigint): void => {
    state = ((state ^ word) * ODD) & MASK64;
    state = ((state << 29n) | (state >> 35n)) & MASK64;
  };
  for (let at = 0; at < wholeBytes; at += 8) step(bytes.readBigUInt64LE(at));
  if (wholeBytes < bytes.length) {
    const last = Buffer.alloc(8);
    bytes.copy(last, 0, wholeBytes);
    step(last.readBigUInt64LE(0));
  }
  state = ((state ^ BigInt(bytes.length)) * ODD) & MASK64;
  return state ^ (state >> 32n);
}

/** What the header says beside the guest. */
export interface IndexOptions {
  /** Bits of `INDEX.headerFlags`. */
  readonly flags?: number;
  /** The build-id, in hex, of an emulator that is told to sign pointers the quick way (core/emulators.ts). */
  readonly fastPauth?: string;
}

/**
 * Lays out an index file. The same records in any order give the same bytes.
 *
 * Half of the slots at most are taken, so that a lookup nearly always reads one record.
 *
 * @throws RangeError for a key or a twin path that does not fit; callers select only those that do.
 */
export function encodeIndex(guest: IndexGuest, records: readonly IndexRecord[], options: IndexOptions = {}): Buffer {
  const encoded = records.map(encodeRecord).sort((a, b) => Buffer.compare(a, b));
  const slotCount = slotsFor(encoded.length);
  const slots = new Array<Buffer | undefined>(slotCount).fill(undefined);
  let maxProbe = 1;
  for (const record of encoded) {
    let slot = record.readUInt32LE(0) & (slotCount - 1);
    let probe = 1;
    for (; slots[slot] !== undefined; probe++) slot = (slot + 1) & (slotCount - 1);
    slots[slot] = record;
    maxProbe = Math.max(maxProbe, probe);
  }
  const empty = seal(Buffer.alloc(INDEX.recordSizeBytes), INDEX.record.sum);
  const header = Buffer.alloc(INDEX.headerSizeBytes);
  header.write(INDEX.magic, 'latin1');
  header.writeUInt32LE(INDEX.version, INDEX.header.version);
  header.writeUInt32LE(options.flags ?? 0, INDEX.header.flags);
  header.writeUInt32LE(slotCount, INDEX.header.slotCount);
  header.writeUInt32LE(maxProbe, INDEX.header.maxProbe);
  header.writeUInt32LE(encoded.length, INDEX.header.recordCount);
  header.writeUInt16LE(guest.elfMachine, INDEX.header.guestMachine);
  header.writeUInt8(guest.elfClass === 64 ? 2 : 1, INDEX.header.guestClass);
  header.writeUInt8(guest.endian === 'little' ? 1 : 2, INDEX.header.guestData);
  header.writeBigUInt64LE(BigInt(INDEX.headerSizeBytes + slotCount * INDEX.recordSizeBytes), INDEX.header.fileSize);
  Buffer.from(options.fastPauth ?? '', 'hex').copy(header, INDEX.header.fastPauth, 0, INDEX.emulatorBytes);
  return Buffer.concat([seal(header, INDEX.header.sum), ...slots.map((slot) => slot ?? empty)]);
}

/** A copy of an index with other header flags: `run --trace` shows the root such a copy. */
export function withIndexFlags(index: Buffer, flags: number): Buffer {
  const copy = Buffer.from(index);
  copy.writeUInt32LE(flags, INDEX.header.flags);
  seal(copy.subarray(0, INDEX.headerSizeBytes), INDEX.header.sum);
  return copy;
}

function slotsFor(records: number): number {
  let slots = 1;
  while (slots < 2 * records) slots *= 2;
  return slots;
}

function encodeRecord(record: IndexRecord): Buffer {
  const bytes = Buffer.alloc(INDEX.recordSizeBytes);
  const key = encodeKey(record.key);
  const twin = Buffer.from(record.twin);
  if (twin.length === 0 || twin.length >= INDEX.twinMaxBytes) {
    throw new RangeError(`twin path of ${String(twin.length)} bytes does not fit the index: ${record.twin}`);
  }
  key.copy(bytes, INDEX.record.key);
  bytes.writeUInt8(key.length, INDEX.record.keySize);
  bytes.writeUInt8(record.key.kind === 'path' ? INDEX.keyKind.path : INDEX.keyKind.buildId, INDEX.record.keyKind);
  bytes.writeUInt16LE(recordFlags(record), INDEX.record.flags);
  bytes.writeUInt16LE(twin.length, INDEX.record.twinSize);
  twin.copy(bytes, INDEX.record.twin);
  bytes.writeBigUInt64LE(BigInt(record.guestSizeBytes), INDEX.record.guestSize);
  return seal(bytes, INDEX.record.sum);
}

function recordFlags({ emulateFor = [], is32Bit = false }: IndexRecord): number {
  return emulateFor.reduce((flags, set) => flags | INDEX.recordFlags[set], is32Bit ? INDEX.record32Bit : 0);
}

/** The bytes of a key as they stand in a record. */
export function encodeKey(key: IndexKey): Buffer {
  if (key.kind === 'path') {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(emulSum(Buffer.from(key.path)), 0);
    bytes.writeBigUInt64LE(BigInt(key.sizeBytes), 8);
    return bytes;
  }
  const bytes = Buffer.from(key.buildId, 'hex');
  if (bytes.length < 8 || bytes.length > INDEX.keyMaxBytes || bytes.length * 2 !== key.buildId.length) {
    throw new RangeError(`build-id '${key.buildId}' does not fit the index`);
  }
  return bytes;
}

function seal(bytes: Buffer, sumAt: number): Buffer {
  bytes.writeBigUInt64LE(emulSum(bytes.subarray(0, sumAt)), sumAt);
  return bytes;
}
