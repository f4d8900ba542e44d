/** Brings facts and checks together, one group at a time. */
import { observeTable } from '../../adapters/binfmt/observe.ts';
import { BINFMT_DIR } from '../../adapters/binfmt/table.ts';
import { gatherKernelFacts } from '../../adapters/doctor/kernel.ts';
import { gatherLeftoverFacts } from '../../adapters/doctor/processes.ts';
import { see } from '../../adapters/doctor/see.ts';
import { gatherSpaceFacts } from '../../adapters/doctor/space.ts';
import { findProgram, versionOf } from '../../adapters/doctor/tools.ts';
import { gatherUserFacts } from '../../adapters/doctor/user.ts';
import { findQemu } from '../../adapters/sandbox/interpreter.ts';
import { GUEST_ARCHS, type Arch } from '../../core/arch.ts';
import { HANDLER_CHECKS, type HandlerFacts } from '../../core/doctor/handler-checks.ts';
import { KERNEL_CHECKS } from '../../core/doctor/kernel-checks.ts';
import { LEFTOVER_CHECKS } from '../../core/doctor/leftover-checks.ts';
import { runCheck, type Check, type CheckResult } from '../../core/doctor/model.ts';
import { ROOT_CHECKS } from '../../core/doctor/root-checks.ts';
import { SPACE_CHECKS } from '../../core/doctor/space-checks.ts';
import { DEBIAN_TOOLS, TOOL_CHECKS, type ToolFacts } from '../../core/doctor/tool-checks.ts';
import { USER_CHECKS } from '../../core/doctor/user-checks.ts';
import { AccelError } from '../../core/errors.ts';
import type { HostPath } from '../../core/paths.ts';
import { archOfRoot } from '../run-request.ts';
import { gatherRootFacts } from './root-facts.ts';

/** What is looked at: the machine, or the machine for one build root and the build root. */
export interface Patient {
  readonly root?: HostPath;
  readonly areHandlersBlamed: boolean;
}

/** Runs every check there is for the patient, in the order of docs/doctor.md. Changes nothing. */
export async function runChecks({ root, areHandlersBlamed }: Patient): Promise<CheckResult[]> {
  const arch = root === undefined ? undefined : archIfKnown(root);
  const archs = arch === undefined ? GUEST_ARCHS : [arch];
  const machine = [
    ...judged(KERNEL_CHECKS, await gatherKernelFacts(arch === undefined ? undefined : arch.elfClass === 32)),
    ...judged(USER_CHECKS, await gatherUserFacts()),
    ...judged(HANDLER_CHECKS, await gatherHandlerFacts(archs, areHandlersBlamed)),
    ...judged(TOOL_CHECKS, await gatherToolFacts(archs)),
    ...judged(SPACE_CHECKS, await gatherSpaceFacts(root)),
    ...judged(LEFTOVER_CHECKS, gatherLeftoverFacts()),
  ];
  if (root === undefined) return machine;
  return [...machine, ...judged(ROOT_CHECKS, await gatherRootFacts(root))];
}

/** Every check, for the documents' test. */
export const ALL_CHECKS: readonly Pick<Check<never>, 'id' | 'title' | 'why' | 'fix'>[] = [
  ...KERNEL_CHECKS,
  ...USER_CHECKS,
  ...HANDLER_CHECKS,
  ...TOOL_CHECKS,
  ...SPACE_CHECKS,
  ...LEFTOVER_CHECKS,
  ...ROOT_CHECKS,
];

function judged<Facts>(checks: readonly Check<Facts>[], facts: Facts): CheckResult[] {
  return checks.map((check) => runCheck(check, facts));
}

function archIfKnown(root: HostPath): Arch | undefined {
  try {
    return archOfRoot(root);
  } catch (error) {
    // The check of the build root says it.
    if (error instanceof AccelError) return undefined;
    throw error;
  }
}

async function gatherHandlerFacts(guests: readonly Arch[], areBlamed: boolean): Promise<HandlerFacts> {
  return { table: await see(`read ${BINFMT_DIR}`, () => observeTable()), guests, areBlamed };
}

async function gatherToolFacts(archs: readonly Arch[]): Promise<ToolFacts> {
  const patchelf = findProgram('patchelf');
  const qemu = archs.map(async (arch) => {
    const path = qemuIfThere(arch);
    return path === undefined ? { arch: arch.name } : { arch: arch.name, found: await versionOf(path) };
  });
  return {
    qemu: await Promise.all(qemu),
    ...(patchelf === undefined ? {} : { patchelf: await versionOf(patchelf) }),
    present: new Set(Object.keys(DEBIAN_TOOLS).filter((name) => findProgram(name) !== undefined)),
  };
}

function qemuIfThere(arch: Arch): HostPath | undefined {
  try {
    return findQemu(arch);
  } catch (error) {
    if (error instanceof AccelError) return undefined;
    throw error;
  }
}
