import { describe, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { cpuinfoText } from '../../src/core/cpuinfo.ts';
import { findGuestUser, guestEnv } from '../../src/core/guest-user.ts';
import { formatIdMap, identityMap, parseSubordinateIds, subordinateMap } from '../../src/core/id-map.ts';
import { guestPath, hostPath } from '../../src/core/paths.ts';
import { encodePlan, sandboxPlan, type SandboxHost, type SandboxSpec } from '../../src/core/sandbox-plan.ts';

const HOST: SandboxHost = { hasManyIds: true, hasResolvConf: true };
const SPEC: SandboxSpec = {
  root: hostPath('/srv/root'),
  command: ['sh', '-c', 'true'],
  env: { A: 'b' },
  cwd: '/',
  network: 'host',
  registration: ':text',
  binds: [{ source: hostPath('/home/me'), target: guestPath('/src'), isReadOnly: true }],
  files: [{ target: guestPath('/proc/cpuinfo'), content: Buffer.from('cpu\0'), isOptional: true }],
};

function lines(spec: Partial<SandboxSpec>, host: Partial<SandboxHost> = {}): string[] {
  return sandboxPlan({ ...SPEC, ...spec }, { ...HOST, ...host }).map(({ words }) => words.join(' '));
}

describe('the plan', () => {
  test('mounts first, then binds, files and the interpreter, then what the command is', () => {
    const kinds = lines({}).map((line) => line.split(' ')[0]);
    expect(kinds[0]).toBe('root');
    expect(kinds.slice(-7)).toEqual(['bind', 'data', 'binfmt', 'user', 'chdir', 'env', 'run']);
    expect(lines({}).at(-1)).toBe('run 3 sh -c true');
  });

  test('keeps a /proc with nothing over its files for nested namespaces', () => {
    const mounts = lines({}).filter((line) => line.startsWith('mount proc'));
    expect(mounts.map((line) => line.split(' ')[2])).toEqual(['/proc/complete', '/proc']);
  });

  test('has a /sys and a loopback device of its own where it has a network of its own', () => {
    expect(lines({ network: 'none' })[0]).toBe('net');
    expect(lines({ network: 'none' })).toContain('mount sysfs /sys - nosuid,nodev,noexec,ro');
    expect(lines({ network: 'none' }).some((line) => line.includes('resolv.conf'))).toBe(false);
    expect(lines({ network: 'host' })).toContain('bind /sys /sys nosuid,nodev,noexec,ro');
  });

  test('asks for no second id where there is only one', () => {
    const all = lines({}, { hasManyIds: false }).join('\n');
    expect(all).not.toContain('gid=5');
    expect(all).toContain('user 0 0 -');
  });

  test('without a root only has a /proc for its processes', () => {
    const { command, env, registration } = SPEC;
    const hostView = {
      command,
      env,
      registration: registration!,
      cwd: '/',
      network: 'host',
      binds: [],
      files: [],
    } as const;
    const kinds = sandboxPlan(hostView, HOST).map(({ words }) => words[0]);
    expect(kinds).toEqual(['mount', 'binfmt', 'user', 'chdir', 'env', 'run']);
  });

  test('is encoded as words that end with NUL, data as they are', () => {
    const file = sandboxPlan(SPEC, HOST).filter(({ words }) => words[0] === 'data');
    const body = '?data\0/proc/cpuinfo\x00444\x004\0cpu\0';
    expect(encodePlan(file).toString()).toBe(`emul-sandbox-plan-1\0${String(body.length)}\0${body}`);
  });

  test('cannot hold a NUL inside of a word', () => {
    expect(() => encodePlan(sandboxPlan({ ...SPEC, command: ['a\0b'] }, HOST))).toThrow(RangeError);
  });
});

describe('id maps', () => {
  test('of root: every id that exists here, as itself', () => {
    expect(formatIdMap(identityMap('         0          0 4294967295\n'))).toBe('0 0 4294967295\n');
    expect(formatIdMap(identityMap('0 1000 1\n1 100000 65536\n'))).toBe('0 0 1\n1 1 65536\n');
  });

  test('of an ordinary user: root is the user, the ranges follow', () => {
    const text = 'me:100000:65536\nother:1:2\n1000:300000:10\nme:x:1\nbad\n';
    const ranges = parseSubordinateIds(text, { name: 'me', uid: 1000 });
    expect(formatIdMap(subordinateMap(1000, ranges))).toBe('0 1000 1\n1 100000 65536\n65537 300000 10\n');
  });
});

describe('the user of the build root', () => {
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/bash\nme:x:1000:100::/home/me:\n',
    group: 'users:x:100:\nsrc:x:40:other,me\ndev:x:50:me\n',
  };

  test.each([
    ['me', { name: 'me', uid: 1000, gid: 100, groups: [100, 40, 50], home: '/home/me', shell: '/bin/sh' }],
    ['1000:7', { name: 'me', uid: 1000, gid: 7, groups: [7, 40, 50], home: '/home/me', shell: '/bin/sh' }],
    ['4711', { name: '4711', uid: 4711, gid: 4711, groups: [4711], home: '/', shell: '/bin/sh' }],
  ])('%s', (wanted, user) => {
    expect(findGuestUser(wanted, files)).toEqual(user);
  });

  test('is root also where there is no passwd', () => {
    expect(findGuestUser('root', { passwd: '', group: '' })).toMatchObject({ uid: 0, gid: 0, home: '/root' });
  });

  test('must exist', () => {
    expect(() => findGuestUser('nobody-here', files)).toThrow(/no user 'nobody-here'/);
  });

  test('has the environment of a fresh login, and what was asked for', () => {
    const env = guestEnv(findGuestUser('me', files), { LANG: 'de_DE.UTF-8', X: '1' });
    expect(env).toMatchObject({ HOME: '/home/me', USER: 'me', LOGNAME: 'me', LANG: 'de_DE.UTF-8', X: '1' });
    expect(Object.keys(env).sort()).toEqual(['HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'USER', 'X']);
  });
});

test('cpuinfo has one paragraph for each processor', () => {
  const text = cpuinfoText(guestArch('arm64'), 3) ?? '';
  expect(text.match(/^processor\t: \d$/gm)).toEqual(['processor\t: 0', 'processor\t: 1', 'processor\t: 2']);
  expect(text).not.toMatch(/Intel|AMD|x86/);
});
