import { Denylist, type DenyRule } from '@crates-mirror/denylist/denylist';
import type { Work } from '../../plan/work.ts';
import type { Targets } from './targets.ts';

/** Filters the targets of a list by a denylist. For an index, the selection already does this. */
export function withoutDenied(
  targetsOf: (work: Work) => Targets,
  denied: readonly DenyRule[],
): (work: Work) => Targets {
  if (denied.length === 0) return targetsOf;
  const denylist = new Denylist(denied);
  return function* allowed(work) {
    for (const target of targetsOf(work))
      if (target === undefined || denylist.find(target.name, target.version) === undefined) yield target;
  };
}
