import type { Bounds } from './bounds.ts';
import { type Climb, climb, climbFrom, type Descent, descend, descendFrom } from './climb.ts';
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

export function advance(phase: Phase, { throughput, hint, isBusy }: Finding, bounds: Bounds): Phase {
  switch (phase.kind) {
    case 'climb': {
      const next = climb(phase, { throughput, hint, isBusy }, bounds.most);
      if ('kind' in next) return next;
      // If the limit may not be raised, it is unknown whether more requests would help.
      if (isBusy || next.limit > phase.from || bounds.most <= phase.from) return seekFrom(next.limit, bounds);
      return descendFrom(next, bounds.least);
    }
    case 'descent': {
      const next = descend(phase, throughput, bounds.least);
      return 'kind' in next ? next : seekFrom(next.limit, bounds);
    }
    case 'seek': {
      const next = seek(phase, throughput, hint, bounds);
      return next === 'climb' ? climbFrom(phase.limit) : next;
    }
  }
}
