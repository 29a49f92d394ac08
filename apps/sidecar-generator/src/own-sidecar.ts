import { readFileSync, statSync } from 'node:fs';
import { indexPath, isCrateName, isRecordedVersion } from '@crates-mirror/crates-index';

/** Longer files are no sidecars: a line of an index has 4 MiB at most, which indented come to 113 MB. Bytes. */
const MAX_SIDECAR = 128 << 20;

/** What a sidecar says of itself. */
export interface OwnSidecar {
  readonly crate_file: string;
  readonly index_path: string;
}

/** @returns undefined for a file that is no sidecar. @throws the system's error */
export function readOwnSidecar(path: string): OwnSidecar | undefined {
  if (statSync(path).size > MAX_SIDECAR) return undefined;
  const { name, vers, crate_file, crate_url, index_path } = parse(readFileSync(path, 'utf8'));
  if (!isCrateName(name) || !isRecordedVersion(vers) || index_path !== indexPath(name)) return undefined;
  if (typeof crate_file !== 'string' || typeof crate_url !== 'string') return undefined;
  return { crate_file, index_path };
}

/** The fields of a JSON object; none of what is no JSON. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
