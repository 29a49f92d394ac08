import type { Entry } from '@crates-mirror/crates-index/files';
import type { ColumnSource } from 'hyparquet-writer';
import { type Dependency, type Features, FieldReader } from './fields.ts';

/** The rows of an unfinished row group, by columns. */
export class Columns {
  readonly #name: string[] = [];
  readonly #vers: string[] = [];
  readonly #line: number[] = [];
  readonly #yanked: boolean[] = [];
  readonly #cksum: string[] = [];
  readonly #links: (string | null)[] = [];
  readonly #rustVersion: (string | null)[] = [];
  readonly #pubtime: (Date | null)[] = [];
  readonly #v: (number | null)[] = [];
  readonly #deps: Dependency[][] = [];
  readonly #features: Features[] = [];
  readonly #features2: (Features | null)[] = [];
  readonly #raw: string[] | undefined;

  constructor(hasRaw: boolean) {
    this.#raw = hasRaw ? [] : undefined;
  }

  get rows(): number {
    return this.#name.length;
  }

  /**
   * @param text the line of `entry`
   * @returns names of fields that do not match cargo's definition
   */
  add(entry: Entry, text: string): ReadonlySet<string> {
    const fields = JSON.parse(text) as Record<string, unknown>;
    const reader = new FieldReader();
    this.#name.push(entry.name);
    this.#vers.push(entry.version);
    this.#line.push(entry.line);
    this.#yanked.push(entry.yanked);
    this.#cksum.push(entry.cksum);
    this.#links.push(reader.text(fields, 'links'));
    this.#rustVersion.push(reader.text(fields, 'rust_version'));
    this.#pubtime.push(reader.time(fields, 'pubtime'));
    this.#v.push(reader.integer(fields, 'v'));
    this.#deps.push(reader.dependencies(fields));
    this.#features.push(reader.features(fields, 'features') ?? []);
    this.#features2.push(reader.features(fields, 'features2'));
    this.#raw?.push(text);
    return reader.flaws;
  }

  /** In the order of the schema. */
  get data(): ColumnSource[] {
    const columns = [
      { name: 'name', data: this.#name },
      { name: 'vers', data: this.#vers },
      { name: 'line', data: this.#line },
      { name: 'yanked', data: this.#yanked },
      { name: 'cksum', data: this.#cksum },
      { name: 'links', data: this.#links },
      { name: 'rust_version', data: this.#rustVersion },
      { name: 'pubtime', data: this.#pubtime },
      { name: 'v', data: this.#v },
      { name: 'deps', data: this.#deps },
      { name: 'features', data: this.#features },
      { name: 'features2', data: this.#features2 },
    ];
    return this.#raw === undefined ? columns : [...columns, { name: 'raw', data: this.#raw }];
  }
}
