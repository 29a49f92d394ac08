import { formatCount } from '@crates-mirror/progress';
import type { Report } from './report.ts';

/** The end of a summary: the first failures. */
export function failureLines({ firstFailures, failed }: Report): string[] {
  if (failed === 0) return [];
  const shown = firstFailures.map(({ where, message }) => `  ${where}\n      ${message}`);
  const hidden = failed - firstFailures.length;
  const more = `  and ${formatCount(hidden)} more: --log-level debug shows them all`;
  return ['', 'First failures:', ...shown, ...(hidden > 0 ? [more] : [])];
}
