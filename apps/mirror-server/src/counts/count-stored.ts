import type { StoredStats } from '@crates-mirror/stored-mirror';
import { Arrivals } from './arrivals.ts';
import type { Counting } from './counts.ts';

/**
 * Counts a mirror in an object store by listing it. Damaged and lost files show when they are read.
 */
export function countStored(stats: Pick<StoredStats, 'count'>): Counting {
  return (onPiece) => {
    let isStopped = false;
    const run = async (): Promise<boolean> => {
      const arrivals = new Arrivals(Date.now());
      const names = new Set<string>();
      let versions = 0;
      let bytes = 0;
      await stats.count(({ name, version, size, at }) => {
        names.add(name);
        versions += 1;
        bytes += size;
        if (at > 0) arrivals.add(name, version, at, 0);
      });
      if (isStopped) return false;
      const list = [...names].sort().map((name) => `${name}\n`);
      onPiece({ versions, bytes, lost: 0, unlisted: 0, toExamine: [], names: list.join('') });
      onPiece({ arrivals: arrivals.list() });
      return true;
    };
    return {
      done: run(),
      // Its requests end with the connection to the store.
      stop: async () => {
        isStopped = true;
      },
    };
  };
}
