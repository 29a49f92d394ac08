/** Maximum number of crate files that a trial fetches. */
export const MAX_TRIAL_FILES = 4000;
