import { formatCount } from '@crates-mirror/progress';

/** `1 sidecar`, `2,000 sidecars` */
export function formatSidecars(count: number): string {
  return count === 1 ? '1 sidecar' : `${formatCount(count)} sidecars`;
}
