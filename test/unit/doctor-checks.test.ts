/** The judgements of `doctor`: pure functions over facts. That the facts are right is shown by the system tests. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_CHECKS } from '../../src/app/doctor/groups.ts';
import { GUEST_ARCHS, guestArch } from '../../src/core/arch.ts';
import type { ObservedTable } from '../../src/core/binfmt-analysis.ts';
import { HANDLER_CHECKS, type HandlerFacts } from '../../src/core/doctor/handler-checks.ts';
import { KERNEL_CHECKS, parseKernelConfig } from '../../src/core/doctor/kernel-checks.ts';
import { heldLocks, LEFTOVER_CHECKS, mountsBelow, parseProcessStat } from '../../src/core/doctor/leftover-checks.ts';
import { describeRepair, REPAIRS, runCheck, type Check, type CheckResult } from '../../src/core/doctor/model.ts';
import { parseLoaderAnswers, ROOT_CHECKS } from '../../src/core/doctor/root-checks.ts';
import { SPACE_CHECKS } from '../../src/core/doctor/space-checks.ts';
import { TOOL_CHECKS } from '../../src/core/doctor/tool-checks.ts';
import { USER_CHECKS } from '../../src/core/doctor/user-checks.ts';
import {
  BAD_HANDLERS,
  BAD_KERNEL,
  BAD_LEFTOVERS,
  BAD_ROOT,
  BAD_SPACE,
  BAD_TOOLS,
  BAD_USER,
  exampleFindings,
  MANIFEST,
  TABLE,
} from '../support/doctor-examples.ts';

/** The answer of one check of a group. */
function answer<Facts>(checks: readonly Check<Facts>[], id: string, facts: Facts): CheckResult {
  const check = checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  return runCheck(check, facts);
}

describe('the table', () => {
  test('names each check once', () => {
    const ids = ALL_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every check can find something, and says what to do about it', () => {
    for (const { id, status, fix, what } of exampleFindings()) {
      expect([id, status]).toEqual([id, 'finding']);
      expect(fix.length, id).toBeGreaterThan(0);
      expect(what, id).not.toMatch(/\.$/);
    }
    expect(exampleFindings().map(({ id }) => id)).toEqual(ALL_CHECKS.map(({ id }) => id));
  });

  test('only what is our own is mended without a question', () => {
    const safe = Object.entries(REPAIRS).flatMap(([kind, { safety }]) => (safety === 'safe' ? [kind] : []));
    expect(safe).toEqual(['sweep-cache', 'sweep-root', 'mend-tree']);
    expect(describeRepair({ kind: 'unmount', paths: ['/a', '/b'] })).toBe('unmount /a, /b');
  });
});

describe('kernel', () => {
  test.each([
    ['6.7.0', 'ok'],
    ['6.12.1-arch1', 'ok'],
    ['7.0.0', 'ok'],
    ['6.6.99', 'finding'],
    ['5.15.0-100-generic', 'finding'],
    ['unheard-of', 'unknown'],
  ])('%s is %s', (release, status) => {
    expect(answer(KERNEL_CHECKS, 'kernel', { ...BAD_KERNEL, release }).status).toBe(status);
  });

  test('a module that only has to be loaded is told from one that is not there', () => {
    const there = answer(KERNEL_CHECKS, 'binfmt-misc', BAD_KERNEL);
    expect(there.repair).toEqual({ kind: 'load-module', module: 'binfmt_misc' });
    const absent = answer(KERNEL_CHECKS, 'binfmt-misc', { ...BAD_KERNEL, modules: { unseen: 'no modules' } });
    expect(absent).toMatchObject({ status: 'finding', details: ['CONFIG_BINFMT_MISC=m'] });
    expect(absent).not.toHaveProperty('repair');
    const loaded = { ...BAD_KERNEL, filesystems: { seen: new Set(['binfmt_misc']) } };
    expect(answer(KERNEL_CHECKS, 'binfmt-misc', loaded).status).toBe('ok');
    const hidden = { ...BAD_KERNEL, filesystems: { unseen: 'no /proc' } };
    expect(answer(KERNEL_CHECKS, 'binfmt-misc', hidden)).toMatchObject({ status: 'unknown', what: 'no /proc' });
  });

  test('32-bit programs matter to a 32-bit guest only', () => {
    expect(answer(KERNEL_CHECKS, 'ia32', BAD_KERNEL).details).toEqual(['CONFIG_IA32_EMULATION: n']);
    expect(answer(KERNEL_CHECKS, 'ia32', { ...BAD_KERNEL, isGuest32Bit: false }).status).toBe('ok');
    expect(answer(KERNEL_CHECKS, 'ia32', { ...BAD_KERNEL, runsIa32: { seen: true } }).status).toBe('ok');
  });

  test('the lowest address may be where Arm programs begin, and no higher', () => {
    const at = (value: number): string =>
      answer(KERNEL_CHECKS, 'mmap-min-addr', { ...BAD_KERNEL, mmapMinAddr: { seen: value } }).status;
    expect([at(0), at(65536), at(65537)]).toEqual(['ok', 'ok', 'finding']);
  });

  test('a configuration has only what is set', () => {
    const text = '# Linux/x86 6.18\nCONFIG_BINFMT_MISC=y\n# CONFIG_IA32_EMULATION is not set\nCONFIG_X="a b"\n';
    expect([...parseKernelConfig(text)]).toEqual([
      ['CONFIG_BINFMT_MISC', 'y'],
      ['CONFIG_X', '"a b"'],
    ]);
  });
});

