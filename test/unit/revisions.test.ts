import { describe, expect, test } from 'vitest';
import type { TwinRecord } from '../../src/core/model.ts';
import { otherRevisions, revisionReasons, withoutRevisions } from '../../src/core/revisions.ts';

const twin = (guest: string, donorVersion: string, note?: string): TwinRecord =>
  ({ guestVersion: `gcc-12=${guest}`, donorVersion, ...(note === undefined ? {} : { note }) }) as unknown as TwinRecord;
const REVISIONS = otherRevisions([
  twin('9.1-1', '9.1-1'),
  twin('12.2.0-14+deb12u1', '12.2.0-14cross1', 'another revision'),
  twin('12.2.0-14+deb12u1', '12.2.0-14cross1', 'another revision'),
]);

describe('other revisions', () => {
  test('are counted, with what each side says of itself', () => {
    expect(REVISIONS).toEqual([{ note: 'another revision', twins: 2, guest: '12.2.0-14+deb12u1', donor: '12.2.0-14' }]);
  });

  test('explain that they are told, and nothing else', () => {
    const guest = 'gcc (Debian 12.2.0-14+deb12u1) 12.2.0\n';
    const told = (side: 'guest' | 'donor', text: string): string => withoutRevisions(REVISIONS, side, text);
    expect(told('donor', 'gcc (Debian 12.2.0-14) 12.2.0\n')).toBe(told('guest', guest));
    expect(told('donor', guest)).toBe(told('guest', guest));
    expect(told('guest', 'gcc (Debian 12.2.0-14) 12.2.0\n')).not.toBe(told('guest', guest));
    expect(told('donor', 'gcc (Debian 12.2.0-13) 12.2.0\n')).not.toBe(told('guest', guest));
    expect(told('donor', 'gcc (Debian 12.2.0-14) 12.2.0\nmore\n')).not.toBe(told('guest', guest));
    expect(revisionReasons(REVISIONS, guest, 'gcc (Debian 12.2.0-14) 12.2.0\n')).toEqual(['another revision']);
    expect(revisionReasons(REVISIONS, 'a\n', 'b\n')).toEqual([]);
  });
});
