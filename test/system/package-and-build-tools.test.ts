/**
 * Package tools and build tools, emulated and by their twins, in the root that has them all: what they answer, what they
 * build, and a compiler cache that either side fills for the other.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCaptured } from '../../src/app/run.ts';
import { joinHost } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { BUILD_TOOLS } from '../support/matrix/build-tools.ts';
import { PACKAGING } from '../support/matrix/packaging.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { expectSameAnswers, expectTwins } from '../support/same-answers.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { runBothSides, type Sides } from '../support/two-sides.ts';

const TABLES = { packages: PACKAGING, 'build tools': BUILD_TOOLS };
/** Programs that the tables start and that must have run as twins: without this, a broken tree would pass it all. */
const TWINS =
  'dpkg dpkg-deb dpkg-query apt-get apt-cache update-alternatives rpm rpmbuild rpm2archive rpmspec ' +
  'cpio debugedit cmake ctest ninja git ccache openssl xsltproc groff man mandb faked-sysv ' +
  'faked-tcp getent refer perl';

/** A package of a script that prints, and then loads a module. */
const LATE_PACKAGE = `mkdir -p /mnt/late/DEBIAN; cd /mnt/late/DEBIAN; cat >postinst <<'END'
#!/bin/sh
perl -e '$| = 1; print "a\\n"; require Locale::gettext; print "b\\n"'
END
chmod -R 755 /mnt/late; printf '%s\\n' 'Package: late' 'Version: 1' 'Architecture: all' 'Maintainer: a <a@b>' 'Description: a' >control
dpkg-deb --build /mnt/late /mnt/late.deb`;

let library: TempDir;
let copy: RootCopy;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64'], 'package and build tools', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot('trixie-arm64-builds');
    library = await tempDir();
    await fsp.chmod(library.dir, 0o755);
    sides = await runBothSides({ root: copy.root, snippets: Object.values(TABLES).flat(), library: library.dir });
  });
  afterAll(async () => {
    await sides.dispose();
    await library.dispose();
    await copy.dispose();
  });

  for (const [table, snippets] of Object.entries(TABLES)) {
    test.each(snippets)(`${table}: $title`, (snippet) => expectSameAnswers(sides, snippet));
  }

  test('ran as twins', async () => {
    await expectTwins(sides, TWINS.split(' '));
    const elfdeps = { how: 'accelerated', path: '/usr/lib/rpm/elfdeps' };
    expect(await sides.trace()).toContainEqual(expect.objectContaining(elfdeps));
  });

  test('a maintainer script that prints before it loads a module without twin of a package', async () => {
    const find = ['find', joinHost(copy.root, 'usr/lib'), '-path', '*/perl5/*/auto/Locale/gettext/gettext.so'] as const;
    await fsp.appendFile((await exec(find)).stdout.trim(), 'x');
    const run = async (script: string): Promise<string> => {
      const command = ['sh', '-ec', script];
      return (await runCaptured({ root: copy.root, command, binds: [`${library.dir}:/mnt`] })).stdout;
    };
    await run(LATE_PACKAGE);
    expect(await run('. /mnt/late/DEBIAN/postinst')).toBe('a\n');
    expect(await run('dpkg --install /mnt/late.deb')).toMatch(/^a\nb\n/m);
  });

  test('a compiler cache that was filled accelerated is hit emulated', async () => {
    await fsp.writeFile(joinHost(library.dir, 'a.c'), 'int main(void) { return 3; }\n');
    const compile = `cd /mnt; export CCACHE_DIR=/mnt/cache; ccache -z; ccache gcc -O2 -c a.c -o a.o; ccache --print-stats`;
    const statistics = async (isEmulated: boolean): Promise<string[]> => {
      const command = ['sh', '-ec', compile];
      const { stdout } = await runCaptured({ root: copy.root, command, isEmulated, binds: [`${library.dir}:/mnt`] });
      return stdout.split('\n').filter((line) => /^(direct_cache_hit|cache_miss)\t/.test(line));
    };
    expect(await statistics(false)).toEqual(['cache_miss\t1', 'direct_cache_hit\t0']);
    expect(await statistics(true)).toEqual(['cache_miss\t0', 'direct_cache_hit\t1']);
  });
});
