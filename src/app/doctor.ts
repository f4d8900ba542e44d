/** `doctor`: what is wrong with the machine and with a build root, why it matters, and how to mend it. */
import { describeRepair, REPAIRS, type CheckResult, type Repair } from '../core/doctor/model.ts';
import { AccelError } from '../core/errors.ts';
import type { HostPath } from '../core/paths.ts';
import { runChecks } from './doctor/groups.ts';
import { repair } from './doctor/repair.ts';
import type { ProgressSink } from './progress.ts';

export interface DoctorRequest {
  readonly root?: HostPath;
  /** The log of a failed build blames the handlers. */
  readonly areHandlersBlamed?: boolean;
  /** Mend what can be mended. */
  readonly isFixing?: boolean;
  /** Asked before a repair that touches what is not our own. Default: the answer is no. */
  readonly approve?: (question: string) => Promise<boolean>;
  readonly onProgress?: ProgressSink;
  readonly signal?: AbortSignal;
}

export interface Checkup {
  /** Of the machine, then of the build root; after repairs as they are then. */
  readonly checks: readonly CheckResult[];
  readonly repairs: readonly RepairRecord[];
}

export interface RepairRecord {
  /** Of the check. */
  readonly id: string;
  readonly what: string;
  readonly outcome: 'done' | 'declined' | 'failed';
  /** Why it failed. */
  readonly why?: string;
}

/** @throws EnvironmentError E_ROOT where there is no such directory; E_INTERRUPTED. Whatever else is wrong is a finding. */
export async function doctor(request: DoctorRequest): Promise<Checkup> {
  const { root, areHandlersBlamed = false } = request;
  const patient = { areHandlersBlamed, ...(root === undefined ? {} : { root }) };
  const checks = await runChecks(patient);
  if (request.isFixing !== true) return { checks, repairs: [] };
  const repairs: RepairRecord[] = [];
  // A damaged tree is found by several checks, and mended once.
  const seen = new Set<string>();
  for (const { id, repair: wanted } of checks) {
    const key = JSON.stringify(wanted);
    if (wanted === undefined || seen.has(key)) continue;
    seen.add(key);
    repairs.push(await tryRepair(id, wanted, request));
  }
  const isChanged = repairs.some(({ outcome }) => outcome !== 'declined');
  return { checks: isChanged ? await runChecks(patient) : checks, repairs };
}

async function tryRepair(id: string, wanted: Repair, request: DoctorRequest): Promise<RepairRecord> {
  const what = describeRepair(wanted);
  if (REPAIRS[wanted.kind].safety === 'ask' && !(await isApproved(what, request))) {
    return { id, what, outcome: 'declined' };
  }
  const { root, onProgress, signal } = request;
  try {
    await repair(wanted, {
      ...(root === undefined ? {} : { root }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { id, what, outcome: 'done' };
  } catch (error) {
    if (!(error instanceof AccelError) || signal?.aborted === true) throw error;
    return { id, what, outcome: 'failed', why: error.message };
  }
}

async function isApproved(what: string, { approve }: DoctorRequest): Promise<boolean> {
  return approve === undefined ? false : approve(what);
}