describe('user', () => {
  test('the switch that forbids it is named, with its repair', () => {
    const result = answer(USER_CHECKS, 'user-namespaces', BAD_USER);
    expect(result.what).toContain('kernel.apparmor_restrict_unprivileged_userns is 1');
    expect(result.repair).toEqual({
      kind: 'set-sysctl',
      name: 'kernel.apparmor_restrict_unprivileged_userns',
      value: '0',
    });
  });

  test('a switch for ordinary users is not what stops root', () => {
    const result = answer(USER_CHECKS, 'user-namespaces', { ...BAD_USER, uid: 0 });
    expect(result.what).toBe('the kernel refuses them to this user');
    const works = { ...BAD_USER, uid: 0, namespace: { seen: { ok: true } } } as const;
    expect(answer(USER_CHECKS, 'user-namespaces', works)).toMatchObject({
      status: 'ok',
      what: expect.stringContaining('keeps ordinary users from it') as string,
    });
  });

  test('subordinate ids: both files and both helpers, and none for root', () => {
    expect(answer(USER_CHECKS, 'subordinate-ids', BAD_USER).details).toEqual([
      '/etc/subuid gives anna no ids',
      '/etc/subgid gives anna 1000 ids; 65536 are wanted',
      'newuidmap is missing',
      'newgidmap is without privilege',
    ]);
    expect(answer(USER_CHECKS, 'subordinate-ids', { ...BAD_USER, uid: 0 }).status).toBe('ok');
    const range = { seen: [{ start: 100000, count: 65536 }] };
    const good = { ...BAD_USER, subuid: range, subgid: range, helpers: [] };
    expect(answer(USER_CHECKS, 'subordinate-ids', good).status).toBe('ok');
  });
});

