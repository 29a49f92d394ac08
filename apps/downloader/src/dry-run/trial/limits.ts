/** Crate files that a trial fetches at most. */
export const MAX_TRIAL_FILES = 4000;
