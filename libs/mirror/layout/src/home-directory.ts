/** Directory in a mirror for the tools' own data. It never contains crate files. */
export const HOME_DIRECTORY = '.crates-mirror';

/** Where index-cloner has the downloader write the crates to retry. */
export const CLONER_RETRY_FILE = 'index-cloner.retry';

/**
 * Paths that no option may write to: the mirror's own directory, except for files that tools pass
 * to each other.
 */
export const OWN_DIRECTORY = { name: HOME_DIRECTORY, except: [CLONER_RETRY_FILE] } as const;
