/**
 * Reads `/emul/index` back and checks every byte of it, for `list` and `doctor`: the dispatcher checks only what it needs
 * for one lookup, and is silent about what is wrong.
 */
import { emulSum, encodeKey, INDEX, type IndexGuest, type IndexKey } from './index-layout.ts';
import type { GuestBinary } from './model.ts';

/** emul_index.h: EMUL_KEY_BUILD_ID keys are 8 to 32 bytes. */
const MIN_BUILD_ID_BYTES = 8;

export interface ReadRecord {
  /** Lower-case hex of the key as it stands in the record. */
  readonly key: string;
  readonly keyKind: number;
  readonly twin: string;
  readonly flags: number;
}

export type IndexReading =
  | { readonly kind: 'good'; readonly flags: number; readonly records: readonly ReadRecord[] }
  | { readonly kind: 'damaged'; readonly why: string };

export function readIndex(bytes: Buffer, guest: IndexGuest): IndexReading {
  const why = headerFault(bytes, guest);
  if (why !== undefined) return { kind: 'damaged', why };
  const slots = bytes.readUInt32LE(INDEX.header.slotCount);
  const records: ReadRecord[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const at = INDEX.headerSizeBytes + slot * INDEX.recordSizeBytes;
    const record = bytes.subarray(at, at + INDEX.recordSizeBytes);
    const { sum } = INDEX.record;
    if (record.readBigUInt64LE(sum) !== emulSum(record.subarray(0, sum))) {
      return { kind: 'damaged', why: `record ${String(slot)} has a wrong checksum` };
    }
    if (record.readUInt8(INDEX.record.keyKind) !== INDEX.keyKind.none) records.push(readRecord(record));
  }
  if (records.length !== bytes.readUInt32LE(INDEX.header.recordCount)) {
    return { kind: 'damaged', why: 'it holds another number of records than it says' };
  }
  return { kind: 'good', flags: bytes.readUInt32LE(INDEX.header.flags), records };
}

function headerFault(bytes: Buffer, guest: IndexGuest): string | undefined {
  const at = INDEX.header;
  if (bytes.length < INDEX.headerSizeBytes) return 'it is shorter than its header';
  if (bytes.toString('latin1', 0, INDEX.magic.length) !== INDEX.magic) return 'it is no index';
  if (bytes.readBigUInt64LE(at.sum) !== emulSum(bytes.subarray(0, at.sum))) return 'its header has a wrong checksum';
  const version = bytes.readUInt32LE(at.version);
  if (version !== INDEX.version) return `it is of version ${String(version)}`;
  const size = INDEX.headerSizeBytes + bytes.readUInt32LE(at.slotCount) * INDEX.recordSizeBytes;
  if (size !== bytes.length) return `it is ${String(bytes.length)} bytes long, and should be ${String(size)}`;
  const isOfGuest =
    bytes.readUInt16LE(at.guestMachine) === guest.elfMachine &&
    bytes.readUInt8(at.guestClass) === (guest.elfClass === 64 ? 2 : 1) &&
    bytes.readUInt8(at.guestData) === (guest.endian === 'little' ? 1 : 2);
  return isOfGuest ? undefined : 'it is for another architecture';
}

function readRecord(record: Buffer): ReadRecord {
  const at = INDEX.record;
  return {
    key: record.toString('hex', at.key, at.key + record.readUInt8(at.keySize)),
    keyKind: record.readUInt8(at.keyKind),
    twin: record.toString('utf8', at.twin, at.twin + record.readUInt16LE(at.twinSize)),
    flags: record.readUInt16LE(at.flags),
  };
}

/** By what the index knows a guest binary: its build-id, or path and size where it has none that fits. */
export function indexKeyOf({ buildId, path, sizeBytes }: GuestBinary): IndexKey {
  const sizeOfId = (buildId ?? '').length / 2;
  const fits = sizeOfId >= MIN_BUILD_ID_BYTES && sizeOfId <= INDEX.keyMaxBytes;
  return fits && buildId !== undefined ? { kind: 'build-id', buildId } : { kind: 'path', path, sizeBytes };
}

/** The record of a guest binary, as the dispatcher would find it: of hard links that have records, its own. */
export function recordOf(records: readonly ReadRecord[], binary: GuestBinary): ReadRecord | undefined {
  const key = encodeKey(indexKeyOf(binary)).toString('hex');
  const ofKey = records.filter((record) => record.key === key);
  return ofKey.find(({ twin }) => twin.endsWith(binary.path)) ?? ofKey[0];
}
