import { expect, test } from 'vitest';
import { stringsMatching } from '../../src/core/retarget/strings.ts';

const TRIPLET = 'x86_64-pc-linux-gnu';

test.each([
  ['behind a NUL', '\u0000', TRIPLET],
  ['behind a table of jumps back, which has no NUL', '\u0062\u0074\u00fd\u00ff\u007b\u007c\u00ff\u00ff', TRIPLET],
  ['behind text of its own, in UTF-8', '\u0000f\u00c3\u00bcr ', `f\u00c3\u00bcr ${TRIPLET}`],
])('a string begins %s', (_, before, text) => {
  const bytes = Buffer.from(`${before}${TRIPLET}\0more\0`, 'latin1');
  const section = { vaddr: 0x1000 } as Parameters<typeof stringsMatching>[0][number]['section'];
  const found = stringsMatching([{ section, bytes, text: bytes.toString('latin1') }], /x86_64/g);
  const vaddr = 0x1000 + bytes.indexOf(text, 0, 'latin1');
  expect(found).toEqual([{ vaddr, text, isTerminated: true }]);
});
