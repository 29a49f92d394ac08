import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from './tools.ts';

/**
 * Direct dependencies with features; with their own dependencies they cover most of the sample,
 * including build metadata and renamed crates.
 */
const MANIFEST = `[package]
name = "application"
version = "0.1.0"
edition = "2021"

[dependencies]
showcase = "1"
packer = { version = "0.5", features = ["text", "loud", "zlib"] }
Mosaic = "0.3"
`;
const MAIN = `fn main() {
    println!("{}", showcase::show());
    println!("{} {} {}", packer::pack(b"cargo"), packer::zlib(), Mosaic::rows(10, 3));
}
`;
export const LAST_LINE = '636172676f 1.3 4';

/** For the `skip` option of a test. */
export const NO_CARGO: string | false = whyNoCargo();

/** Why this machine's cargo cannot be used; false if it can. The sparse protocol requires 1.68. */
function whyNoCargo(): string | false {
  const { stdout } = spawnSync('cargo', ['--version'], { encoding: 'utf8' });
  const [, version, major, minor] = /^cargo ((\d+)\.(\d+)\S*)/.exec(stdout ?? '') ?? [];
  if (version === undefined) return 'cargo is not installed';
  const isNewEnough = Number(major) > 1 || Number(minor) >= 68;
  return isNewEnough ? false : `cargo ${version} does not speak the sparse protocol, 1.68 does`;
}

/** The files of a cargo project. */
export interface Program {
  readonly manifest: string;
  readonly main: string;
}

/** A cargo project that uses a mirror in place of crates.io, with a cargo home of its own. */
export class Project {
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;

  /**
   * @param env added to the environment of cargo
   * @param program Cargo.toml and src/main.rs, by default those of the sample
   */
  constructor(
    cwd: string,
    origin: string,
    env: NodeJS.ProcessEnv = {},
    { manifest, main }: Program = { manifest: MANIFEST, main: MAIN },
  ) {
    this.#cwd = join(cwd, 'application');
    this.#env = {
      ...process.env,
      CARGO_HOME: join(cwd, 'cargo-home'),
      CARGO_TERM_COLOR: 'never',
      NO_PROXY: '*',
      ...env,
    };
    rmSync(join(cwd, 'cargo-home'), { recursive: true, force: true });
    rmSync(this.#cwd, { recursive: true, force: true });
    mkdirSync(join(this.#cwd, 'src'), { recursive: true });
    mkdirSync(join(this.#cwd, '.cargo'));
    writeFileSync(join(this.#cwd, '.cargo/config.toml'), sourceReplacement(origin));
    writeFileSync(join(this.#cwd, 'Cargo.toml'), manifest);
    writeFileSync(join(this.#cwd, 'src/main.rs'), main);
  }

  /** Runs cargo, which must succeed. */
  async cargo(...args: string[]): Promise<Ended> {
    const ended = await this.tryCargo(...args);
    assert.equal(ended.code, 0, `cargo ${args.join(' ')}: ${ended.stderr}`);
    return ended;
  }

  tryCargo(...args: string[]): Promise<Ended> {
    const child = spawn('cargo', args, { cwd: this.#cwd, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  }

  /** The content of the lock file: `name version` → checksum. */
  get locked(): Map<string, string> {
    const text = readFileSync(join(this.#cwd, 'Cargo.lock'), 'utf8');
    const found = text.matchAll(/name = "(.*)"\nversion = "(.*)"\nsource = .*\nchecksum = "(.*)"/g);
    return new Map(
      [...found].map(([, name, version, checksum]) => [`${name} ${version}`, checksum as string]),
    );
  }

  require(line: string): void {
    writeFileSync(join(this.#cwd, 'Cargo.toml'), `${MANIFEST}${line}\n`);
  }
}

/** As documented on the home page. */
function sourceReplacement(origin: string): string {
  return `[source.crates-io]
replace-with = "mirror"

[registries.mirror]
index = "sparse+${origin}/index/"
`;
}
