import { VERSION } from '@crates-mirror/cli';

/** The default User-Agent. */
export const TOOL = `crates-mirror/${VERSION}`;
