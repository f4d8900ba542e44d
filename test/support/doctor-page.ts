/** What a page shows of a finding: the lines that a person would see, as a code block. */
import { renderCheckup } from '../../src/cli/doctor-report.ts';
import { renderDiagnosis } from '../../src/cli/log-report.ts';
import { paletteFor } from '../../src/cli/style.ts';
import { makeLogReader } from '../../src/core/build-log/diagnose.ts';
import type { CheckResult } from '../../src/core/doctor/model.ts';

import { LOGGED_FAILURES } from './build-logs.ts';

const PLAIN = paletteFor({ isTTY: false });

export function exampleText(result: CheckResult): string {
  const [lines = ''] = renderCheckup({ checks: [result], repairs: [] }, PLAIN).split('\n\n');
  return lines.replace(/^/gm, '    ');
}

/** The first logged failure of that cause, diagnosed. */
export function diagnosisText(cause: string): string {
  const reader = makeLogReader();
  const example = LOGGED_FAILURES.find((failure) => failure.cause === cause);
  for (const line of example?.log.split('\n') ?? []) reader.add(line);
  return renderDiagnosis(reader.end(), PLAIN)
    .trimEnd()
    .replace(/^(?=.)/gm, '    ');
}
