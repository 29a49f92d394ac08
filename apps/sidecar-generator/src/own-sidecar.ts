import { readFileSync, statSync } from 'node:fs';
import { indexPath } from '@crates-mirror/crates-index';

/** Longer files are no sidecars. */
const LARGEST_SIDECAR = 16 << 20;

/** What a sidecar says of itself. */
export interface OwnSidecar {
  readonly vers: string;
  readonly crate_file: string;
  readonly index_path: string;
}

/** @returns undefined for a file that is no sidecar. @throws the system's error */
export function readOwnSidecar(path: string): OwnSidecar | undefined {
  if (statSync(path).size > LARGEST_SIDECAR) return undefined;
  const { name, vers, crate_file, crate_url, index_path } = parse(readFileSync(path, 'utf8'));
  const isSidecar = [name, vers, crate_file, crate_url].every((text) => typeof text === 'string');
  if (!isSidecar || index_path !== indexPath(name as string)) return undefined;
  return { vers, crate_file, index_path } as OwnSidecar;
}

/** The fields of a JSON object; none of what is no JSON. */
function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
