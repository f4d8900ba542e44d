import { expect, test } from 'vitest';
import { guestArch, GUEST_ARCHS } from '../../src/core/arch.ts';
import { debNames, rpmNames } from '../../src/core/package-names.ts';
import { planPackages } from '../../src/core/package-plan.ts';

const FAMILIES = new Map([
  ['base', 'qemu-accel'],
  ['python', 'python-accel'],
  ['clang', 'clang-accel'],
]);

test('a library goes with the only package that loads it, and is shared by the main one', () => {
  const plan = planPackages({
    families: FAMILIES,
    files: [
      { path: '/emul/usr/bin/sed', pack: 'base', needed: ['/emul/usr/lib/libc.so.6'] },
      {
        path: '/emul/usr/bin/python3',
        pack: 'python',
        needed: ['/emul/usr/lib/libpython.so', '/emul/usr/lib/libz.so.1', '/emul/usr/lib/libc.so.6'],
      },
      { path: '/emul/usr/bin/clang', pack: 'clang', needed: ['/emul/usr/lib/libLLVM.so', '/emul/usr/lib/libz.so.1'] },
      { path: '/emul/usr/lib/libpython.so', needed: ['/emul/usr/lib/libexpat.so.1'] },
      { path: '/emul/usr/lib/libexpat.so.1', needed: ['/emul/usr/lib/libc.so.6'] },
      { path: '/emul/usr/lib/libLLVM.so', needed: ['/emul/usr/lib/libedit.so.2'] },
      { path: '/emul/usr/lib/libedit.so.2', needed: [] },
      { path: '/emul/usr/lib/libz.so.1', needed: ['/emul/usr/lib/libdeep.so'] },
      { path: '/emul/usr/lib/libdeep.so', needed: [] },
      { path: '/emul/usr/lib/libc.so.6', needed: [] },
      { path: '/emul/usr/lib/libnss_files.so.2', needed: [] },
      { path: '/emul/index', needed: [] },
    ],
    links: [
      { path: '/emul/usr/bin/python', target: 'python3' },
      { path: '/emul/lib', target: 'usr/lib' },
    ],
  });
  expect(Object.fromEntries(plan)).toEqual({
    '/emul/usr/bin/sed': 'qemu-accel',
    '/emul/usr/bin/python3': 'python-accel',
    '/emul/usr/bin/clang': 'clang-accel',
    '/emul/usr/lib/libpython.so': 'python-accel',
    '/emul/usr/lib/libexpat.so.1': 'python-accel',
    '/emul/usr/lib/libLLVM.so': 'clang-accel',
    '/emul/usr/lib/libedit.so.2': 'clang-accel',
    '/emul/usr/lib/libz.so.1': 'qemu-accel',
    '/emul/usr/lib/libdeep.so': 'qemu-accel',
    '/emul/usr/lib/libc.so.6': 'qemu-accel',
    '/emul/usr/lib/libnss_files.so.2': 'qemu-accel',
    '/emul/index': 'qemu-accel',
    '/emul/usr/bin/python': 'python-accel',
    '/emul/lib': 'qemu-accel',
  });
});

test.each([
  ['python-accel', 'armhf', 'armv7l', 'python-accel-armv7l-cross-arm'],
  ['python-accel', 'armhf', 'armv7hl', 'python-accel-armv7l-cross-arm'],
  ['python-accel', 'armhf', 'armv7l', 'python-accel-armv7hl-cross-arm'],
  ['clang-accel', 'arm64', 'aarch64', 'clang-accel-aarch64-cross-aarch64'],
  ['clang-accel', 'riscv64', 'riscv64', 'clang-accel-riscv64-cross-riscv64'],
  ['qemu-accel', 'armhf', 'armv7hl', 'qemu-accel-x86_64-armv7l'],
  ['qemu-accel', 'arm64', 'aarch64', 'qemu-accel-x86_64-aarch64'],
])('%s of %s, as %s, provides %s', (family, arch, rpmArch, name) => {
  const names = rpmNames(family, guestArch(arch), rpmArch);
  expect([names.name, ...names.provides]).toContain(name);
});

test('no package provides its own name, and none provides a name twice', () => {
  for (const arch of GUEST_ARCHS) {
    for (const { name, provides } of [rpmNames('qemu-accel', arch, arch.rpm[0]), debNames('qemu-accel', arch)]) {
      expect(provides).not.toContain(name);
      expect(new Set(provides).size).toBe(provides.length);
    }
  }
});
