import type { AlgorithmName } from '@crates-mirror/hashing';
import type { ListedEntry } from '../bucket/listed-objects.ts';
import type { BytePath } from '../byte-path.ts';
import type { ExclusionRule } from '../exclude/exclusions.ts';
import type { OutputNames } from '../outputs/names.ts';
import type { OutputFile } from '../outputs/output-file.ts';
import type { Staging } from '../outputs/staging.ts';
import { b3SumLine, sha256SumLine } from '../outputs/sums.ts';
import type { Completed } from '../tree/tree-hasher.ts';
import { entryFields, type Fields, listedFields, skippedFields } from './entries.ts';
import { HASHED, hashGroups } from './hash-groups.ts';
import { LISTING_VERSION, SCHEMA_VERSION } from './head.ts';
import { tomlTable } from './toml.ts';
import { yamlItems, yamlText } from './yaml.ts';

/**
 * Entries that are formatted together. In larger batches, js-yaml's temporary objects outlive the
 * young generation.
 */
const BATCH = 128;

/** The fields of an inventory for the directory as a whole. */
export interface DirectoryFields extends Record<string, string | number> {
  readonly name: string;
  readonly files: number;
  /** Bytes of all files. */
  readonly bytes: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly skipped: number;
}

/** Rules for the output that are known in advance. */
export interface InventoryRules {
  /** ns since 1970; replaces the mtime of every file, if given. */
  readonly mtimeNs: bigint | undefined;
  readonly excluded: readonly ExclusionRule[];
  /** Whether content is not read, but listed. */
  readonly isListing: boolean;
}

/** Additional fields of a YAML inventory. */
export interface YamlExtras {
  readonly archive: object | undefined;
  /** Where the checksums are from, if nothing was read. */
  readonly listing: object | undefined;
  readonly signature: object;
}

/**
 * Writes inventory and checksum files entry by entry. The content before the entries is only known
 * at the end, so the entries are written to temporary files first.
 */
export class InventoryWriter {
  readonly sha256Sums: OutputFile;
  /** undefined if nothing is read */
  readonly b3Sums: OutputFile | undefined;
  /** Number of names that b3sum does not accept. */
  leftOutOfB3Sums = 0;
  readonly #staging: Staging;
  readonly #names: OutputNames;
  readonly #rules: InventoryRules;
  readonly #yamlFiles: OutputFile;
  readonly #yamlSkipped: OutputFile;
  readonly #tomlFiles: OutputFile;
  readonly #tomlSkipped: OutputFile;

  constructor(staging: Staging, names: OutputNames, rules: InventoryRules) {
    this.#staging = staging;
    this.#names = names;
    this.#rules = rules;
    this.sha256Sums = staging.create(names.sha256Sums);
    this.b3Sums = rules.isListing ? undefined : staging.create(names.b3Sums);
    this.#yamlFiles = staging.create('');
    this.#yamlSkipped = staging.create('');
    this.#tomlFiles = staging.create('');
    this.#tomlSkipped = staging.create('');
  }

  add(entries: readonly Completed[]): void {
    for (let i = 0; i < entries.length; i += BATCH) this.#addBatch(entries.slice(i, i + BATCH));
  }

  #addBatch(entries: readonly Completed[]): void {
    this.#write(entries.map((entry) => entryFields(entry, this.#rules.mtimeNs)));
    for (const entry of entries) {
      if (entry.kind !== 'file') continue;
      this.sha256Sums.write(sha256SumLine(entry.sha256, entry.path));
      const line = b3SumLine(entry.blake3, entry.path);
      if (line === undefined) this.leftOutOfB3Sums += 1;
      else this.b3Sums?.write(line);
    }
  }

  /** Adds objects that were not read. */
  addListed(entry: ListedEntry): void {
    this.#write([listedFields(entry, this.#rules.mtimeNs)]);
    if (entry.sha256 !== undefined) this.sha256Sums.write(sha256SumLine(entry.sha256, entry.path));
  }

  #write(items: readonly Fields[]): void {
    this.#yamlFiles.write(Buffer.from(yamlItems(items)));
    this.#tomlFiles.write(Buffer.from(items.map((item) => tomlTable('[[files]]', item)).join('')));
  }

  skip(path: BytePath, reason: string): void {
    const item = skippedFields(path, reason);
    this.#yamlSkipped.write(Buffer.from(yamlItems([item])));
    this.#tomlSkipped.write(Buffer.from(tomlTable('[[skipped]]', item)));
  }

  get #version(): number {
    return this.#rules.isListing ? LISTING_VERSION : SCHEMA_VERSION;
  }

  /** Must be called after the last entry. @returns the metadata for inside an archive */
  finishToml(directory: DirectoryFields, digests: ReadonlyMap<AlgorithmName, string>): OutputFile {
    const toml = this.#staging.create('');
    const tables = Object.entries(hashGroups(digests)).flatMap(([group, hashes]) =>
      Object.entries(hashes).map(([name, fields]) => tomlTable(`[hashes.${group}.${name}]`, fields)),
    );
    toml.write(Buffer.from(tomlTable('', { schemaVersion: this.#version })));
    toml.write(Buffer.from(tomlTable('[directory]', directory)));
    const excluded = this.#rules.excluded.map(({ pattern, except = [] }) =>
      tomlTable('[[excluded]]', { pattern, ...(except.length > 0 && { except: [...except] }) }),
    );
    toml.write(Buffer.from(excluded.join('')));
    toml.write(Buffer.from(tomlTable('[hashes]', { of: HASHED }) + tables.join('')));
    for (const spool of [this.#tomlSkipped, this.#tomlFiles]) {
      spool.finish();
      toml.append(spool);
    }
    toml.finish();
    return toml;
  }

  /** Must be called after the last entry. @returns the inventory */
  finishYaml(
    directory: DirectoryFields,
    digests: ReadonlyMap<AlgorithmName, string>,
    { archive, listing, signature }: YamlExtras,
  ): OutputFile {
    const yaml = this.#staging.create(this.#names.yaml);
    const head = {
      schemaVersion: this.#version,
      directory,
      excluded: this.#rules.excluded,
      ...(archive === undefined ? {} : { archive }),
      ...(listing === undefined ? {} : { listing }),
      hashes: { of: HASHED, ...hashGroups(digests) },
      signature,
    };
    yaml.write(Buffer.from(yamlText(head)));
    for (const [key, spool] of [
      ['skipped', this.#yamlSkipped],
      ['files', this.#yamlFiles],
    ] as const) {
      spool.finish();
      yaml.write(Buffer.from(spool.size === 0 ? `${key}: []\n` : `${key}:\n`));
      yaml.append(spool);
    }
    for (const file of [yaml, this.sha256Sums, this.b3Sums]) file?.finish();
    return yaml;
  }
}
