/** Cases of interpreters and package tools, and whole packages. */
import { autotoolsProject, debhelperProject, mesonProject, pythonProject } from '../../core/bench/programs.ts';
import type { BenchCase } from './case.ts';
import { FEWER_PEERS, MEDIUM, NO_COMPILER, takesMinutes } from './case-rounds.ts';

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

/** As `dh binary` calls them. */
const DEBHELPER = `for step in prep install installdocs installchangelogs compress fixperms gencontrol md5sums; do
  dh_$step || exit 1
done; dh_builddeb`;

interface PackageCase extends Pick<BenchCase, 'what' | 'without' | 'notQuick'> {
  readonly name: string;
  /** Of what is not emulated. */
  readonly quickRounds: number;
}

const NO_PEERS = takesMinutes('emulated-guest-qemu', 'proot', 'crossdirect', 'tizen-0.4');
const PACKAGES: readonly PackageCase[] = [
  {
    name: 'hostname',
    quickRounds: 2,
    what: 'A plain Makefile and translated manual pages: debhelper is most of it.',
    notQuick: NO_PEERS,
  },
  {
    name: 'xxhash',
    quickRounds: 1,
    what: 'A compile-bound C library: shared, static and dev packages.',
    without: {
      cross: 'it cannot be cross-built: it compiles with `cc` while it installs, with the options of the guest',
    },
    notQuick: NO_PEERS,
  },
  { name: 'libarray-refelem-perl', quickRounds: 2, what: 'Perl XS: xsubpp and MakeMaker.', notQuick: NO_PEERS },
  {
    name: 'gzip',
    quickRounds: 1,
    what: 'autoconf and gnulib: a configure script of 76 test programs.',
    notQuick: { ...NO_PEERS, ...takesMinutes('emulated') },
  },
];

export const BUILD_CASES: readonly BenchCase[] = [
  {
    id: 'autoreconf',
    title: '`autoreconf -fi`',
    what: 'autoconf, autoheader, automake, aclocal: perl and m4.',
    unit: 'seconds',
    run: { kind: 'script', script: 'autoreconf -fi' },
    files: autotoolsProject,
    rounds: MEDIUM,
    notQuick: takesMinutes('emulated-guest-qemu', 'proot', 'tizen-0.4'),
    without: NO_COMPILER,
  },
  {
    id: 'pod2man',
    title: '`pod2man`',
    what: 'Perl alone: the manual pages of two modules of its own library.',
    unit: 'seconds',
    run: {
      kind: 'script',
      script: 'for f in Getopt/Long Pod/Man; do pod2man /usr/share/perl/5.*.*/$f.pm out || exit 1; done',
    },
    rounds: MEDIUM,
    notQuick: FEWER_PEERS,
    without: NO_COMPILER,
  },
  {
    id: 'debhelper',
    title: 'debhelper',
    what: 'Nine of its programs, which make a package without anything to compile: starts of perl, and dpkg-deb.',
    unit: 'seconds',
    run: { kind: 'script', script: DEBHELPER },
    files: debhelperProject,
    rounds: MEDIUM,
    without: NO_COMPILER,
    notQuick: takesMinutes('emulated-guest-qemu', 'proot', 'tizen-0.4'),
  },
  {
    id: 'meson',
    title: '`meson setup`',
    what: 'Python, which runs the compilers a few dozen times.',
    unit: 'seconds',
    run: { kind: 'script', script: 'meson setup {meson} build' },
    files: mesonProject,
    rounds: MEDIUM,
    notQuick: takesMinutes('emulated-guest-qemu'),
  },
  {
    id: 'python-build',
    title: 'a pure python build',
    what: 'setuptools: build and install sixty modules, compiled to bytecode.',
    unit: 'seconds',
    run: { kind: 'script', script: 'python3 setup.py --quiet install --root=out --install-layout=deb' },
    files: pythonProject,
    rounds: MEDIUM,
    notQuick: FEWER_PEERS,
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
    rounds: MEDIUM,
    notQuick: takesMinutes('emulated-guest-qemu', 'tizen-0.4'),
    without: { ...NO_COMPILER, proot: 'it would change the root, and proot has no overlay' },
  },
  ...PACKAGES.map(packageCase),
];

function packageCase({ name, quickRounds, ...row }: PackageCase): BenchCase {
  return {
    ...row,
    id: `package-${name}`,
    title: `\`dpkg-buildpackage\` of ${name}`,
    unit: 'seconds',
    run: { kind: 'script', script: 'DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage --build=binary -us -uc -d {cross}' },
    package: name,
    rounds: { quick: { slow: 1, fast: quickRounds }, full: { slow: 1, fast: 3 } },
  };
}
