/** Cases of interpreters and package tools, and whole packages. */
import { autotoolsProject, debhelperProject, mesonProject, pythonProject } from '../../core/bench/programs.ts';
import type { BenchCase } from './case.ts';
import { MEDIUM, NO_COMPILER, once } from './case-rounds.ts';

const DEBS = 100;
/** Made by dpkg-deb itself: a hundred packages with twenty files and a maintainer script each. */
const MAKE_PACKAGES = `n=0
while [ $n -lt ${String(DEBS)} ]; do
  n=$((n + 1)); d=p/usr/share/bench-$n; rm -rf p; mkdir -p p/DEBIAN $d
  for f in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo "$n $f" >$d/$f; done
  printf 'Package: bench-%s\\nVersion: 1\\nArchitecture: all\\nMaintainer: A <a@example.org>\\nDescription: one\\n' $n >p/DEBIAN/control
  printf '#!/bin/sh\\nset -e\\ntest "$1" = configure\\n' >p/DEBIAN/postinst; chmod 755 p/DEBIAN/postinst
  dpkg-deb --build --root-owner-group p $n.deb >/dev/null
done; rm -rf p`;

interface PackageCase {
  readonly name: string;
  readonly what: string;
  /** Why it is not cross-built. */
  readonly notCross: string;
}

const NO_GUEST_LIBRARIES =
  'dpkg-shlibdeps needs the guest’s libc package, and the native root has packages of one architecture';
const PACKAGES: readonly PackageCase[] = [
  {
    name: 'hostname',
    what: 'A plain Makefile and translated manual pages: debhelper is most of it.',
    notCross: NO_GUEST_LIBRARIES,
  },
  {
    name: 'xxhash',
    what: 'A compile-bound C library: shared, static and dev packages.',
    notCross: 'it cannot be cross-built: it compiles with `cc` while it installs, with the options of the guest',
  },
  { name: 'libarray-refelem-perl', what: 'Perl XS: xsubpp and MakeMaker.', notCross: NO_GUEST_LIBRARIES },
  {
    name: 'gzip',
    what: 'autoconf and gnulib: a configure script of 76 test programs.',
    notCross: NO_GUEST_LIBRARIES,
  },
];

export const BUILD_CASES: readonly BenchCase[] = [
  {
    id: 'autoreconf',
    title: '`autoreconf -fi`',
    what: 'autoconf, automake, aclocal, libtoolize: perl and m4.',
    unit: 'seconds',
    run: { kind: 'script', script: 'autoreconf -fi' },
    files: autotoolsProject,
    isQuick: false,
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
  {
    id: 'pod2man',
    title: '`pod2man`',
    what: 'Perl alone: the manual pages of some modules of its own library.',
    unit: 'seconds',
    run: {
      kind: 'script',
      script:
        'for f in CPAN Getopt/Long Pod/Man Pod/Usage Test/More; do pod2man /usr/share/perl/5.*.*/$f.pm out || exit 1; done',
    },
    isQuick: false,
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
  {
    id: 'debhelper',
    title: 'debhelper',
    what: '`dpkg-buildpackage` of a package without anything to compile: some sixty starts of perl, and dpkg-deb.',
    unit: 'seconds',
    run: { kind: 'script', script: 'dpkg-buildpackage --build=binary -us -uc -d' },
    files: debhelperProject,
    setUp: 'chmod 755 debian/rules',
    isQuick: false,
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
  {
    id: 'meson',
    title: '`meson setup`',
    what: 'Python, which runs the compilers a few dozen times.',
    unit: 'seconds',
    run: { kind: 'script', script: 'meson setup build' },
    files: mesonProject,
    isQuick: false,
    rounds: MEDIUM,
    without: { cross: 'meson takes a cross file, which this harness does not make' },
  },
  {
    id: 'python-build',
    title: 'a pure python build',
    what: 'setuptools: build and install sixty modules, compiled to bytecode.',
    unit: 'seconds',
    run: { kind: 'script', script: 'python3 setup.py --quiet install --root=out --install-layout=deb' },
    files: pythonProject,
    isQuick: false,
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
  {
    id: 'dpkg-install',
    title: '`dpkg --install` of 100 packages',
    what: 'Unpacking and configuring, a maintainer script each; on an overlay, which is thrown away.',
    unit: 'seconds',
    run: { kind: 'script', script: 'dpkg --install *.deb' },
    files: () => ({}),
    setUp: MAKE_PACKAGES,
    isIsolated: true,
    isQuick: false,
    rounds: MEDIUM,
    without: { ...NO_COMPILER, proot: 'it would change the root: proot has no overlay' },
  },
  ...PACKAGES.map(packageCase),
];

function packageCase({ name, what, notCross }: PackageCase): BenchCase {
  return {
    id: `package-${name}`,
    title: `\`dpkg-buildpackage\` of ${name}`,
    what,
    unit: 'seconds',
    run: { kind: 'script', script: 'DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage --build=binary -us -uc -d' },
    package: name,
    isQuick: false,
    rounds: once(3),
    without: { cross: notCross },
  };
}
