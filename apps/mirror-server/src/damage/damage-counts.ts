import { formatCount } from '@crates-mirror/progress';

/** Crate files that the index names, and that the mirror should hold and does not. */
export interface DamageCounts {
  /** On disk, and not what the index promises. */
  readonly damaged: number;
  /** Verified once or in a bundle that is lost, and nowhere now. */
  readonly lost: number;
}

/** In a line; undefined where nothing is damaged or lost. */
export function describeCounts({ damaged, lost }: DamageCounts): string | undefined {
  const parts = [damaged > 0 ? `${files(damaged)} damaged` : '', lost > 0 ? `${files(lost)} lost` : ''];
  return parts.filter((part) => part !== '').join(', ') || undefined;
}

function files(count: number): string {
  return `${formatCount(count)} crate ${count === 1 ? 'file' : 'files'}`;
}
