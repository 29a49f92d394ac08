import { CARRIED_FILES, HOME_DIRECTORY } from '@crates-mirror/layout';
import type { ExclusionRule } from './exclusions.ts';

/**
 * State that a mirror keeps for runs on one machine: locks, ledgers, temporary files, and the
 * quarantine, whose files are not to be distributed. It is not part of the mirror's content.
 */
export const MIRROR_STATE: ExclusionRule = {
  pattern: `**/${HOME_DIRECTORY}/*`,
  except: CARRIED_FILES.map((name) => `**/${HOME_DIRECTORY}/${name}`),
};
