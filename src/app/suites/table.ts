/**
 * The upstream test-suites that are run both ways: data. They test the programs that are installed in the root, and not
 * what a suite would build: those are the ones that have twins.
 */
import { UsageError } from '../../core/errors.ts';
import type { SuiteFormat } from '../../core/suite-results.ts';

export interface SuiteRow {
  readonly name: string;
  /** The guest package whose programs are tested, and the source package whose upstream tarball has the suite. */
  readonly package: string;
  readonly source: string;
  /** The name of the program under test, whose starts are counted. */
  readonly tool: string;
  readonly format: SuiteFormat;
  /** Shell commands in the unpacked tree, run once: configures it and puts the installed programs in place of its own. */
  readonly prepare: string;
  /** A shell command in the prepared tree that runs the tests of the variable `tests`; of all where that is empty. */
  readonly test: string;
  /** Those that are run where none are named; all of them where absent. Shell patterns in the prepared tree. */
  readonly tests?: string;
}

/** What a suite wants to have been compiled is the same both ways: it is made once. */
const CONFIGURE = './configure --disable-dependency-tracking --disable-nls';
const CHECK = 'make -k ${tests:+"TESTS=$tests"} check-TESTS';

export const SUITES: readonly SuiteRow[] = [
  {
    name: 'sed',
    package: 'sed',
    source: 'sed',
    tool: 'sed',
    format: 'automake',
    prepare: `${CONFIGURE} && make && make testsuite/get-mb-cur-max testsuite/test-mbrtowc && ln -sf /usr/bin/sed sed/sed`,
    test: CHECK,
  },
  {
    name: 'grep',
    package: 'grep',
    source: 'grep',
    tool: 'grep',
    format: 'automake',
    prepare: `${CONFIGURE} && make -C lib && make -C src && make -C tests get-mb-cur-max && ln -sf /usr/bin/grep src/grep`,
    test: `cd tests && ${CHECK}`,
  },
  {
    name: 'make',
    package: 'make',
    source: 'make-dfsg',
    tool: 'make',
    format: 'make',
    // Debian's tarball lacks the manual, for its licence; configure is content with an empty file.
    prepare: 'mkdir -p doc && touch doc/Makefile.in && ./configure --disable-dependency-tracking --disable-nls',
    test: 'cd tests && perl ./run_make_tests.pl -make /usr/bin/make $tests',
  },
];

/**
 * The rows with these names, in the table's order; all of them when none is named.
 *
 * @throws UsageError E_USAGE for a name that is not in the table.
 */
export function chooseSuites(names: readonly string[]): readonly SuiteRow[] {
  const unknown = names.filter((name) => !SUITES.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new UsageError({
      what: `not in the table of test-suites: ${unknown.join(', ')}`,
      fix: [`Choose from: ${SUITES.map((row) => row.name).join(', ')}`],
    });
  }
  return names.length === 0 ? SUITES : SUITES.filter((row) => names.includes(row.name));
}