describe('handlers', () => {
  test('a dispatcher that another entry keeps from its work', () => {
    const result = answer(HANDLER_CHECKS, 'handlers', BAD_HANDLERS);
    expect(result.details[0]).toBe('arm64 programs are given to qemu-aarch64 and not to the dispatcher of aarch64');
    expect(result.fix).toEqual(['qemu-accel binfmt clear qemu-aarch64']);
  });

  test('all that stand before a dispatcher are taken out', () => {
    const [foreign, dispatcher] = TABLE.entries;
    const entries = [
      foreign!,
      { ...foreign!, name: 'another' },
      { ...dispatcher!, origin: { kind: 'build service' } as const },
    ];
    const table = { seen: { ...TABLE, entries } };
    expect(answer(HANDLER_CHECKS, 'handlers', { ...BAD_HANDLERS, table }).repair).toEqual({
      kind: 'change-handlers',
      isTableOff: false,
      clear: ['qemu-aarch64', 'another'],
      register: [],
    });
  });

  test('a table that is switched off is switched on, and then mended as any other', () => {
    const table = { seen: { ...TABLE, state: 'disabled' } } as const;
    expect(answer(HANDLER_CHECKS, 'handlers', { ...BAD_HANDLERS, table })).toMatchObject({
      details: [expect.stringContaining('switched off as a whole'), expect.stringContaining('0 to its file status')],
      repair: { kind: 'change-handlers', isTableOff: true, clear: ['qemu-aarch64'] },
    });
  });

  test('emulation is no answer to a log that blames them', () => {
    const foreign = { ...TABLE, entries: TABLE.entries.slice(0, 1) };
    const empty = { state: 'not mounted', entries: [] } as const;
    const judged = (seen: ObservedTable, facts: Partial<HandlerFacts>): CheckResult =>
      answer(HANDLER_CHECKS, 'handlers', { ...BAD_HANDLERS, table: { seen }, ...facts });
    const repair = { kind: 'change-handlers', isTableOff: false, clear: [], register: ['arm64'] };
    expect(judged(foreign, {}).status).toBe('ok');
    expect(judged(foreign, { areBlamed: true })).toMatchObject({ status: 'finding', repair });
    expect(judged(empty, { areBlamed: true })).toMatchObject({ status: 'finding', repair });
    // Without a build root nobody knows which architecture is missed.
    expect(judged(empty, { areBlamed: true, guests: GUEST_ARCHS }).status).toBe('ok');
  });

  test('the question says how it is undone', () => {
    const changes = { isTableOff: true, clear: ['a', 'b'], register: ['arm64'] };
    expect(describeRepair({ kind: 'change-handlers', ...changes })).toBe(
      'switch binfmt_misc on (undo: echo 0 >/proc/sys/fs/binfmt_misc/status), take a and b out of binfmt_misc (undo: qemu-accel binfmt restore), ' +
        'register the dispatcher for arm64 (undo: qemu-accel binfmt unregister arm64)',
    );
  });

  test('for an architecture that nobody asked about they are no news', () => {
    const other = { ...BAD_HANDLERS, guests: [guestArch('riscv64')] };
    expect(answer(HANDLER_CHECKS, 'handlers', other)).toMatchObject({
      status: 'ok',
      what: 'nothing is registered for guest programs',
    });
  });

  test('a table that is not there is none of the reasons for anything', () => {
    const table = { seen: { state: 'not mounted', entries: [] } } as const;
    expect(answer(HANDLER_CHECKS, 'handlers', { ...BAD_HANDLERS, table }).status).toBe('ok');
  });
});

describe('tools', () => {
  test.each([
    ['5.2.0', 'finding'],
    ['6.0.0', 'ok'],
    ['7.2.22', 'ok'],
    ['10.0.2', 'ok'],
  ])('qemu %s is %s', (version, status) => {
    const qemu = [{ arch: 'arm64', found: { path: '/usr/bin/qemu-aarch64-static', version } }];
    expect(answer(TOOL_CHECKS, 'qemu', { ...BAD_TOOLS, qemu }).status).toBe(status);
  });

  test.each([
    ['0.13', 'finding'],
    ['0.14.3', 'ok'],
    ['0.15.0', 'ok'],
    ['0.16.1', 'finding'],
    ['0.17.2', 'finding'],
    ['0.18.0', 'ok'],
  ])('patchelf %s is %s', (version, status) => {
    const facts = { ...BAD_TOOLS, patchelf: { path: '/usr/bin/patchelf', version } };
    expect(answer(TOOL_CHECKS, 'patchelf', facts).status).toBe(status);
  });

  test('one emulator is enough without a build root; its own is not another', () => {
    const both = [{ arch: 'arm64' }, { arch: 'armhf', found: { path: '/usr/bin/qemu-arm', version: '9.0' } }];
    expect(answer(TOOL_CHECKS, 'qemu', { ...BAD_TOOLS, qemu: both }).what).toBe('9.0 for armhf');
    expect(answer(TOOL_CHECKS, 'qemu', { ...BAD_TOOLS, qemu: [{ arch: 'arm64' }] }).status).toBe('finding');
  });
});

