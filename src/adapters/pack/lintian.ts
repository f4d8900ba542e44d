/**
 * What lintian says of packages of this kind and is meant, each with why. Which family needs which was read off lintian's
 * report on a whole set (an override that nothing needs is a finding, too); a pack of one's own gets all of them.
 */
import { MAIN_FAMILY, SHARED_FAMILY } from '../../core/package-names.ts';

interface Override {
  readonly tag: string;
  readonly why: string;
  /** Absent: all. Families of people's own packs are in none of these lists. */
  readonly families?: readonly string[];
}

const BUILD = 'build-accel';
const CLANG = 'clang-accel';
const PACKAGING = 'packaging-accel';
const PERL = 'perl-accel';
const PYTHON = 'python-accel';
const SYSTEM = 'system-accel';
const OTHERS = [BUILD, CLANG, SHARED_FAMILY, PACKAGING, PERL, PYTHON, SYSTEM];
const KNOWN = new Set([MAIN_FAMILY, ...OTHERS]);

const OVERRIDES: readonly Override[] = [
  { tag: 'binary-from-other-architecture', why: 'twins are host builds: that is what they are for' },
  { tag: 'file-in-unusual-dir', why: 'the layout below /emul mirrors the root’s' },
  { tag: 'non-standard-toplevel-dir', why: 'the place of the emul tree is a contract with other packages: /emul' },
  { tag: 'spelling-error-in-binary', why: 'as the distribution wrote it' },
  { tag: 'bogus-mail-host', why: 'it is made on the machine that uses it' },
  { tag: 'bogus-mail-host-in-debian-changelog', why: 'it is made on the machine that uses it' },
  { tag: 'initial-upload-closes-no-bugs', why: 'it is made on the machine that uses it' },
  {
    tag: 'custom-library-search-path',
    why: 'twins find host libraries in the emul tree by RPATH and nowhere else',
    families: [BUILD, CLANG, PACKAGING, PERL, PYTHON, MAIN_FAMILY, SYSTEM],
  },
  {
    tag: 'embedded-library',
    why: 'host libraries are in the emul tree because the root has none',
    families: [BUILD, SHARED_FAMILY, PYTHON, MAIN_FAMILY],
  },
  { tag: 'hardening-no-pie', why: 'as the distribution built it', families: [PACKAGING, PYTHON, MAIN_FAMILY] },
  { tag: 'library-not-linked-against-libc', why: 'as the distribution built it', families: [PERL, PYTHON] },
  {
    tag: 'shared-library-lacks-prerequisites',
    why: 'as the distribution built it',
    families: [PERL, PYTHON, MAIN_FAMILY],
  },
  { tag: 'missing-dependency-on-libc', why: 'its libraries are in the emul tree', families: OTHERS },
  { tag: 'undeclared-elf-prerequisites', why: 'its libraries are in the emul tree', families: [MAIN_FAMILY] },
  {
    tag: 'missing-depends-on-sensible-utils',
    why: 'the package of the guest’s own program sees to that',
    families: [PERL, SYSTEM],
  },
  {
    tag: 'new-package-should-not-package-python2-module',
    why: 'the name is the one that build descriptions ask for',
    families: [PYTHON],
  },
  {
    tag: 'no-manual-page',
    why: 'the emulator’s and the dispatcher’s are in the packages for the host',
    families: [MAIN_FAMILY],
  },
  { tag: 'non-standard-file-perm', why: 'every user of the root writes to the trace', families: [MAIN_FAMILY] },
  {
    tag: 'package-contains-hardlink',
    why: 'what several names stand for is stored once',
    families: [BUILD, MAIN_FAMILY],
  },
  { tag: 'shared-library-is-executable', why: 'the loader is started as a program', families: [MAIN_FAMILY] },
  {
    tag: 'statically-linked-binary',
    why: 'the emulator and the dispatcher must start in any root',
    families: [MAIN_FAMILY],
  },
  {
    tag: 'uses-dpkg-database-directly',
    why: 'dpkg’s own programs do; the dispatcher looks at no file of it but at a time of change',
    families: [MAIN_FAMILY, SYSTEM],
  },
];

/** The overrides file of a package; lintian(1), OVERRIDES. */
export function lintianOverrides(family: string, name: string): string {
  return OVERRIDES.filter(({ families }) => !KNOWN.has(family) || families?.includes(family) !== false)
    .map(({ tag, why }) => `# ${why}\n${name}: ${tag}\n`)
    .join('');
}
