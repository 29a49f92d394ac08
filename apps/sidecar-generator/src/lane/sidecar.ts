import type { Entry } from '@crates-mirror/crates-index';
import type { MirroredTable } from '../mirrored-table.ts';
import { JsonText } from './json-text.ts';

/** Fields that a sidecar adds to those of the index line. */
const FIELDS = ['crate_file', 'crate_url', 'index_path'];
const MIRROR_FIELDS = ['storage', 'bundle_path', 'bundle_member', 'size', 'mirrored_at'];
const CRATE_FIELDS = Buffer.from('"crate_');
const INDEX_FIELD = Buffer.from('"index_path"');
const SPACE = 0x20;

/** What is known of a crate version beside its index line. */
export interface Place {
  /** Path below the mirror's root. */
  readonly cratePath: string;
  readonly url: string;
  readonly indexPath: string;
}

interface OwnField {
  readonly name: string;
  readonly key: Buffer;
}

/** Puts sidecars together: the index line as it stands, and our own fields after it. */
export class SidecarText {
  readonly text: JsonText = new JsonText();
  readonly #pretty: boolean;
  readonly #quote: (text: string) => string;
  readonly #mirrored: MirroredTable | undefined;
  readonly #added: readonly OwnField[];
  /** Those of them that the present index file has somewhere. */
  #suspects: readonly OwnField[] = [];

  /** @param baseUrl the part of a URL that a user chose: names, versions and layouts have nothing that JSON escapes */
  constructor(pretty: boolean, baseUrl: string, mirrored: MirroredTable | undefined) {
    this.#pretty = pretty;
    this.#quote = JSON.stringify(baseUrl) === `"${baseUrl}"` ? (text) => `"${text}"` : JSON.stringify;
    this.#mirrored = mirrored;
    const names = mirrored === undefined ? FIELDS : [...FIELDS, ...MIRROR_FIELDS];
    this.#added = names.map((name) => ({ name, key: Buffer.from(`"${name}"`) }));
  }

  /** Says which index file the next lines are from. */
  begin(file: Buffer): void {
    // Two searches for all three fields, and hardly ever a third.
    const mayConflict =
      file.includes(CRATE_FIELDS) || file.includes(INDEX_FIELD) || this.#mirrored !== undefined;
    this.#suspects = mayConflict ? this.#added.filter(({ key }) => file.includes(key)) : [];
  }

  /**
   * Appends one sidecar to {@link text}.
   *
   * @param file the bytes of the index file
   * @returns what is wrong with the line, if it cannot become one
   */
  append(file: Buffer, entry: Entry, place: Place): string | undefined {
    const [start, end] = trimmed(file, entry.start, entry.end);
    const conflict = this.#conflict(file, start, end);
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
    if (this.#suspects.length === 0) return undefined;
    const line = file.subarray(start, end);
    const suspects = this.#suspects.filter(({ key }) => line.includes(key));
    if (suspects.length === 0) return undefined;
    const fields = JSON.parse(line.toString('utf8')) as object;
    return suspects.find(({ name }) => Object.hasOwn(fields, name))?.name;
  }
}

function trimmed(file: Buffer, start: number, end: number): [number, number] {
  let from = start;
  let to = end;
  while ((file[from] as number) <= SPACE) from += 1;
  while ((file[to - 1] as number) <= SPACE) to -= 1;
  return [from, to];
}