describe('space and leftovers', () => {
  test('bytes and inodes are told apart', () => {
    expect(answer(SPACE_CHECKS, 'space', BAD_SPACE).details).toEqual([
      '0.3 GiB of 1.5 GiB for the cache (/home/anna/.cache/qemu-accel)',
      '1200 of 60000 inodes for the cache (/home/anna/.cache/qemu-accel)',
    ]);
    expect(answer(SPACE_CHECKS, 'space', { ...BAD_SPACE, places: [{ unseen: 'no' }] }).status).toBe('unknown');
  });

  test('a cache that is not there yet, or is another’s', () => {
    expect(answer(SPACE_CHECKS, 'cache', { ...BAD_SPACE, cache: undefined }).status).toBe('ok');
    const { seen } = BAD_SPACE.cache as { seen: object };
    const facts = { ...BAD_SPACE, cache: { seen: { ...seen, isWritable: false } } } as typeof BAD_SPACE;
    expect(answer(SPACE_CHECKS, 'cache', facts).what).toMatch(/cannot be written/);
  });

  test('a launcher below node is at work; one below process 1 is left over', () => {
    const processes = [
      { pid: 10, parent: 9, name: 'node' },
      { pid: 11, parent: 10, name: 'emul-sandbox' },
      { pid: 12, parent: 11, name: 'emul-sandbox' },
    ];
    expect(answer(LEFTOVER_CHECKS, 'leftover-processes', { processes: { seen: processes } }).status).toBe('ok');
    expect(answer(LEFTOVER_CHECKS, 'leftover-processes', BAD_LEFTOVERS).repair).toEqual({
      kind: 'end-processes',
      pids: [4711],
    });
  });

  test('what /proc says is read as proc(5) writes it', () => {
    expect(parseProcessStat('12 (a) b) S 3 12 ')).toEqual({ pid: 12, name: 'a) b', parent: 3 });
    const mounts =
      '22 1 8:1 / / rw - ext4 a rw\n30 22 0:5 / /r\\040t/proc rw - proc p rw\n31 30 0:6 / /r\\040t/proc/x rw - x x rw\n';
    expect(mountsBelow(mounts, '/r t')).toEqual(['/r t/proc/x', '/r t/proc']);
    const locks = '1: FLOCK  ADVISORY  WRITE 812 fe:00:4711 0 EOF\n2: POSIX  ADVISORY  READ 1 fe:00:4712 0 EOF\n';
    expect(heldLocks(locks, new Set([4711, 4712]))).toBe(1);
  });
});

describe('build root', () => {
  const tree = { manifest: { seen: MANIFEST } };

  test('packages that changed and programs that came', () => {
    expect(answer(ROOT_CHECKS, 'versions', BAD_ROOT).details).toEqual([
      'make=4.4.1-1 is now 4.4.1-2',
      '/usr/bin/ninja came later',
    ]);
  });

  test.each([
    ['none', 'finding', 'make-tree'],
    ['hand-made', 'ok', undefined],
    ['foreign', 'finding', undefined],
    [{ manifest: { unseen: 'cut off' } }, 'finding', 'make-tree'],
    [tree, 'finding', 'mend-tree'],
  ] as const)('a tree that is %j is %s', (state, status, repair) => {
    const result = answer(ROOT_CHECKS, 'emul-tree', { ...BAD_ROOT, tree: state });
    expect([result.status, result.repair?.kind]).toEqual([status, repair]);
  });

  test('nothing is judged while somebody is at work on it', () => {
    const facts = { ...BAD_ROOT, isLocked: true };
    expect(answer(ROOT_CHECKS, 'emul-tree', facts).status).toBe('unknown');
    expect(answer(ROOT_CHECKS, 'unfinished', facts).status).toBe('ok');
  });

  test('mounts that somebody uses are none of ours to judge', () => {
    expect(answer(ROOT_CHECKS, 'mounts', { ...BAD_ROOT, users: { seen: [99] } }).status).toBe('ok');
    const blind = answer(ROOT_CHECKS, 'mounts', { ...BAD_ROOT, users: { unseen: 'not without root' } });
    expect(blind.details).toContain('not without root');
  });

  test('the plug-in: replaced, without a twin, with one', () => {
    const plugin = { path: '/x/liblto_plugin.so', file: 'guest', hasTwin: false } as const;
    const judge = (plugins: (typeof BAD_ROOT)['plugins']): string =>
      answer(ROOT_CHECKS, 'lto-plugin', { ...BAD_ROOT, plugins }).what;
    expect(judge(BAD_ROOT.plugins)).toMatch(/^somebody replaced/);
    expect(judge([plugin])).toMatch(/no twin/);
    expect(judge([{ ...plugin, hasTwin: true }])).toBe('/x/liblto_plugin.so');
    expect(judge([])).toBe('no compiler has one');
  });

  test('the loader’s answers name what is missing', () => {
    const said =
      '= /a\n\tlibc.so.6 => /emul/usr/lib/libc.so.6 (0x1)\n= /b\n\tlibz.so.1 => not found\n= /c\n/c: error while loading shared libraries: x\n';
    expect(parseLoaderAnswers(said)).toEqual([
      { path: '/b', what: 'libz.so.1 => not found' },
      { path: '/c', what: '/c: error while loading shared libraries: x' },
    ]);
  });

  test('no text of /proc or of the loader ends the doctor', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseProcessStat(text);
        parseLoaderAnswers(text);
        mountsBelow(text, '/x');
        heldLocks(text, new Set([1]));
      }),
    );
  });
});
