/**
 * Placeholders for the parts in which the versions of a crate differ. No name, path or URL contains
 * these characters.
 */
const VERSION = '\x01';
const VERSION_IN_URL = '\x02';
const SHA256 = '\x03';
const LAST_MARK = 3;

/** Placeholders for the path of a crate file. */
export const ANY_IN_PATH = { version: VERSION, sha256: SHA256 } as const;
/** Placeholders for a URL, in which a `+` is encoded as `%2B`. */
export const ANY_IN_URL = { version: VERSION_IN_URL, sha256: SHA256 } as const;

export interface Version {
  readonly version: string;
  /** Empty if no text of the crate contains it. */
  readonly sha256: string;
}

/** A text that all versions of a crate share, except for version and checksum. */
export class VersionText {
  /** Texts, alternating with placeholders. */
  readonly #parts: readonly string[];

  /** @param text contains the placeholders of {@link ANY_IN_PATH} and {@link ANY_IN_URL} */
  constructor(text: string) {
    this.#parts = splitAtMarks(text);
  }

  /** The text for one version. */
  of({ version, sha256 }: Version): string {
    const parts = this.#parts;
    let text = parts[0] as string;
    for (let i = 1; i < parts.length; i += 2) {
      const mark = parts[i];
      const value = mark === SHA256 ? sha256 : mark === VERSION ? version : version.replaceAll('+', '%2B');
      text += value + parts[i + 1];
    }
    return text;
  }
}

/**
 * `split` with a regular expression takes several times as long, and every crate has some of these
 * texts.
 */
function splitAtMarks(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > LAST_MARK) continue;
    parts.push(text.slice(start, at), text[at] as string);
    start = at + 1;
  }
  parts.push(text.slice(start));
  return parts;
}
