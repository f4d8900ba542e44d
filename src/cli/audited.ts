/** What `audit` says. */
import type { Audit } from '../app/audit.ts';
import { AUDIT_CHECKS, type AuditCheck } from '../core/audit.ts';
import { EMULATED_REASONS, type EmulatedReason } from '../core/model.ts';
import { renderTable, shortened } from './table.ts';

/** One string of gcc fills a screen; --json has it whole. */
const SHOWN_COLUMNS = 110;

export function renderAudit(audit: Audit): string {
  const checks = (Object.keys(AUDIT_CHECKS) as AuditCheck[]).flatMap((check) => {
    const found = audit.findings.filter((finding) => finding.check === check);
    const verdict = found.length === 0 ? 'ok     ' : 'FINDING';
    const rows = found.map(({ path, what }) => [' ', path, shortened(what, SHOWN_COLUMNS)]);
    return [
      `${verdict}  ${AUDIT_CHECKS[check]}\n`,
      ...(rows.length === 0 ? [] : [renderTable([{ title: '' }, { title: '' }, { title: '' }], rows)]),
    ];
  });
  const reasons = (Object.entries(audit.emulatedByReason) as [EmulatedReason, number][])
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => [String(count), EMULATED_REASONS[reason]]);
  return [
    ...checks,
    '\n',
    `${String(audit.accelerated)} of ${String(audit.programs)} programs accelerated, ${String(audit.scanned)} files of the tree read\n`,
    reasons.length === 0 ? '' : `emulated:\n${renderTable([{ title: '', align: 'right' }, { title: '' }], reasons)}`,
  ].join('');
}
