import { expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { hasSlowPauth } from '../../src/core/emulators.ts';

const ARM64 = guestArch('arm64');

test.each([
  ['qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)', true],
  ['qemu-aarch64 version 9.2.1', true],
  ['qemu-aarch64 version 7.1.0', false],
  ['qemu-aarch64 version 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)', false],
  ['qemu-aarch64 (built by hand)', false],
])('%s signs pointers slowly: %s', (version, isSlow) => {
  expect(hasSlowPauth(ARM64, `${version}\nCopyright ...\n`)).toBe(isSlow);
});

test('programs of other machines sign none', () => {
  expect(hasSlowPauth(guestArch('armhf'), 'qemu-arm version 7.2.22')).toBe(false);
});
