import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The directory for facts about a place in an object store, below `XDG_CACHE_HOME`. Source: XDG
 * Base Directory Specification.
 *
 * @param name `s3://bucket/prefix`
 */
export function cacheDirectory(name: string, environment: NodeJS.ProcessEnv): string {
  const home = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache');
  return join(home, 'crates-mirror', createHash('sha256').update(name).digest('hex').slice(0, 16));
}
