/** What a pack may say about the retargeting of its tools (docs/retargeting.md). Data: it comes from packs/*.toml. */
export interface RetargetRules {
  /** Text that betrays a donor's build beside the host's names: `gcc-cross`. */
  readonly reveal?: readonly string[];
  /** [from, to]: replacements in the donor's string before its counterpart is looked for. */
  readonly rewrite?: readonly (readonly [string, string])[];
  /** The donor's and the guest's string that begin so are one pair, whatever follows: `../src/configure -v `. */
  readonly pairPrefix?: readonly string[];
  /** Exported data symbols that get the guest's content, pointers to strings included: `cpp_include_defaults`. */
  readonly transplant?: readonly string[];
  /** [donor's, guest's]: text that code builds from a 16-byte constant and a rest (copied.ts). */
  readonly copied?: readonly (readonly [string, string])[];
  /** The gcc driver: each named spec gets the guest's text. */
  readonly specs?: boolean;
  /** Code passes the length beside the pointer (perl's STR_WITH_LEN): change it too. */
  readonly lengths?: boolean;
  /** Strings that may stay, as regular expressions: no path of the program prints them. The reason is the value. */
  readonly keep?: Readonly<Record<string, string>>;
}
