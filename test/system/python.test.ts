/**
 * python, emulated and by its twin: whatever it answers, loads and does must be the same, with modules that have a twin, were
 * compiled a moment ago, or came with a package after the tree was made.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refresh } from '../../src/app/refresh.ts';
import { runCaptured } from '../../src/app/run.ts';
import { guestPath, inRoot, joinHost } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { PYTHON } from '../support/matrix/python.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { expectSameAnswers } from '../support/same-answers.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { readTraceFile, runBothSides, type Sides } from '../support/two-sides.ts';

const MAKE_FRESH = `cd /mnt && cat >fresh.c <<'END'
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { (void)self; (void)none; return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fresh", "", -1, methods};
PyMODINIT_FUNC PyInit_fresh(void) { return PyModule_Create(&module); }
END
gcc -shared -fPIC $(python3-config --includes) fresh.c -o fresh$(python3-config --extension-suffix)
mkdir -p deb/DEBIAN deb/usr/lib/python3/dist-packages && cp fresh.*.so deb/usr/lib/python3/dist-packages
printf '%s\\n' 'Package: python3-fresh' 'Version: 1' 'Architecture: arm64' 'Maintainer: a <a@b>' 'Description: a' >deb/DEBIAN/control
dpkg-deb --build deb fresh.deb && chmod -R a+rX /mnt`;

/** As a test runner does: it prints, and then it imports. */
const LATE = `print("first", flush=True); import _zoneinfo; print(_zoneinfo.__file__)`;
const FRESH = `print("first", flush=True); import fresh; print(fresh.answer())`;

let copy: RootCopy;
let library: TempDir;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64'], 'python', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot('trixie-arm64-builds');
    library = await tempDir();
    await runOk(['sh', '-ec', MAKE_FRESH]);
    sides = await runBothSides({ root: copy.root, snippets: PYTHON, library: library.dir });
  });
  afterAll(async () => {
    await sides.dispose();
    await library.dispose();
    await copy.dispose();
  });

  test.each(PYTHON)('$title', (snippet) => expectSameAnswers(sides, snippet));

  test('ran as a twin', async () => {
    const runs = (await sides.trace()).filter(({ path }) => /\/python3[^/]*$/.test(path));
    const count = (reason: string): number => runs.filter((run) => run.reason === reason).length;
    expect(count('twin')).toBeGreaterThan(40);
    expect(count('modules')).toBeGreaterThan(1);
    // Two for the fresh module, and one for a library that python asks for by ctypes.
    expect(count('rolled-back')).toBe(3);
    expect(count('no-twin')).toBe(0);
  });

  test('a module that a package brought is emulated at once, and has a twin after refresh', async () => {
    await replaceModule('_zoneinfo');
    expect(await reasonsOf('import _zoneinfo')).toEqual(['twin', 'rolled-back']);
    const now = new Date();
    await fsp.utimes(inRoot(copy.root, guestPath('/var/lib/dpkg/info')), now, now);
    expect(await reasonsOf(LATE)).toEqual(['modules']);
    await refresh({ root: copy.root });
    expect(await reasonsOf(LATE)).toEqual(['twin']);
  });

  test('a package that no donor has: emulated while it is installed', async () => {
    await runOk(['dpkg', '--install', '/mnt/fresh.deb']);
    expect(await reasonsOf(FRESH)).toEqual(['modules']);
    await refresh({ root: copy.root });
    expect(await reasonsOf(FRESH)).toEqual(['modules']);
    await runOk(['dpkg', '--purge', 'python3-fresh']);
    expect(await reasonsOf('print(1)')).toEqual(['twin']);
  });
});

/** As an upgrade of its package does: the tree's twin is none of the new file's. */
async function replaceModule(name: string): Promise<void> {
  const { stdout } = await exec(['find', joinHost(copy.root, 'usr/lib'), '-name', `${name}.cpython-*.so`]);
  await fsp.appendFile(stdout.trim(), 'x');
}

async function runOk(command: readonly string[]): Promise<void> {
  const { status, stderr } = await runCaptured({ root: copy.root, command, binds: [`${library.dir}:/mnt`] });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
}

/** Why the dispatcher and the shim did with python what they did. */
async function reasonsOf(program: string): Promise<string[]> {
  const trace = joinHost(library.dir, 'trace');
  const command = ['/usr/bin/python3', '-c', program];
  const { status, stderr } = await runCaptured({ root: copy.root, command, trace, chdir: '/var/opt' });
  expect(`${String(status)}${stderr}`).toBe('0');
  return (await readTraceFile(trace)).map(({ reason }) => reason);
}
