/** The ELF reader against readelf, on the machine's own programs and libraries. */
import { readdirSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readElf, type Elf } from '../../src/core/elf/read.ts';
import { relativeRelocs } from '../../src/core/elf/relocs.ts';
import { dynamicSymbols } from '../../src/core/elf/symbols.ts';
import { hostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { withFileSource } from '../../src/os/file-source.ts';
import { describeNeeding } from '../support/needs.ts';

/** A sample that is the same every time: every n-th ELF file of a directory. */
function sample(directory: string, step: number): string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .map((name) => `${directory}/${name}`)
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true && isElf(file))
    .filter((_, at) => at % step === 0);
}

function isElf(file: string): boolean {
  return withFileSource(
    hostPath(file),
    (source) => source.sizeBytes > 64 && source.read(0, 4).toString('latin1') === '\x7fELF',
  );
}

const TYPES: Readonly<Record<string, Elf['type']>> = { EXEC: 'exec', DYN: 'dyn', REL: 'rel' };

describeNeeding(['readelf'], 'readElf', () => {
  const files = [...sample('/usr/bin', 12), ...sample('/usr/lib/x86_64-linux-gnu', 25)];

  test('the sample is worth its name', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  test.each(files)('%s: header, dynamic section and build-id as readelf says', async (file) => {
    const { stdout } = await exec(['readelf', '--wide', '--file-header', '--dynamic', '--notes', file]);
    withFileSource(hostPath(file), (source) => {
      const elf = readElf(source);
      expect(elf.type).toBe(TYPES[/Type:\s+(\w+)/.exec(stdout)?.[1] ?? '']);
      expect(elf.segments.length).toBe(Number(/Number of program headers:\s+(\d+)/.exec(stdout)?.[1]));
      expect(elf.sections.length).toBe(Number(/Number of section headers:\s+(\d+)/.exec(stdout)?.[1]));
      expect(elf.needed).toEqual([...stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1]));
      expect(elf.soname).toBe(/\(SONAME\).*\[(.*)\]/.exec(stdout)?.[1]);
      expect(elf.runpath).toBe(/\(RUNPATH\).*\[(.*)\]/.exec(stdout)?.[1]);
      expect(elf.buildId).toBe(/Build ID: ([0-9a-f]+)/.exec(stdout)?.[1]);
    });
  });

  test.each(files)('%s: undefined symbols and relative relocations as readelf says', async (file) => {
    const { stdout } = await exec(['readelf', '--wide', '--dyn-syms', '--relocs', file]);
    const undefinedNames = [
      ...stdout.matchAll(/^\s*\d+: \S+\s+\S+ \S+\s+\S+\s+\S+\s+UND (\S+?)(?:@\S+)?(?: \(\d+\))?$/gm),
    ];
    const relative = [...stdout.matchAll(/^([0-9a-f]{16})\s+[0-9a-f]+ R_X86_64_RELATIVE\s+([0-9a-f]+)/gm)];
    withFileSource(hostPath(file), (source) => {
      const elf = readElf(source);
      const ours = dynamicSymbols(elf).filter(({ isDefined, name }) => !isDefined && name !== '');
      expect(ours.map(({ name }) => name).sort()).toEqual(undefinedNames.map((match) => match[1] ?? '').sort());
      if (stdout.includes('.relr.dyn')) return;
      expect(relativeRelocs(elf).map(({ at, target }) => [at, target])).toEqual(
        relative.map((match) => [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)]),
      );
    });
  });
});
