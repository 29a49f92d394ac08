import { formatCount } from '@crates-mirror/progress';

/** Crate files that the index names, and that the mirror should hold but does not. */
export interface DamageCounts {
  /** On disk, but not as the index specifies. */
  readonly damaged: number;
  /** Once verified, or in a lost bundle, and no longer anywhere. */
  readonly lost: number;
}

/** In one line; undefined if nothing is damaged or lost. */
export function describeCounts({ damaged, lost }: DamageCounts): string | undefined {
  const parts = [damaged > 0 ? `${files(damaged)} damaged` : '', lost > 0 ? `${files(lost)} lost` : ''];
  return parts.filter((part) => part !== '').join(', ') || undefined;
}

function files(count: number): string {
  return `${formatCount(count)} crate ${count === 1 ? 'file' : 'files'}`;
}
