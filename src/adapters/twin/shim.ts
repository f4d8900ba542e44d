/**
 * The shim, `libemul.so`, as the twins' maker sees it: which twins need it, and the configuration block that its copy in
 * an emul tree carries. The block's truth is native/shim/config.h; test/integration/shim.test.ts compares the two.
 */
import { AccelError } from '../../core/errors.ts';

export const SHIM_SONAME = 'libemul.so';

/** What libemul.so answers in libc's place; what it only watches (native/shim/effects.h) needs no shim. */
export const WRAPPED_SYMBOLS = [
  '__readlink_chk',
  '__readlinkat_chk',
  'dlerror',
  'dlmopen',
  'dlopen',
  'readlink',
  'readlinkat',
  'uname',
] as const;

/** struct shim_config: offsets and sizes in bytes. */
export const SHIM_CONFIG = {
  magic: 'EMULSHIM',
  version: 2,
  sizeBytes: 128,
  versionAt: 8,
  /** Texts, NUL-terminated. */
  fields: {
    machine: { at: 12, maxBytes: 65 },
    emulator: { at: 77, maxBytes: 16 },
    triplet: { at: 93, maxBytes: 32 },
  },
} as const;

export interface ShimGuest {
  /** What `uname -m` prints under emulation; ASCII, at most 64 characters. */
  readonly machine: string;
  /** `qemu-<emulator>` runs the guest's programs. */
  readonly emulator: string;
  /** Names the guest's library directories. */
  readonly triplet: string;
}

/**
 * Whether a twin must load the shim.
 *
 * @param importedSymbols undefined symbols, without versions, of the twin and of every library that it loads: the shim
 *   wraps a symbol for the whole process or not at all.
 */
export function needsShim(importedSymbols: ReadonlySet<string>): boolean {
  return WRAPPED_SYMBOLS.some((symbol) => importedSymbols.has(symbol));
}

/**
 * A copy of libemul.so that answers for `guest`. Configuring a configured one again is allowed.
 *
 * @throws AccelError E_ELF when the bytes hold no configuration block, or more than one.
 * @throws RangeError for a name that does not fit.
 */
export function configureShim(bytes: Buffer, guest: ShimGuest): Buffer {
  const block = findBlock(bytes);
  const configured = Buffer.from(bytes);
  for (const [name, { at, maxBytes }] of Object.entries(SHIM_CONFIG.fields)) {
    const text = guest[name as keyof typeof SHIM_CONFIG.fields];
    if (!/^[\x21-\x7e]+$/.test(text) || text.length >= maxBytes) throw new RangeError(`'${text}' is no ${name}`);
    configured.fill(0, block + at, block + at + maxBytes);
    configured.write(text, block + at, 'ascii');
  }
  return configured;
}

function findBlock(bytes: Buffer): number {
  const header = Buffer.alloc(SHIM_CONFIG.versionAt + 4);
  header.write(SHIM_CONFIG.magic, 'latin1');
  header.writeUInt32LE(SHIM_CONFIG.version, SHIM_CONFIG.versionAt);
  const at = bytes.indexOf(header);
  const isWhole = at >= 0 && at + SHIM_CONFIG.sizeBytes <= bytes.length;
  if (isWhole && bytes.indexOf(header, at + 1) < 0) return at;
  throw new AccelError({
    code: 'E_ELF',
    what: `${SHIM_SONAME} cannot be configured for the guest`,
    why: isWhole ? 'it holds more than one configuration block' : 'it holds no configuration block of this version',
    fix: ['Build it again: npm run build:native'],
  });
}
