/**
 * Packs: which programs of a build root get a twin, and what must be known about them. All of that is data in TOML files
 * (docs/packs.md), so that a person can add a pack without touching code; this module says what such a file may hold.
 */
import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { UsageError } from './errors.ts';
import { type ArgumentSet, INDEX } from './index-layout.ts';
import { retargetRulesSchema } from './retarget/rules.ts';

/** What `{...}` without a comma may say in a pack file; core/match.ts fills it in. `{package}`: the guest package. */
const PLACEHOLDERS = ['{triplet}', '{host-triplet}', '{libraries}', '{arch}', '{package}'];

const text = v.pipe(
  v.string(),
  v.nonEmpty('it is empty'),
  v.check(
    (value) => unknownPlaceholder(value) === undefined,
    ({ input }) => `${String(unknownPlaceholder(input))} is no placeholder`,
  ),
);
const path = v.pipe(text, v.startsWith('/', 'a path begins with a slash'));
const globs = v.pipe(v.array(text), v.minLength(1, 'it is empty'));
export const ARGUMENT_SET_NAMES = Object.keys(INDEX.recordFlags) as ArgumentSet[];
const paths = v.pipe(v.array(path), v.minLength(1, 'it is empty'));

function unknownPlaceholder(value: string): string | undefined {
  return value.match(/\{[^{},]*\}/g)?.find((word) => !PLACEHOLDERS.includes(word));
}

/** In what a host program may differ from a guest one so that their answers differ as well. */
export const DIFFERENCES = {
  'byte-order': 'it writes numbers in the byte order of its own machine',
  'word-size': 'its answers depend on the size of a machine word',
  'long-double': 'it computes with long double, which has another precision on the guest',
} as const;
export type Difference = keyof typeof DIFFERENCES;

const packSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'a name is lower-case letters, digits and dashes')),
  about: v.string(),
  /** Which of our installable packages its twins are in (`pack`). Default: one of its own, `<name>-accel`. */
  'ships-in': v.optional(
    v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'a name is lower-case letters, digits and dashes')),
  ),
  /** Programs that get a twin: those of these packages; with `paths`, only where one matches; with `except`, where none does. */
  programs: v.optional(
    v.array(v.strictObject({ packages: globs, paths: v.optional(paths), except: v.optional(paths) })),
    [],
  ),
  /** Packs whose contents are this one's as well (core/pack-parts.ts). */
  includes: v.optional(v.array(text), []),
  /** Packs that have what they name by path to themselves, whether they are used or not (core/pack-parts.ts). */
  'leaves-to': v.optional(v.array(text), []),
  /** Programs of those packages that stay emulated, with the reason that `explain` shows. */
  exclude: v.optional(
    v.array(
      v.union([
        v.strictObject({ paths, why: text }),
        /** Only for guests that differ from the host in this. */
        v.strictObject({ paths, 'where-differs': v.picklist(Object.keys(DIFFERENCES) as Difference[]) }),
      ]),
    ),
    [],
  ),
  /** Programs and libraries whose answers depend on the size of a machine word: their twins have the guest's. */
  'same-word-size': v.optional(v.array(path), []),
  /** Of those, what gets its twin also where the guest's keeps times in 64 bits and the twin in 32: dates end with 2038. */
  'short-times': v.optional(v.array(path), []),
  /** Guest libraries that programs load by their path: they get a twin below /emul. */
  libraries: v.optional(
    v.array(
      v.strictObject({
        paths,
        /** False: the library finds its own libraries beside itself ($ORIGIN), so it is copied as it is. */
        relocate: v.optional(v.boolean(), true),
        /** Programs that fail without it: where it cannot be made, they stay emulated. */
        'needed-by': v.optional(paths),
      }),
    ),
    [],
  ),
  /** Guest files that those libraries' loaders read, copied below /emul. */
  files: v.optional(v.array(v.strictObject({ paths })), []),
  /** Links below /emul, by which a twin finds such files under another name. */
  links: v.optional(v.array(v.strictObject({ path, target: text })), []),
  /** Libraries that programs load by soname while they run, so that no DT_NEEDED names them. */
  load: v.optional(v.array(text), []),
  /** Where the donor has another package name or another directory than the guest. */
  donor: v.optional(
    v.array(
      v.union([
        v.strictObject({ packages: globs, package: text }),
        v.strictObject({ directory: path, 'donor-directory': path }),
        /** [from, to] in the whole path of these files: `perl5.40-{triplet}`. */
        v.strictObject({ paths, replace: v.tuple([text, text]) }),
      ]),
    ),
    [],
  ),
  /** Programs that the dispatcher emulates when they get certain arguments (ARGUMENT_SETS in core/model.ts). */
  'emulate-for': v.optional(v.strictObject(v.entriesFromList(ARGUMENT_SET_NAMES, v.optional(v.array(path), []))), {}),
  /** For the retargeter, by glob on the file name. What may stand there: docs/retargeting.md. */
  retarget: v.optional(v.record(v.string(), retargetRulesSchema), {}),
});

export type Pack = v.InferOutput<typeof packSchema>;

/**
 * Reads a pack file.
 *
 * @param file its name, for the error.
 * @throws UsageError E_PACK with the file and the key that is wrong.
 */
export function parsePack(text: string, file: string): Pack {
  const result = v.safeParse(packSchema, parseToml(text, file));
  if (result.success) return result.output;
  const chain = issueChain(result.issues[0]);
  const key = chain.flatMap((issue) => v.getDotPath(issue) ?? []).join('.') || '(top)';
  throw wrongPack(file, `${key}: ${chain.at(-1)?.message ?? 'it is wrong'}`);
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) {
      throw wrongPack(file, `line ${String(error.line)}: ${error.message.split('\n')[0] ?? ''}`);
    }
    throw error;
  }
}

/** A union's own issue says only that no member fits; what the first member found, below its key, says why. */
function issueChain(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  const [inner] = issue.issues ?? [];
  return inner === undefined ? [issue] : [issue, ...issueChain(inner)];
}

function wrongPack(file: string, why: string): UsageError {
  return new UsageError({
    code: 'E_PACK',
    what: `the pack file ${file} is wrong`,
    why,
    fix: ['Compare it with docs/packs.md'],
  });
}
