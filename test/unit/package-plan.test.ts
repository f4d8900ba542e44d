import { expect, test } from 'vitest';
import { guestArch, GUEST_ARCHS } from '../../src/core/arch.ts';
import { debNames, rpmNames } from '../../src/core/package-names.ts';
import { emptyFamilies, planPackages, requiredFamilies, type PlanFile } from '../../src/core/package-plan.ts';

const FAMILIES = new Map([
  ['base', 'qemu-accel'],
  ['python', 'python-accel'],
  ['clang', 'clang-accel'],
  ['jq', 'jq-accel'],
]);

const LIB = '/emul/usr/lib';
const FILES: readonly PlanFile[] = [
  { path: '/emul/usr/bin/sed', pack: 'base', needed: [`${LIB}/libc.so.6`, `${LIB}/libacl.so.1`] },
  {
    path: '/emul/usr/bin/python3',
    pack: 'python',
    needed: [`${LIB}/libpython.so`, `${LIB}/libz.so.1`, `${LIB}/libc.so.6`, `${LIB}/libacl.so.1`],
  },
  { path: '/emul/usr/bin/clang', pack: 'clang', needed: [`${LIB}/libLLVM.so`, `${LIB}/libz.so.1`] },
  { path: '/emul/usr/bin/jq', pack: 'jq', needed: [`${LIB}/libonig.so`, `${LIB}/libgcc_s.so.1`] },
  { path: `${LIB}/libpython.so`, needed: [`${LIB}/libexpat.so.1`] },
  { path: `${LIB}/libexpat.so.1`, needed: [`${LIB}/libc.so.6`] },
  { path: `${LIB}/libLLVM.so`, needed: [`${LIB}/libedit.so.2`] },
  { path: `${LIB}/libedit.so.2`, needed: [] },
  { path: `${LIB}/libonig.so`, needed: [] },
  { path: `${LIB}/libgcc_s.so.1`, loadedBy: ['base'], needed: [] },
  { path: `${LIB}/libz.so.1`, needed: [`${LIB}/libdeep.so`] },
  { path: `${LIB}/libdeep.so`, needed: [] },
  { path: `${LIB}/libacl.so.1`, needed: [] },
  { path: `${LIB}/libc.so.6`, needed: [] },
  { path: `${LIB}/libnss_files.so.2`, needed: [] },
  { path: '/emul/index', needed: [] },
];
const LINKS = [
  { path: '/emul/usr/bin/python', target: 'python3' },
  { path: '/emul/lib', target: 'usr/lib' },
];

test('a library goes with the only package that loads it, with the main one, or to the package of libraries', () => {
  const plan = planPackages({ families: FAMILIES, files: FILES, links: LINKS });
  const byFamily = new Map<string, string[]>();
  for (const [path, family] of plan) byFamily.set(family, [...(byFamily.get(family) ?? []), path].sort());
  expect(Object.fromEntries(byFamily)).toEqual({
    'qemu-accel': [
      '/emul/index',
      '/emul/lib',
      '/emul/usr/bin/sed',
      `${LIB}/libacl.so.1`,
      `${LIB}/libc.so.6`,
      `${LIB}/libgcc_s.so.1`,
      `${LIB}/libnss_files.so.2`,
    ],
    'libraries-accel': [`${LIB}/libdeep.so`, `${LIB}/libz.so.1`],
    'python-accel': ['/emul/usr/bin/python', '/emul/usr/bin/python3', `${LIB}/libexpat.so.1`, `${LIB}/libpython.so`],
    'clang-accel': ['/emul/usr/bin/clang', `${LIB}/libLLVM.so`, `${LIB}/libedit.so.2`],
    'jq-accel': ['/emul/usr/bin/jq', `${LIB}/libonig.so`],
  });
});

test.each([
  ['qemu-accel', []],
  ['libraries-accel', ['qemu-accel']],
  ['jq-accel', ['qemu-accel']],
  ['python-accel', ['qemu-accel', 'libraries-accel']],
])('%s requires what its programs load', (family, required) => {
  const plan = planPackages({ families: FAMILIES, files: FILES, links: LINKS });
  expect(requiredFamilies(family, FILES, plan)).toEqual(required);
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

test('a family whose programs are all emulated has no package, one that the root has no programs of is not told of', () => {
  const packs = [
    { family: 'python-accel', packages: ['python3.*-minimal'] },
    { family: 'clang-accel', packages: ['clang-[0-9]*'] },
    { family: 'jq-accel', packages: ['jq'] },
  ];
  const plan = planPackages({
    families: FAMILIES,
    files: [{ path: '/emul/usr/bin/jq', pack: 'jq', needed: [] }],
    links: [],
  });
  const emulatedPackages = ['python3.13-minimal', 'jq', 'tar'];
  expect(emptyFamilies({ packs, emulatedPackages, plan })).toEqual(['python-accel']);
});

test('no package provides its own name, and none provides a name twice', () => {
  for (const arch of GUEST_ARCHS) {
    for (const { name, provides } of [rpmNames('qemu-accel', arch, arch.rpm[0]), debNames('qemu-accel', arch)]) {
      expect(provides).not.toContain(name);
      expect(new Set(provides).size).toBe(provides.length);
    }
  }
});
