/**
 * Two whole source packages from the archive, built accelerated and emulated: their .deb files must have the same bytes.
 * `npm run packages` does the same with the whole table.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPackages } from '../../src/app/packages/packages.ts';
import type { PackageResult } from '../../src/app/packages/result.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';

/** A plain Makefile, and a perl module in C whose test-suite loads what was built a moment ago. */
const NAMES = ['hostname', 'libarray-refelem-perl'];

/** A minute or two of emulation; on a busy machine many times that. */
const TIMEOUT_MS = 40 * 60 * 1000;

let copy: RootCopy;
let results: readonly PackageResult[];

describeNeeding(['binfmt', 'qemu-aarch64'], 'whole Debian packages', () => {
  beforeAll(async () => {
    copy = await copyOfRoot(await testRoot('trixie-arm64-builds'));
    results = await buildPackages({
      names: NAMES,
      root: copy.root,
      isAgain: false,
      isTwice: true,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
  }, TIMEOUT_MS);
  afterAll(() => copy.dispose());

  test.each(NAMES)('%s is identical, accelerated and emulated', (name) => {
    const result = results.find((one) => one.name === name);
    expect(result).toMatchObject({ outcome: 'identical', differences: [] });
    expect(result?.packages.length).toBeGreaterThan(1);
    expect(result?.programs?.accelerated).toBeGreaterThan(20 * (result?.programs?.emulated ?? 0));
  });
});
