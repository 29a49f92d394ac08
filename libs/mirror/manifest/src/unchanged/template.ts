import { encodeRecord } from '../record.ts';
import { MARK, MAX_MARKS } from './marks.ts';

const VERSION = String.fromCharCode(MARK.version);
const SIZE = String.fromCharCode(MARK.size);
const SHA256 = String.fromCharCode(MARK.sha256);
const TIME = String.fromCharCode(MARK.time);
const VERSION_IN_URL = String.fromCharCode(MARK.versionInUrl);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the marks
const MARKS = /[\x01-\x05]/g;

/** Placeholders for a version in the template of a path. */
export const ANY_IN_PATH = { version: VERSION, sha256: SHA256 } as const;
/** Placeholders for a version in the template of a URL, where a `+` is `%2B`. */
export const ANY_IN_URL = { version: VERSION_IN_URL, sha256: SHA256 } as const;

/** The parts that the versions of a crate have in common. */
export interface CrateTemplates {
  readonly name: string;
  /** The path of {@link ANY_IN_PATH}. */
  readonly path: string;
  /** The URL of {@link ANY_IN_URL}. */
  readonly url: string;
}

/**
 * The template for the manifest record of an existing file, with marks and without a newline.
 *
 * @returns undefined if it has too many marks or contains characters that JSON escapes
 */
export function recordTemplate({ name, path, url }: CrateTemplates): string | undefined {
  if (/["\\]/.test(path + url)) return undefined;
  const json = encodeRecord({
    url,
    name,
    version: VERSION,
    path,
    storage: 'filesystem',
    bundle_path: null,
    bundle_file: null,
    bundle_member: null,
    size: 0,
    sha256: SHA256,
    started_at: TIME,
    finished_at: TIME,
    status: 'existing',
    retries: 0,
    error: null,
  });
  const template = [VERSION, SHA256, VERSION_IN_URL]
    .reduce((text, mark) => text.replaceAll(JSON.stringify(mark).slice(1, -1), mark), json)
    .replace('"size":0,', `"size":${SIZE},`)
    .trimEnd();
  return (template.match(MARKS) ?? []).length > MAX_MARKS ? undefined : template;
}
