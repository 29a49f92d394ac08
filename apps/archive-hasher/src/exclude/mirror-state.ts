import { CARRIED_FILES, HOME_DIRECTORY } from '@crates-mirror/layout';
import type { ExclusionRule } from './exclusions.ts';

/** What a mirror keeps for the runs of one machine (locks, ledgers, temporary files), and says nothing about the mirror. */
export const MIRROR_STATE: ExclusionRule = {
  pattern: `**/${HOME_DIRECTORY}/*`,
  except: CARRIED_FILES.map((name) => `**/${HOME_DIRECTORY}/${name}`),
};
