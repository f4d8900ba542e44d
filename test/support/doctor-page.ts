/** What a page shows of a finding: the lines that a person would see, as a code block. */
import { renderCheckup } from '../../src/cli/doctor-report.ts';
import { paletteFor } from '../../src/cli/style.ts';
import type { CheckResult } from '../../src/core/doctor/model.ts';

const PLAIN = paletteFor({ isTTY: false });

export function exampleText(result: CheckResult): string {
  const [lines = ''] = renderCheckup({ checks: [result], repairs: [] }, PLAIN).split('\n\n');
  return lines.replace(/^/gm, '    ');
}
