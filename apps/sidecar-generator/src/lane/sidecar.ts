import type { Entry } from '@crates-mirror/crates-index';
import type { MirroredTable } from '../mirrored-table.ts';
import { JsonText } from './json-text.ts';

/** Fields that a sidecar adds to those of the index line. */
const FIELDS = ['crate_file', 'crate_url', 'index_path'];
const MIRROR_FIELDS = ['storage', 'bundle_path', 'bundle_member', 'size', 'mirrored_at'];
const SPACE = 0x20;

/** What is known of a crate version beside its index line. */
export interface Place {
  /** Path below the mirror's root. */
  readonly cratePath: string;
  readonly url: string;
  readonly indexPath: string;
}

/** Puts sidecars together: the index line as it stands, and our own fields after it. */
export class SidecarText {
  readonly text: JsonText = new JsonText();
  readonly #pretty: boolean;
  readonly #quote: (text: string) => string;
  readonly #mirrored: MirroredTable | undefined;
  readonly #added: readonly string[];

  /** @param baseUrl the part of a URL that a user chose: names, versions and layouts have nothing that JSON escapes */
  constructor(pretty: boolean, baseUrl: string, mirrored: MirroredTable | undefined) {
    this.#pretty = pretty;
    this.#quote = JSON.stringify(baseUrl) === `"${baseUrl}"` ? (text) => `"${text}"` : JSON.stringify;
    this.#mirrored = mirrored;
    this.#added = mirrored === undefined ? FIELDS : [...FIELDS, ...MIRROR_FIELDS];
  }

  /**
   * Appends one sidecar to {@link text}.
   *
   * @param file the bytes of the index file
   * @returns what is wrong with the line, if it cannot become one
   */
  append(file: Buffer, entry: Entry, place: Place): string | undefined {
    const [start, end] = trimmed(file, entry.start, entry.end);
    const conflict = entry.hasOtherFields ? this.#conflict(file, start, end) : undefined;
    if (conflict !== undefined) return `has a field "${conflict}" of its own`;
    const { text } = this;
    if (this.#pretty) text.openIndentedObject(file, start, end);
    else text.openObject(file, start, end);
    text.raw(
      this.#pretty ? this.#fields(place, ',\n  ', ': ', '\n}\n') : this.#fields(place, ',', ':', '}\n'),
    );
    return undefined;
  }

  #fields(place: Place, comma: string, colon: string, end: string): string {
    const { cratePath, url, indexPath } = place;
    const add = (name: string, json: string): string => `${comma}"${name}"${colon}${json}`;
    const own =
      add('crate_file', this.#quote(cratePath)) +
      add('crate_url', this.#quote(url)) +
      add('index_path', this.#quote(indexPath));
    if (this.#mirrored === undefined) return own + end;
    const held = this.#mirrored.get(cratePath);
    const bundle = held?.bundle;
    return (
      own +
      add('storage', JSON.stringify(held?.storage ?? null)) +
      add('bundle_path', JSON.stringify(bundle ?? null)) +
      add('bundle_member', JSON.stringify(bundle === undefined ? null : cratePath)) +
      add('size', JSON.stringify(held?.size ?? null)) +
      add('mirrored_at', JSON.stringify(held?.mirroredAt ?? null)) +
      end
    );
  }

  /** A field of the line itself that has one of our names. */
  #conflict(file: Buffer, start: number, end: number): string | undefined {
    const fields = JSON.parse(file.toString('utf8', start, end)) as object;
    return this.#added.find((name) => Object.hasOwn(fields, name));
  }
}

function trimmed(file: Buffer, start: number, end: number): [number, number] {
  let from = start;
  let to = end;
  while ((file[from] as number) <= SPACE) from += 1;
  while ((file[to - 1] as number) <= SPACE) to -= 1;
  return [from, to];
}
