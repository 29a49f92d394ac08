import { zstdCompressSync } from 'node:zlib';
import { type Entry, FileReader, type IndexPiece, parseIndexFile } from '@crates-mirror/crates-index';
import { errorMessage, isFatalWrite } from '@crates-mirror/errors';
import { crateUrls, type Layout, parseLayout, type Template } from '@crates-mirror/layout';
import { MirroredTable } from '../mirrored-table.ts';
import type { LaneOptions } from '../options.ts';
import { type Counts, type FromLane, type LaneStart, noCounts, type Problem } from './protocol.ts';
import { SidecarText } from './sidecar.ts';
import { SIDECAR_SUFFIX, SidecarTree } from './sidecar-tree.ts';

/** The way of an index file to sidecars, in one thread. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #layout: Layout;
  readonly #urlOf: Template;
  readonly #sidecar: SidecarText;
  /** undefined where sidecars go into a stream */
  readonly #tree: SidecarTree | undefined;
  readonly #reader = new FileReader();
  #counts: Counts = noCounts();
  #problems: Problem[] = [];
  #fatal: string | undefined;

  constructor({ options, mirrored }: LaneStart) {
    this.#options = options;
    this.#layout = parseLayout(options.layout);
    this.#urlOf = crateUrls(options.cratesBaseUrl);
    const table = mirrored === undefined ? undefined : new MirroredTable(mirrored);
    this.#sidecar = new SidecarText(options.pretty, options.cratesBaseUrl, table);
    this.#tree = options.out === undefined ? undefined : new SidecarTree(options.out);
  }

  process({ files, most = Number.POSITIVE_INFINITY }: IndexPiece): FromLane {
    this.#counts = noCounts();
    this.#problems = [];
    this.#sidecar.text.clear();
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

  /** @throws what is no error of the file system: a bug */
  #failed(path: string, error: unknown): void {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    this.#problems.push({ file: path, line: 0, message: errorMessage(error) });
    if (isFatalWrite(error)) this.#fatal = `cannot write ${path}: ${errorMessage(error)}`;
  }

  /** @returns how many versions were selected */
  #processFile(file: string, most: number): number {
    let bytes: Buffer;
    try {
      bytes = this.#reader.read(`${this.#options.indexDir}/${file}`);
    } catch (error) {
      this.#problems.push({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      return 0;
    }
    const { entries, problems, superseded } = parseIndexFile(bytes, file);
    this.#problems.push(...problems);
    this.#counts.duplicates += superseded.length;
    this.#counts.lines += entries.length + superseded.length;
    for (const { yanked } of superseded) if (yanked) this.#counts.yanked += 1;
    let selected = 0;
    for (const entry of entries) {
      if (entry.yanked) this.#counts.yanked += 1;
      if (selected === most || this.#fatal !== undefined) continue;
      if (!entry.yanked || this.#options.includeYanked) selected += 1;
      this.#processEntry(file, bytes, entry);
    }
    return selected;
  }

  #processEntry(file: string, bytes: Buffer, entry: Entry): void {
    const crate = { name: entry.name, version: entry.version, sha256: entry.cksum };
    const cratePath = this.#layout.pathOf(crate);
    const path = cratePath + SIDECAR_SUFFIX;
    const isLeftOut = entry.yanked && !this.#options.includeYanked;
    try {
      // A sidecar from before the yank would go on saying otherwise.
      if (isLeftOut && this.#tree?.has(path) !== true) {
        this.#counts.leftOut += 1;
        return;
      }
      const place = { cratePath, url: this.#urlOf(crate), indexPath: file };
      const { text } = this.#sidecar;
      const before = text.length;
      const problem = this.#sidecar.append(bytes, entry, place);
      if (problem !== undefined) this.#problems.push({ file, line: entry.line, message: problem });
      else if (this.#tree === undefined) this.#counts.fresh += 1;
      else this.#store(path, this.#tree);
      this.#counts.bytes += this.#tree === undefined ? text.length - before : 0;
    } catch (error) {
      this.#failed(path, error);
    }
  }

  #store(path: string, tree: SidecarTree): void {
    const { text } = this.#sidecar;
    const outcome = tree.put(path, text.bytes);
    this.#counts[outcome] += 1;
    if (outcome !== 'unchanged') this.#counts.bytes += text.length;
    text.clear();
  }

  /** The piece's part of the stream, in memory of its own: this lane's is used again. */
  #takeOutput(): Uint8Array<ArrayBuffer> {
    const { bytes } = this.#sidecar.text;
    return this.#options.isCompressed && bytes.length > 0
      ? new Uint8Array(zstdCompressSync(bytes))
      : new Uint8Array(bytes);
  }
}
