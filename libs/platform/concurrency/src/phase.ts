import type { Bounds } from './bounds.ts';
import { type Climb, climb, climbOn, type Descent, descend, descendFrom, hasGrown } from './climb.ts';
import type { Finding } from './finding.ts';
import { type Seek, seek, seekFrom } from './seek.ts';

/** How the limit is searched: from far below, from above, or nearby. */
export type Phase = Climb | Descent | Seek;

const MIN_MS = { climb: 50, descent: 100, seek: 200 } as const;
const MIN_ENDED = { climb: 16, descent: 64, seek: 200 } as const;

/** The minimum length of a round in this phase. */
export function lengthOf(phase: Phase): { readonly shortestMs: number; readonly fewestEnded: number } {
  const isSettling = phase.kind !== 'climb' && phase.isSettling;
  return { shortestMs: MIN_MS[phase.kind], fewestEnded: isSettling ? 1 : MIN_ENDED[phase.kind] };
}

export function advance(phase: Phase, finding: Finding, bounds: Bounds): Phase {
  const { throughput, hint, isBusy, isDraining } = finding;
  if (phase.kind !== 'climb' && phase.isSettling && isDraining) return phase;
  if (phase.kind !== 'climb' && !phase.isSettling && !isBusy && hasGrown(throughput, phase.full))
    return climbOn({ limit: phase.limit, throughput }, bounds.most);
  switch (phase.kind) {
    case 'climb': {
      const next = climb(phase, finding, bounds.most);
      if ('kind' in next) return next;
      // If the limit may not be raised, it is unknown whether more requests would help.
      if (isBusy || next.limit > phase.from || bounds.most <= phase.from) return seekFrom(next, bounds);
      return descendFrom(next);
    }
    case 'descent': {
      const next = descend(phase, throughput, bounds.least);
      return 'kind' in next ? next : seekFrom({ limit: next.limit, throughput: phase.full }, bounds);
    }
    case 'seek': {
      const next = seek(phase, throughput, hint, bounds);
      return next === 'climb' ? climbOn({ limit: phase.limit, throughput }, bounds.most) : next;
    }
  }
}
