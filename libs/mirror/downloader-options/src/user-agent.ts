import { VERSION } from '@crates-mirror/cli';

/** What the User-Agent says where nothing else is told. */
export const TOOL = `crates-mirror/${VERSION}`;
