import { readFileSync, statSync } from 'node:fs';
import { indexPath, isCrateName, isRecordedVersion } from '@crates-mirror/crates-index';

/** Maximum bytes of a sidecar: an index line has at most 4 MiB, which take 113 MB when indented. */
const MAX_SIDECAR = 128 << 20;

/** The fields of a sidecar that identify it. */
export interface OwnSidecar {
  readonly crate_file: string;
  readonly index_path: string;
}

/** @returns undefined for a file that is not a sidecar. @throws the system's error */
export function readOwnSidecar(path: string): OwnSidecar | undefined {
  if (statSync(path).size > MAX_SIDECAR) return undefined;
  const { name, vers, crate_file, crate_url, index_path } = parse(readFileSync(path, 'utf8'));
  if (!isCrateName(name) || !isRecordedVersion(vers) || index_path !== indexPath(name)) return undefined;
  if (typeof crate_file !== 'string' || typeof crate_url !== 'string') return undefined;
  return { crate_file, index_path };
}

/** The fields of a JSON object. Invalid JSON yields no fields. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
