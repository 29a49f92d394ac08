import type { IndexPiece, IndexSource } from '@crates-mirror/crates-index';
import { parseIndexFile, RegularFile } from '@crates-mirror/crates-index/files';
import { CodedError, errorCode, errorMessage, isNoSpace } from '@crates-mirror/errors';
import { parseLayout } from '@crates-mirror/layout/paths';
import type { Selector, SizeOf } from '@crates-mirror/selection/selector';
import type { MirroredTable } from '../mirrored-table.ts';
import type { LaneOptions } from '../options.ts';
import { JsonText } from './json-text.ts';
import { type Lines, ParsedLines, RegularLines } from './lines.ts';
import { type Counts, type FromLane, type LaneStart, noCounts, type Problem } from './protocol.ts';
import { type CrateForm, Sidecars } from './sidecar.ts';
import { SidecarTree } from './sidecar-tree.ts';

/** Converts index files to sidecars, in one thread. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #sidecars: Sidecars;
  /** undefined if sidecars go to a stream */
  readonly #tree: SidecarTree | undefined;
  readonly #stream = new JsonText();
  readonly #index: IndexSource;
  readonly #selector: Selector;
  /** Looks up sizes in the manifest; undefined if none was read. */
  readonly #sizeOf: SizeOf | undefined;
  #counts: Counts = noCounts();
  #problems: Problem[] = [];
  #fatal: string | undefined;

  /** @param mirrored the table whose memory was passed to the lane at its start */
  constructor(
    { options, root, bundleFiles }: Pick<LaneStart, 'options' | 'root' | 'bundleFiles'>,
    index: IndexSource,
    selector: Selector,
    mirrored?: MirroredTable,
  ) {
    this.#options = options;
    this.#index = index;
    this.#selector = selector;
    const { cratesBaseUrl, pretty } = options;
    const layout = parseLayout(options.layout);
    this.#sizeOf =
      mirrored &&
      (({ name, version, cksum }) => mirrored.get(layout.pathOf({ name, version, sha256: cksum }))?.size);
    this.#sidecars = new Sidecars({
      layout,
      cratesBaseUrl,
      pretty,
      mirrored,
      bundleFiles,
    });
    this.#tree = root === undefined ? undefined : new SidecarTree(root);
  }

  process({ files, most = Number.POSITIVE_INFINITY }: IndexPiece): FromLane {
    this.#counts = noCounts();
    this.#problems = [];
    this.#stream.clear();
    let left = most;
    for (const file of files) {
      if (this.#fatal !== undefined) break;
      left -= this.#processFile(file, left);
    }
    this.#flush();
    return {
      counts: this.#counts,
      problems: this.#problems,
      output: this.#tree === undefined ? this.#takeOutput() : undefined,
      fatal: this.#fatal,
    };
  }

  #flush(): void {
    try {
      this.#tree?.flush();
    } catch (error) {
      this.#failed(this.#options.out ?? '', error);
    }
  }

  /**
   * A path that cannot be written, or that the file system takes for another one, is a single
   * problem, but a full or read-only file system ends the run.
   *
   * @throws any other error, which is a bug
   */
  #failed(path: string, error: unknown): void {
    const isForeseen = error instanceof CodedError || (error instanceof Error && 'syscall' in error);
    if (!isForeseen) throw error;
    const message = errorMessage(error);
    if (isNoSpace(error) || errorCode(error) === 'EROFS') this.#fatal = `cannot write ${path}: ${message}`;
    else this.#problems.push({ file: path, line: 0, message });
  }

  /** @returns how many versions were selected */
  #processFile(file: string, most: number): number {
    let bytes: Buffer;
    try {
      bytes = this.#index.read(file);
    } catch (error) {
      this.#problems.push({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      return 0;
    }
    const lines = this.#linesOf(bytes, file);
    this.#counts.lines += lines.count;
    let selected = 0;
    let form: CrateForm | undefined;
    for (let index = 0; index < lines.count; index++) {
      const isYanked = lines.isYanked(index);
      if (isYanked) this.#counts.yanked += 1;
      if (selected === most || this.#fatal !== undefined) continue;
      const isSelected = lines.isSelected(index);
      if (isSelected) selected += 1;
      const name = lines.name(index);
      if (form?.name !== name) form = this.#sidecars.formOf(name, file);
      this.#processLine(file, lines, index, form, isSelected);
    }
    return selected;
  }

  #linesOf(bytes: Buffer, file: string): Lines {
    const { isPlain, data, select } = this.#selector;
    const regular = isPlain ? RegularFile.scan(bytes, file) : undefined;
    if (regular !== undefined) return new RegularLines(regular, data.rules.includeYanked);
    const { entries, problems, superseded, conflicts } = parseIndexFile(bytes, file);
    this.#problems.push(...problems, ...conflicts);
    this.#counts.duplicates += superseded.length;
    this.#counts.lines += superseded.length;
    for (const { yanked } of superseded) if (yanked) this.#counts.yanked += 1;
    return new ParsedLines(bytes, entries, select({ path: file, content: bytes, entries }, this.#sizeOf));
  }

  #processLine(file: string, lines: Lines, index: number, form: CrateForm, isSelected: boolean): void {
    const version = lines.version(index, form.needsChecksum);
    const directory = form.directory.of(version);
    const name = form.fileName.of(version);
    try {
      // An existing sidecar is updated even if its version is not selected. Otherwise it would
      // still say that the version is not yanked.
      if (!isSelected && this.#tree?.has(directory, name) !== true) {
        this.#counts.leftOut += 1;
        return;
      }
      const problem = lines.put(index, this.#sidecars, form, version);
      if (problem === undefined) this.#store(directory, name);
      else this.#problems.push({ file, line: lines.number(index), message: problem });
    } catch (error) {
      this.#failed(directory === '.' ? name : `${directory}/${name}`, error);
    }
  }

  /** Stores the sidecar that was built last. */
  #store(directory: string, name: string): void {
    const { bytes, start, end } = this.#sidecars;
    let outcome: 'fresh' | 'changed' | 'unchanged' = 'fresh';
    if (this.#tree === undefined) this.#stream.append(bytes, start, end);
    else outcome = this.#tree.put(directory, name, this.#sidecars);
    this.#counts[outcome] += 1;
    if (outcome !== 'unchanged') this.#counts.bytes += end - start;
  }

  /** A copy of the piece's part of the stream, because this lane's buffer is reused. */
  #takeOutput(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#stream.bytes);
  }
}
