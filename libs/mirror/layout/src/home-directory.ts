/** Directory inside a mirror that holds what the tools know about it; no crate ever lives there. */
export const HOME_DIRECTORY = '.crates-mirror';

/** Where index-cloner has the downloader say what to try again. */
export const CLONER_RETRY_FILE = 'index-cloner.retry';

/** What command lines keep from being written by an option: all of a mirror's own directory but what tools name to each other. */
export const OWN_DIRECTORY = { name: HOME_DIRECTORY, except: [CLONER_RETRY_FILE] } as const;
