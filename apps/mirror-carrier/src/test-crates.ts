import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { indexPath } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import type { PackOptions, UnpackOptions, VerifyOptions } from './options.ts';
import { runPack } from './pack/run.ts';
import { runUnpack } from './unpack/run.ts';
import { runVerify } from './verify/run.ts';

/** The part of a test context that registers cleanup. */
interface Cleanup {
  after(callback: () => unknown): void;
}

export const QUIET = {
  logFormat: 'json',
  logLevel: 'error',
  progressInterval: 0,
  progressEvery: 0,
} as const;

interface Line {
  readonly vers: string;
  readonly cksum: string;
  readonly yanked: boolean;
}

/**
 * Both sides of an air gap in one temporary directory: a mirror with its index, and the mirror made
 * from its parcels.
 */
export class Gap {
  readonly root: string;
  readonly #crates = new Map<string, Line[]>();

  constructor(t: Cleanup) {
    this.root = mkdtempSync(join(tmpdir(), 'gap-'));
    t.after(() => rmSync(this.root, { recursive: true, force: true }));
    this.write('index/config.json', '{"dl":"https://upstream.invalid"}\n');
  }

  at(...names: readonly string[]): string {
    return join(this.root, ...names);
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), content);
  }

  /**
   * Publishes or republishes a version. Its crate file is mirrored unless `isMirrored` is false.
   */
  publish(name: string, vers: string, body: string | Buffer, isMirrored = true): void {
    const lines = (this.#crates.get(name) ?? []).filter((line) => line.vers !== vers);
    const cksum = sha256Hex(body);
    this.#crates.set(name, [...lines, { vers, cksum, yanked: false }]);
    if (isMirrored) this.mirror(name, vers, body);
    this.#writeIndex(name);
  }

  mirror(name: string, vers: string, body: string | Buffer): void {
    this.write(`near/${dirname(indexPath(name))}/${name}-${vers}.crate`, body);
  }

  yank(name: string, vers: string): void {
    const lines = this.#crates.get(name) ?? [];
    this.#crates.set(
      name,
      lines.map((line) => (line.vers === vers ? { ...line, yanked: true } : line)),
    );
    this.#writeIndex(name);
  }

  /** Deletes a crate, including its mirrored files. */
  delete(name: string): void {
    for (const { vers } of this.#crates.get(name) ?? [])
      rmSync(this.at('near', dirname(indexPath(name)), `${name}-${vers}.crate`), { force: true });
    this.#crates.delete(name);
    rmSync(this.at('index', indexPath(name)));
  }

  /** Options for an unsigned first parcel in `parcels`. */
  get packOptions(): PackOptions {
    return {
      ...QUIET,
      mirror: this.at('near'),
      indexDir: this.at('index'),
      bundlesDir: undefined,
      to: this.at('parcels'),
      since: undefined,
      volumeSize: 0,
      allowMassRemoval: false,
      again: undefined,
      withTools: undefined,
      sidecars: undefined,
      deny: undefined,
      rules: undefined,
      explain: undefined,
      gpgkey: undefined,
      passphraseFile: undefined,
    };
  }

  /** @returns the exit code and what was printed */
  async pack(options: Partial<PackOptions> = {}): Promise<{ code: number; report: Record<string, unknown> }> {
    let text = '';
    const code = await runPack({ ...this.packOptions, ...options }, (printed) => {
      text += printed;
    });
    return { code, report: JSON.parse(text || '{}') as Record<string, unknown> };
  }

  /** @returns the exit code, and the report as JSON */
  async verify(options: Partial<VerifyOptions> = {}): Promise<{ code: number; report: string }> {
    let report = '';
    const code = await runVerify({ ...QUIET, from: this.at('parcels'), trust: [], ...options }, (printed) => {
      report += printed;
    });
    return { code, report };
  }

  /** Unpacks into the mirror `far`, as loose crate files, and the index `far-index`. */
  async unpack(
    options: Partial<UnpackOptions> = {},
  ): Promise<{ code: number; report: Record<string, unknown> }> {
    let text = '';
    const code = await runUnpack(
      {
        ...QUIET,
        from: this.at('parcels'),
        mirror: this.at('far'),
        bucket: undefined,
        indexDir: this.at('far-index'),
        bundlesDir: undefined,
        sidecars: undefined,
        trust: [],
        git: false,
        receiptOut: this.at('receipt.json'),
        allowMassRemoval: false,
        onRemoved: 'keep',
        maxRemovals: { share: 0.01 },
        isConfirmed: true,
        ...options,
      },
      (printed) => {
        text += printed;
      },
    );
    return { code, report: JSON.parse(text || '{}') as Record<string, unknown> };
  }

  /** Contents of all files below a directory, except those of the tools and of git. */
  tree(directory: string): Map<string, string> {
    const root = this.at(directory);
    const files = new Map<string, string>();
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(root.length + 1);
      if (entry.isFile() && !/(^|\/)\.(git|crates-mirror)\//.test(path))
        files.set(path, readFileSync(join(root, path), 'latin1'));
    }
    return new Map([...files].sort());
  }

  #writeIndex(name: string): void {
    const lines = (this.#crates.get(name) ?? []).map((line) =>
      JSON.stringify({ name, deps: [], features: {}, ...line }),
    );
    this.write(`index/${indexPath(name)}`, `${lines.join('\n')}\n`);
  }
}
