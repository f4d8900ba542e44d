/** What the quickstart found out, as data that is kept for the next call. */

export interface QuickstartStep {
  readonly title: string;
  readonly acceleratedSeconds: number;
  readonly emulatedSeconds: number;
}

export interface QuickstartResult {
  /** `hello 2.10`. */
  readonly program: string;
  readonly root: string;
  readonly steps: readonly QuickstartStep[];
  /** Started programs of the accelerated build: under the host's CPU, and under qemu. */
  readonly programs: { readonly accelerated: number; readonly emulated: number };
  readonly files: {
    readonly identicalCompiled: number;
    readonly identicalOthers: number;
    readonly different: readonly string[];
  };
}

/** All steps as one. */
export function totalOf(result: QuickstartResult): QuickstartStep {
  const sum = (pick: (step: QuickstartStep) => number): number =>
    result.steps.reduce((total, step) => total + pick(step), 0);
  return {
    title: 'together',
    acceleratedSeconds: sum((step) => step.acceleratedSeconds),
    emulatedSeconds: sum((step) => step.emulatedSeconds),
  };
}

/** As people write it: `19.3x`. */
export function speedUp(step: QuickstartStep): string {
  return `${(step.emulatedSeconds / step.acceleratedSeconds).toFixed(1)}x`;
}
