/**
 * PRoot in mixed mode, as its manual describes it: `proot -q QEMU -R ROOT`. Foreign programs run under qemu, native ones as
 * they are, and the root of the one who starts it is at /host-rootfs; from there comes the native cross compiler, first in PATH.
 *
 * PRoot is started in the native root's sandbox, so that it meets the libraries that it and the compiler need. It runs the clock
 * inside: its own start is not measured.
 */
import { findQemu } from '../../adapters/sandbox/interpreter.ts';
import type { HostPath } from '../../core/paths.ts';
import { CROSS_TARGET, NATIVE_COMPILERS } from './crossdirect.ts';
import { ARCH } from './roots.ts';
import { PLACE, runRegistered, WORK, type RunIn } from './sandbox.ts';

const [GUEST, QEMU] = ['/srv/guest', '/srv/qemu'];
const PROOT = ['/usr/bin/proot', '-q', QEMU, '-R', GUEST, '-b', PLACE, '-b', CROSS_TARGET, '-w', WORK] as const;

/** @param registration of an interpreter that has no part in it. */
export function prootIn(nativeRoot: HostPath, guestRoot: HostPath, registration: string): RunIn {
  const view = {
    binds: [`${guestRoot}:${GUEST}`, `${findQemu(ARCH)}:${QEMU}:ro`],
    path: `/host-rootfs${NATIVE_COMPILERS}`,
    registration,
  };
  return (request) => runRegistered(nativeRoot, { ...request, command: [...PROOT, ...request.command] }, view);
}
