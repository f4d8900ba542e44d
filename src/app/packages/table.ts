/**
 * The source packages that are built both ways: data. At least one of every kind of build system and of language that
 * Debian's packages are made with; several of a kind, since a mirror may be partial; all small, since emulation takes
 * twenty times as long.
 */
import { UsageError } from '../../core/errors.ts';

export interface PackageRow {
  /** Of the source package. */
  readonly name: string;
  readonly kind: string;
  /** What it shows that the others do not. */
  readonly why: string;
  /** Build dependencies, besides those that all rows have. */
  readonly needs: readonly string[];
  /** Its own test-suite is run as well, in the build, against what has just been compiled. */
  readonly isTested?: boolean;
  /** Its source is in scripts/sources, and not in the archive. */
  readonly isOurs?: boolean;
}

/** What every row needs of the build root besides the compiler; fakeroot is asked for by Rules-Requires-Root. */
export const COMMON_NEEDS = ['debhelper', 'fakeroot'] as const;

const PERL_XS = ['libperl-dev'];

export const PACKAGES: readonly PackageRow[] = [
  { name: 'hostname', kind: 'plain Makefile', why: 'a package of Debian’s own, with translated man pages', needs: [] },
  { name: 'ncompress', kind: 'plain Makefile', why: 'with its test-suite', needs: [], isTested: true },
  { name: 'pigz', kind: 'plain Makefile', why: 'quilt, threads', needs: ['quilt', 'zlib1g-dev'] },
  {
    name: 'xxhash',
    kind: 'plain Makefile',
    why: 'shared, static and dev packages; large inlined functions',
    needs: [],
  },
  {
    name: 'libarray-refelem-perl',
    kind: 'perl XS',
    why: 'xsubpp, MakeMaker, and its tests load the module that was just built',
    needs: PERL_XS,
    isTested: true,
  },
  { name: 'libalias-perl', kind: 'perl XS', why: 'AutoLoader, autosplit files', needs: PERL_XS, isTested: true },
  { name: 'libclass-xsaccessor-perl', kind: 'perl XS', why: 'asks Config for its dependency on perl', needs: PERL_XS },
  {
    name: 'libinih',
    kind: 'meson',
    why: 'C and C++, link-time optimisation, shared and static libraries, a udeb, its test-suite',
    needs: ['meson'],
    isTested: true,
  },
  { name: 'cgif', kind: 'meson', why: 'pkg-config file, dev package', needs: ['meson', 'ninja-build', 'pkgconf'] },
  { name: 'tinyxml2', kind: 'CMake, C++', why: 'a C++ library with its CMake package files', needs: ['cmake'] },
  { name: 'docopt.cpp', kind: 'CMake, C++', why: 'templates: std::regex', needs: ['cmake'] },
  {
    name: 'libcue',
    kind: 'CMake, flex and bison',
    why: 'generated scanner and parser, symbols compared by dpkg-gensymbols',
    needs: ['bison', 'cmake', 'flex'],
  },
  {
    name: 'libid3tag',
    kind: 'CMake, gperf',
    why: 'generated hash functions, gettext in the dependencies',
    needs: ['cmake', 'gettext', 'gperf', 'zlib1g-dev'],
  },
  { name: 'lz4', kind: 'CMake, C', why: 'shared, static, dev and tools', needs: ['cmake', 'libxxhash-dev', 'pkgconf'] },
  {
    name: 'at',
    kind: 'autoconf, flex and bison, fakeroot',
    why: 'Rules-Requires-Root: binary-targets; chown and set-id bits under fakeroot; PAM and SELinux',
    needs: ['autotools-dev', 'bison', 'flex', 'libfl-dev', 'libpam0g-dev', 'libselinux1-dev', 'pkgconf', 'systemd-dev'],
  },
  {
    name: 'accel-probe',
    kind: 'python extension',
    why: 'pybuild, setuptools, the suffix of the module; its tests load the module that was just built',
    needs: ['dh-python', 'python3-all-dev', 'python3-setuptools'],
    isTested: true,
    isOurs: true,
  },
  { name: 'spellutils', kind: 'automake, gettext', why: 'message catalogues and man pages', needs: ['gettext'] },
  {
    name: 'lua5.4',
    kind: 'libtool',
    why: 'an interpreter, with shared and static library',
    needs: ['libreadline-dev'],
  },
  { name: 'gzip', kind: 'autoconf, gnulib', why: 'a configure script of 76 test programs', needs: ['less', 'texinfo'] },
];

/**
 * The rows with these names, in the table's order; all of them when none is named.
 *
 * @throws UsageError E_USAGE for a name that is not in the table.
 */
export function choosePackages(names: readonly string[]): readonly PackageRow[] {
  const unknown = names.filter((name) => !PACKAGES.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new UsageError({
      what: `not in the table of packages: ${unknown.join(', ')}`,
      fix: [`Choose from: ${PACKAGES.map((row) => row.name).join(', ')}`],
    });
  }
  return names.length === 0 ? PACKAGES : PACKAGES.filter((row) => names.includes(row.name));
}
