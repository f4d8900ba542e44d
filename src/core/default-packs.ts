/** Apart from packs.ts, so that a command line that reads no pack does not load the parsers of packs. */

/** What is used where nobody says `--pack`; the order says which pack names a program first. */
export const DEFAULT_PACKS = ['system', 'base', 'toolchain', 'perl', 'python', 'packaging', 'build', 'clang'] as const;

/** What comes with the program, and is used where somebody asks for it. */
export const OPTIONAL_PACKS = ['short-times'] as const;

/** Has the rules of the C library and of what nearly every program loads. */
export const BASE_PACK = 'base';
