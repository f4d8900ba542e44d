import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatStanza, parseDeb822 } from '../../src/core/deb822.ts';

describe('deb822', () => {
  test('stanzas end at empty lines, values may have several lines', () => {
    const text = 'Package: a\nDescription: one\n two\n .\n  four\n\n \nPACKAGE: b\n';
    expect(parseDeb822(text).map((stanza) => Object.fromEntries(stanza))).toEqual([
      { package: 'a', description: 'one\ntwo\n\n four' },
      { package: 'b' },
    ]);
  });

  test('comments are dropped, also inside a value; lines that are no field do not spoil the stanza', () => {
    const text = '# top\nSuites: trixie\n# inside\n trixie-updates\nnonsense\n lost\n: x\nEnabled: no';
    expect(parseDeb822(text).map((stanza) => Object.fromEntries(stanza))).toEqual([
      { suites: 'trixie\ntrixie-updates', enabled: 'no' },
    ]);
  });

  test('nothing in, nothing out', () => {
    expect(parseDeb822('')).toEqual([]);
    expect(parseDeb822('\n\n# only words\n')).toEqual([]);
  });

  test('what was written is read back', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const line = fc.stringMatching(/^([!-~]( ?[!-~])*)?$/).filter((text) => text !== '.' && !text.startsWith('#'));
    const value = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1, noNullPrototype: true }), (fields) => {
        const [stanza] = parseDeb822(formatStanza(Object.entries(fields)));
        expect(Object.fromEntries(stanza ?? [])).toEqual(fields);
      }),
    );
  });
});
