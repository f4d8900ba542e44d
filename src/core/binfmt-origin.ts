/**
 * Who has put an entry into the table. The kernel does not know, so this goes by the files in which programs declare what
 * they register, and where nothing declares an entry, by the marks that known tools leave.
 */
import { magicMatch, isSameMatch, parseRegistration, shownFlags, type BinfmtEntry } from './binfmt.ts';

export type OriginKind = 'qemu-accel' | 'systemd-binfmt' | 'binfmt-support' | 'build service' | 'container' | 'unknown';

export interface Origin {
  readonly kind: OriginKind;
  /** The file that declares it. Without one the origin is a guess from the entry's looks. */
  readonly file?: string;
}

/** An entry as a file of the system declares it. */
export interface Declaration {
  readonly kind: 'systemd-binfmt' | 'binfmt-support';
  readonly file: string;
  readonly entry: BinfmtEntry;
}

/** The directory in which our own registered dispatchers are. */
export const OWN_PLACE = '/var/lib/qemu-accel';

/** Marks of tools that declare nothing, the more telling ones first. */
const MARKS: readonly { readonly kind: OriginKind; readonly fits: (entry: BinfmtEntry) => boolean }[] = [
  { kind: 'qemu-accel', fits: ({ interpreter }) => interpreter.startsWith(`${OWN_PLACE}/`) },
  // gbs and obs-build: named after the architecture alone, and a dispatcher where the root has one.
  {
    kind: 'build service',
    fits: ({ name, interpreter }) => !name.startsWith('qemu-') && /^\/usr\/bin\/qemu-[^/]*$/.test(interpreter),
  },
  // tonistiigi/binfmt and multiarch/qemu-user-static: a path in their own image, held open by the kernel.
  {
    kind: 'container',
    fits: ({ name, interpreter, flags }) =>
      name.startsWith('qemu-') && flags.includes('F') && /^\/usr\/bin\/qemu-[^/]*$/.test(interpreter),
  },
];

/** @param declarations what the files of the system say; of two that fit, the one with the same flags is taken. */
export function originOf(entry: BinfmtEntry, declarations: readonly Declaration[]): Origin {
  const own = MARKS.find(({ kind, fits }) => kind === 'qemu-accel' && fits(entry));
  const fitting = declarations.filter(({ entry: declared }) => isDeclared(entry, declared));
  const exact = fitting.find(({ entry: declared }) => shownFlags(declared.flags) === shownFlags(entry.flags));
  const declared = exact ?? fitting[0];
  if (declared !== undefined) return { kind: own?.kind ?? declared.kind, file: declared.file };
  return { kind: MARKS.find(({ fits }) => fits(entry))?.kind ?? 'unknown' };
}

function isDeclared(entry: BinfmtEntry, declared: BinfmtEntry): boolean {
  return (
    entry.name === declared.name &&
    entry.interpreter === declared.interpreter &&
    isSameMatch(entry.match, declared.match)
  );
}

/** The entries of one file of binfmt.d (binfmt.d(5)): one a line; `#` and `;` begin comments. */
export function parseBinfmtD(file: string, text: string): readonly Declaration[] {
  return text.split('\n').flatMap((line) => {
    const rule = line.trim();
    if (rule === '' || rule.startsWith('#') || rule.startsWith(';')) return [];
    const entry = parseRegistration(rule);
    return entry === undefined ? [] : [{ kind: 'systemd-binfmt' as const, file, entry }];
  });
}

/** Fields of /var/lib/binfmts/<name>, by line (format.c of binfmt-support). */
const ADMIN_FIELDS = ['package', 'type', 'offset', 'magic', 'mask', 'interpreter', 'detector', 'credentials'] as const;
const ADMIN_MORE = ['preserve', 'fix_binary'] as const;

/** A format that update-binfmts has imported: /var/lib/binfmts/<name>, one value a line. */
export function parseAdminFormat(file: string, text: string): readonly Declaration[] {
  const lines = text.split('\n');
  const fields = [...ADMIN_FIELDS, ...ADMIN_MORE].map((key, at) => [key, lines[at] ?? ''] as const);
  const format = new Map<string, string>(fields);
  if (format.get('type') === 'extension') format.set('extension', format.get('magic') ?? '');
  return declarationOf(file, format);
}

/** A format that a package ships: /usr/share/binfmts/<name>, a key and a value a line (update-binfmts(8)). */
export function parseShippedFormat(file: string, text: string): readonly Declaration[] {
  const pairs = text.split('\n').map((line) => /^\s*(\S+)\s+(.*?)\s*$/.exec(line));
  return declarationOf(file, new Map(pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : []))));
}

const FLAG_KEYS = { P: 'preserve', C: 'credentials', F: 'fix_binary' } as const;

function declarationOf(file: string, format: ReadonlyMap<string, string>): readonly Declaration[] {
  const interpreter = format.get('interpreter');
  const name = file.slice(file.lastIndexOf('/') + 1);
  const extension = format.get('extension');
  const magic = format.get('magic');
  if (interpreter === undefined || interpreter === '' || (extension ?? magic ?? '') === '') return [];
  const match =
    extension === undefined
      ? magicMatch(Number(format.get('offset') ?? 0), magic ?? '', format.get('mask') ?? '')
      : ({ kind: 'extension', extension } as const);
  const set = Object.entries(FLAG_KEYS).filter(([, key]) => format.get(key) === 'yes');
  const flags = shownFlags(set.map(([flag]) => flag).join(''));
  return [{ kind: 'binfmt-support', file, entry: { name, isEnabled: true, interpreter, flags, match } }];
}
