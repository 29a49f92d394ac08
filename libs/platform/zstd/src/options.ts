import { type OptionSpec, wholeNumber } from '@crates-mirror/cli';
import { DEFAULT_LEVEL, MAX_LEVEL, MIN_LEVEL } from './level.ts';

/** @param when the condition for the option, for `--help` */
export function compressLevelOption(when: string, group: string) {
  return {
    flags: '--compress-level <n>',
    description: `${when}: how hard to try, ${MIN_LEVEL} (fastest) to ${MAX_LEVEL} (smallest)`,
    group,
    default: String(DEFAULT_LEVEL),
    parse: wholeNumber(MIN_LEVEL, MAX_LEVEL),
  } as const satisfies OptionSpec;
}
