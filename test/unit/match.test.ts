import { describe, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { makeMatcher, rulesFor, type Match } from '../../src/core/match.ts';
import type { GuestBinary } from '../../src/core/model.ts';
import { parsePack } from '../../src/core/packs.ts';
import { guestPath } from '../../src/core/paths.ts';

const PACK = parsePack(
  `
name = "tools"
about = "for this test"
same-word-size = ["/usr/bin/bc", "/usr/lib/{triplet}/plug/*.so"]
emulate-for = { cpu-native = ["/usr/libexec/gcc/{triplet}/*/cc1"] }
[[programs]]
packages = ["bash", "bc", "coreutils", "gcc-*", "cpp-*", "login"]
[[programs]]
packages = ["util-linux"]
paths = ["/usr/bin/*"]
[[exclude]]
paths = ["/usr/bin/runcon", "/usr/lib/{triplet}/plug/*_Z9.so"]
why = "it is not wanted"
[[exclude]]
paths = ["/usr/bin/od"]
where-differs = "byte-order"
[[exclude]]
paths = ["/usr/bin/nproc"]
where-differs = "word-size"
[[libraries]]
paths = ["/usr/lib/{triplet}/plug/*.so"]
needed-by = ["/usr/bin/bash"]
[[donor]]
packages = ["gcc-[0-9][0-9]"]
package = "{package}-{triplet}"
[[donor]]
directory = "/usr/libexec/gcc/{triplet}/"
donor-directory = "/usr/libexec/gcc-cross/{triplet}/"
[[donor]]
paths = ["/usr/bin/{login*,perl[0-9]}-{triplet}"]
replace = ["{triplet}", "{host-triplet}"]
[retarget.bash]
keep = { "x" = "for {triplet}" }
`,
  'tools.toml',
);

function binary(path: string, owner: string, more: Partial<GuestBinary> = {}): GuestBinary {
  return {
    path: guestPath(path),
    kind: 'executable',
    sizeBytes: 1000,
    buildId: '00112233445566778899',
    isStatic: false,
    isPrivileged: false,
    needed: [],
    package: { name: owner, version: '1.0-1', arch: 'arm64' },
    ...more,
  };
}

function match(found: GuestBinary, arch = 'arm64'): Match {
  return makeMatcher([PACK], guestArch(arch), true)(found);
}

function candidates(found: GuestBinary): unknown {
  const result = match(found);
  return result.kind === 'selected' ? result.selection.candidates : result;
}

describe('which guest binaries get a twin', () => {
  test.each([
    ['a program of a pack', binary('/usr/bin/bash', 'bash'), 'selected'],
    ['one of another package', binary('/usr/bin/perl', 'perl-base'), 'no-pack'],
    ['one of no package', { ...binary('/usr/bin/x', 'x'), package: undefined } as unknown as GuestBinary, 'no-pack'],
    ['one outside the paths of its package', binary('/usr/sbin/agetty', 'util-linux'), 'no-pack'],
    ['a setuid one', binary('/usr/bin/su', 'login', { isPrivileged: true }), 'privileged'],
    ['a setuid one of no pack', binary('/usr/bin/sudo', 'sudo', { isPrivileged: true }), 'privileged'],
    ['a static one', binary('/usr/bin/bash', 'bash', { isStatic: true }), 'static'],
    ['one that the pack leaves out', binary('/usr/bin/runcon', 'coreutils'), 'pack-excludes'],
    ['one whose path fits the index', binary(`/usr/${'b'.repeat(189)}`, 'bash'), 'selected'],
    ['one whose path is a byte longer', binary(`/usr/${'b'.repeat(190)}`, 'bash'), 'path-too-long'],
  ])('%s', (_, found, outcome) => {
    const result = match(found);
    expect(result.kind === 'emulated' ? result.reason : result.kind).toBe(outcome);
  });

  test.each([
    ['/usr/bin/od', 'arm64', 'selected'],
    ['/usr/bin/od', 's390x', 'emulated'],
    ['/usr/bin/nproc', 'riscv64', 'selected'],
    ['/usr/bin/nproc', 'armhf', 'emulated'],
  ])('%s of a guest with %s is %s: where-differs', (path, arch, outcome) => {
    expect(match(binary(path, 'coreutils'), arch).kind).toBe(outcome);
  });

  test('a library only where a pack names its path', () => {
    const library = { kind: 'library' } as const;
    const plug = match(binary('/usr/lib/aarch64-linux-gnu/plug/x.so', 'any', library));
    expect(plug).toMatchObject({ kind: 'selected', selection: { relocate: true } });
    expect(plug.kind === 'selected' && plug.selection.isNeededBy?.('/usr/bin/bash')).toBe(true);
    expect(match(binary('/usr/lib/aarch64-linux-gnu/libz.so.1', 'zlib1g', library)).kind).toBe('unlisted');
    expect(match(binary('/usr/lib/aarch64-linux-gnu/plug/x_Z9.so', 'any', library)).kind).toBe('unlisted');
  });

  test('arguments and retarget rules go with the program', () => {
    const cc1 = match(binary('/usr/libexec/gcc/aarch64-linux-gnu/14/cc1', 'cpp-14-aarch64-linux-gnu'));
    expect(cc1).toMatchObject({ selection: { emulateFor: ['cpu-native'], rules: { keep: {} } } });
    const bash = match(binary('/usr/bin/bash', 'bash'));
    expect(bash).toMatchObject({ selection: { emulateFor: [], rules: { keep: { x: 'for aarch64-linux-gnu' } } } });
    expect(rulesFor([PACK], 'libz.so.1', guestArch('arm64'), 'amd64').keep).toEqual({});
  });
});

describe('a program whose answers depend on the word size', () => {
  const bc = binary('/usr/bin/bc', 'bc');
  const plug = binary('/usr/lib/arm-linux-gnueabihf/plug/x.so', 'plug', { kind: 'library' });

  test('has a twin of the guest’s word size', () => {
    expect(match(bc, 'armhf')).toMatchObject({ kind: 'selected', selection: { host: 'i386' } });
    expect(match(bc, 'arm64')).toMatchObject({ kind: 'selected', selection: { host: 'amd64' } });
    expect(match(binary('/usr/bin/bash', 'bash'), 'armhf')).toMatchObject({ selection: { host: 'amd64' } });
  });

  test('is looked for where its architecture keeps it', () => {
    const found = match(plug, 'armhf');
    expect(found).toMatchObject({ selection: { host: 'i386' } });
    const paths = found.kind === 'selected' ? found.selection.candidates[0]?.paths : undefined;
    expect(paths?.[0]).toBe('/usr/lib/i386-linux-gnu/plug/x.so');
  });

  test('is emulated where the kernel runs no 32-bit programs', () => {
    const matcher = makeMatcher([PACK], guestArch('armhf'), false);
    expect(matcher(bc)).toEqual({ kind: 'emulated', reason: 'no-32-bit-kernel' });
    expect(matcher(plug)).toEqual({ kind: 'unlisted' });
    expect(matcher(binary('/usr/bin/bash', 'bash')).kind).toBe('selected');
    expect(makeMatcher([PACK], guestArch('arm64'), false)(bc).kind).toBe('selected');
  });

  test('is emulated where it keeps times in 64 bits and its twin would in 32, unless a pack takes that', () => {
    const later = { ...bc, hasLongTimes: true } as const;
    expect(match(later, 'armhf')).toEqual({ kind: 'emulated', reason: '32-bit-times' });
    expect(match({ ...plug, hasLongTimes: true }, 'armhf')).toEqual({ kind: 'unlisted' });
    expect(match(binary('/usr/bin/bash', 'bash', { hasLongTimes: true }), 'armhf')).toMatchObject({
      selection: { host: 'amd64' },
    });
    const accepting = parsePack(
      'name = "fast"\nabout = "x"\nshort-times = ["/usr/bin/b?", "/usr/lib/{triplet}/**"]',
      'x',
    );
    const matcher = makeMatcher([PACK, accepting], guestArch('armhf'), true);
    expect(matcher(later)).toMatchObject({ kind: 'selected', selection: { host: 'i386' } });
    expect(matcher({ ...plug, hasLongTimes: true })).toMatchObject({ kind: 'selected' });
    expect(makeMatcher([PACK, accepting], guestArch('armhf'), false)(later)).toMatchObject({
      reason: 'no-32-bit-kernel',
    });
  });
});

describe('where the donor keeps the program', () => {
  test('under its own name, before and after the /usr merge', () => {
    expect(candidates(binary('/usr/bin/bash', 'bash'))).toEqual([
      { package: 'bash', version: '1.0-1', paths: ['/usr/bin/bash', '/bin/bash'] },
    ]);
  });

  test('below the host’s triplet, else below the guest’s', () => {
    const found = binary('/usr/lib/aarch64-linux-gnu/plug/x.so', 'any', { kind: 'library' });
    expect(candidates(found)).toMatchObject([
      {
        paths: [
          '/usr/lib/x86_64-linux-gnu/plug/x.so',
          '/lib/x86_64-linux-gnu/plug/x.so',
          '/usr/lib/aarch64-linux-gnu/plug/x.so',
          '/lib/aarch64-linux-gnu/plug/x.so',
        ],
      },
    ]);
  });

  test('under a name with the host’s triplet in it, where the pack says so', () => {
    expect(candidates(binary('/usr/bin/login2-aarch64-linux-gnu', 'login'))).toMatchObject([
      { paths: ['/usr/bin/login2-x86_64-linux-gnu', '/bin/login2-x86_64-linux-gnu'] },
    ]);
    expect(candidates(binary('/usr/bin/other-aarch64-linux-gnu', 'login'))).toMatchObject([
      { paths: ['/usr/bin/other-aarch64-linux-gnu', '/bin/other-aarch64-linux-gnu'] },
    ]);
  });

  test('a cross compiler’s directory, and never the native compiler’s', () => {
    const found = binary('/usr/libexec/gcc/aarch64-linux-gnu/12/cc1', 'gcc-12');
    expect(candidates(found)).toEqual([
      {
        package: 'gcc-12-aarch64-linux-gnu',
        version: '1.0-1',
        paths: ['/usr/libexec/gcc-cross/aarch64-linux-gnu/12/cc1'],
      },
    ]);
  });
});
