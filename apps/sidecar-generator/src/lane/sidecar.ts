import { type Entry, indentObject, type RegularFile } from '@crates-mirror/crates-index/files';
import { crateUrls, type Layout } from '@crates-mirror/layout/paths';
import type { MirroredTable } from '../mirrored-table.ts';
import { SIDECAR_SUFFIX } from '../sidecar-suffix.ts';
import { JsonText } from './json-text.ts';
import { type SidecarBytes, splitPath } from './sidecar-tree.ts';
import { ANY_IN_PATH, ANY_IN_URL, type Version, VersionText } from './version-text.ts';

/** Fields that a sidecar adds to those of the index line. */
const FIELDS = ['crate_file', 'crate_url', 'index_path'];
const MIRROR_FIELDS = ['storage', 'bundle_path', 'bundle_file', 'bundle_member', 'size', 'mirrored_at'];
const SPACE = 0x20;

export interface SidecarForm {
  readonly layout: Layout;
  readonly cratesBaseUrl: string;
  readonly pretty: boolean;
  /** Records of mirrored files; undefined if no manifest was read. */
  readonly mirrored: MirroredTable | undefined;
  /** File names of bundles, by bundle id. */
  readonly bundleFiles: Readonly<Record<string, string>>;
}

/** The common parts of a crate's sidecars. */
export interface CrateForm {
  readonly name: string;
  /** Path of the crate file, relative to the mirror's root; undefined if no manifest was read. */
  readonly path: VersionText | undefined;
  /** Directory of the sidecar; `.` is the root itself. */
  readonly directory: VersionText;
  readonly fileName: VersionText;
  readonly needsChecksum: boolean;
  /** The added fields. */
  readonly fields: VersionText;
}

/** Builds sidecars, one at a time: the unmodified index line, followed by the added fields. */
export class Sidecars implements SidecarBytes {
  readonly #layout: Layout;
  readonly #quotedUrlOf: Layout['pathOf'];
  readonly #pretty: boolean;
  readonly #mirrored: MirroredTable | undefined;
  readonly #bundleFiles: Readonly<Record<string, string>>;
  readonly #added: readonly string[];
  readonly #text = new JsonText();
  bytes: Buffer = this.#text.memory;
  start = 0;
  end = 0;

  constructor({ layout, cratesBaseUrl, pretty, mirrored, bundleFiles }: SidecarForm) {
    this.#layout = layout;
    // Only the base URL may contain characters that JSON escapes: names, versions and layouts do
    // not.
    this.#quotedUrlOf = crateUrls(JSON.stringify(cratesBaseUrl).slice(1, -1));
    this.#pretty = pretty;
    this.#mirrored = mirrored;
    this.#bundleFiles = bundleFiles;
    this.#added = mirrored === undefined ? FIELDS : [...FIELDS, ...MIRROR_FIELDS];
  }

  /** @param indexPath path of the crate's index file */
  formOf(name: string, indexPath: string): CrateForm {
    const path = this.#layout.pathOf({ name, ...ANY_IN_PATH });
    const url = this.#quotedUrlOf({ name, ...ANY_IN_URL });
    const fields = new VersionText(
      this.#field('crate_file', `"${path}"`) +
        this.#field('crate_url', `"${url}"`) +
        this.#field('index_path', `"${indexPath}"`),
    );
    const [directory, fileName] = splitPath(path + SIDECAR_SUFFIX);
    return {
      name,
      path: this.#mirrored === undefined ? undefined : new VersionText(path),
      directory: new VersionText(directory),
      fileName: new VersionText(fileName),
      fields,
      needsChecksum: (path + url).includes(ANY_IN_PATH.sha256),
    };
  }

  /** Builds a sidecar from a line that only has fields defined by cargo. */
  putRegular(file: RegularFile, line: number, form: CrateForm, version: Version): void {
    const opened = this.#pretty ? file.indentOpen(line) : file.copyOpen(line);
    this.bytes = file.output;
    this.start = file.outputStart;
    this.end = file.append(this.#rest(form, version), opened);
  }

  /**
   * Builds a sidecar from any other line.
   *
   * @param file the bytes of the index file
   * @returns the error in the line, if it cannot become a sidecar
   */
  put(file: Buffer, entry: Entry, form: CrateForm): string | undefined {
    const [start, end] = trimmed(file, entry.start, entry.end);
    const conflict = entry.hasOtherFields ? this.#conflict(file, start, end) : undefined;
    if (conflict !== undefined) return `has a field "${conflict}" of its own`;
    const text = this.#text;
    text.clear();
    if (this.#pretty) indentObject(file, start, end, text.append);
    else text.append(file, start, end - 1);
    text.raw(this.#rest(form, { version: entry.version, sha256: entry.cksum }));
    this.bytes = text.memory;
    this.start = 0;
    this.end = text.length;
    return undefined;
  }

  /** The added fields, and the end. */
  #rest(form: CrateForm, version: Version): string {
    const end = this.#pretty ? '\n}\n' : '}\n';
    const fields = form.fields.of(version);
    if (this.#mirrored === undefined || form.path === undefined) return fields + end;
    const cratePath = form.path.of(version);
    const held = this.#mirrored.get(cratePath);
    const bundle = held?.bundle;
    return (
      fields +
      this.#field('storage', JSON.stringify(held?.storage ?? null)) +
      this.#field('bundle_path', JSON.stringify(bundle ?? null)) +
      this.#field('bundle_file', JSON.stringify((bundle && this.#bundleFiles[bundle]) ?? null)) +
      this.#field('bundle_member', JSON.stringify(bundle === undefined ? null : cratePath)) +
      this.#field('size', JSON.stringify(held?.size ?? null)) +
      this.#field('mirrored_at', JSON.stringify(held?.mirroredAt ?? null)) +
      end
    );
  }

  #field(name: string, json: string): string {
    return this.#pretty ? `,\n  "${name}": ${json}` : `,"${name}":${json}`;
  }

  /** Finds a field of the line with the same name as an added one. */
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
