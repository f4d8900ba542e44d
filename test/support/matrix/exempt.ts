/** The one difference that is known and accepted. */
import type { Snippet } from '../two-sides.ts';

export const OFFLOAD_LINES: NonNullable<Snippet['exempt']> = {
  lines: /^OFFLOAD_TARGET_(NAMES=nvptx-none|DEFAULT=1)$/,
  why: 'a driver that can offload tells lto-wrapper so, by two variables that -v shows; calls that offload are emulated',
};
