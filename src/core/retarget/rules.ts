/** What a pack may say about the retargeting of its tools (docs/retargeting.md). Data: it comes from packs/*.toml. */
import * as v from 'valibot';

const text = v.pipe(v.string(), v.nonEmpty('it is empty'));
const replacement = v.tuple([text, text]);

export const retargetRulesSchema = v.strictObject({
  /** Text that betrays a donor's build beside the host's names: `gcc-cross`. */
  reveal: v.optional(v.array(text), []),
  /** [from, to]: replacements in the donor's string before its counterpart is looked for. */
  rewrite: v.optional(v.array(replacement), []),
  /** The donor's and the guest's string that begin so are one pair, whatever follows: `../src/configure -v `. */
  'pair-prefix': v.optional(v.array(text), []),
  /** [from, to]: whole strings replaced where they stand; the new one is not longer (in-place.ts). */
  'in-place': v.optional(v.array(replacement), []),
  /** Exported data that gets the guest's content: an array of characters, or a size_t. */
  transplant: v.optional(v.record(text, v.picklist(['text', 'number'])), {}),
  /** cc1: the table of include directories becomes the guest's (includes.ts). */
  includes: v.optional(v.boolean(), false),
  /** collect2: the tools that it calls lose the triplet before their name (unprefix.ts). */
  'drop-tool-prefix': v.optional(v.boolean(), false),
  /** [donor's, guest's]: text that code builds from a 16-byte constant and a rest (copied.ts). */
  copied: v.optional(v.array(replacement), []),
  /** librpm: these eight bytes, an immediate of its code, become the guest's machine name (machine-in-code.ts). */
  'machine-in-code': v.optional(v.array(v.pipe(v.string(), v.regex(/^\w{8}$/, 'it is not eight letters'))), []),
  /** [donor's, guest's]: a word of five letters that code writes into a std::string (word-in-code.ts). */
  'word-in-code': v.optional(
    v.array(v.tuple([v.pipe(v.string(), v.regex(/^\w{5}$/, 'it is not five letters')), text])),
    [],
  ),
  /** The gcc driver: each named spec gets the guest's text. */
  specs: v.optional(v.boolean(), false),
  /** Code passes a string's length beside its pointer (perl): both are changed (lengths.ts). */
  lengths: v.optional(v.boolean(), false),
  /** LLVM: it knows the names of all machines, and only its own triple tells its machine (own-triple.ts). */
  'every-machine': v.optional(v.boolean(), false),
  /** python: on 32-bit machines the table of `struct` gets the guest's alignment (struct-table.ts). */
  'struct-table': v.optional(v.boolean(), false),
  /** Strings that may stay, as regular expressions, each with the reason why no answer shows them. */
  keep: v.optional(v.record(text, text), {}),
});

export type RetargetRules = v.InferOutput<typeof retargetRulesSchema>;

export const NO_RULES: RetargetRules = v.parse(retargetRulesSchema, {});
