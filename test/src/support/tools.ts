import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after } from 'node:test';
import { indexPath } from '@crates-mirror/crates-index';
import { type ManifestRecord, readManifest } from '@crates-mirror/manifest';
import {
  makeCertificate,
  type RegistryOptions,
  type RunningRegistry,
  rewriteIndex,
  type SizeProfile,
  serveGenerated,
  sizeProfile,
  startRegistry,
} from '@crates-mirror/sample-registry';

export const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** Registers a test's cleanups. */
export interface Cleanup {
  after(callback: () => unknown): void;
}

/** How a tool ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningTool {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Returns its stderr so far. */
  readonly stderr: () => string;
}

/**
 * A tool's program: the bundled one, if the run of all tests has built it, otherwise the sources.
 */
export function programOf(name: string): string {
  const bundled = process.env['CRATES_MIRROR_TESTED_PROGRAMS'];
  if (bundled === undefined) return join(REPOSITORY, 'apps', name, 'src/main.js');
  const { bin } = JSON.parse(readFileSync(join(REPOSITORY, 'apps', name, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  return join(bundled, 'bin', `${Object.keys(bin)[0]}.js`);
}

/**
 * Starts a tool as a user would, but without Nx. It ends with its test.
 *
 * @param environment added to this process's own
 */
export function startTool(
  t: Cleanup,
  name: string,
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): RunningTool {
  const script = programOf(name);
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
  return { child, ended, stderr: () => stderr };
}

export function runTool(t: Cleanup, name: string, args: readonly string[], cwd: string): Promise<Ended> {
  return startTool(t, name, args, cwd).ended;
}

/** Removes the extra log lines of a first run, which creates a new mirror. */
export function withoutNewMirror(stderr: string): string {
  return stderr.replace(/^\S+ INFO new (mirror|folder of bundles) at .*\n/gm, '');
}

/** A temporary directory that is removed after the test. */
export function scratch(t: Cleanup): string {
  const directory = mkdtempSync(join(tmpdir(), 'crates-mirror-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * A fixture for several tests of a file: created for the first one, and cleaned up after the last.
 * Must be called outside of tests.
 */
export function shared<Value>(make: (t: Cleanup) => Promise<Value>): () => Promise<Value> {
  const callbacks: (() => unknown)[] = [];
  after(async () => {
    for (const callback of callbacks.toReversed()) await callback();
  });
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make({ after: (callback) => callbacks.push(callback) });
    return made;
  };
}

export interface Upstream extends RunningRegistry {
  /** Downloader options for this upstream. */
  readonly args: string[];
  readonly index: string;
  /** Crate files by path in the cargo layout. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface UpstreamOptions extends Partial<RegistryOptions> {
  readonly crates?: number;
  /** Of the crate with this number [`crate-0000`]. */
  readonly nameOf?: (i: number) => string;
  /** Of each crate; the last one is yanked. */
  readonly versions?: readonly string[];
  readonly profile?: SizeProfile;
}

const VERSIONS = ['0.1.0', '0.2.0-rc.1', '1.0.0+build.7'];
const numbered = (i: number): string => `crate-${String(i).padStart(4, '0')}`;

/** An upstream of generated crates with their index. */
export async function startUpstream(
  t: Cleanup,
  directory: string,
  upstreamOptions: UpstreamOptions = {},
): Promise<Upstream> {
  const { crates = 100, nameOf = numbered, versions = VERSIONS, ...rest } = upstreamOptions;
  const { profile = sizeProfile(2000), ...options } = rest;
  const plain = join(directory, 'plain-index');
  for (let i = 0; i < crates; i++) writePlainCrate(plain, nameOf(i), versions);
  const index = join(directory, 'index');
  const files = new Map<string, Buffer>();
  mkdirSync(index);
  rewriteIndex({
    from: plain,
    to: index,
    profile,
    dl: '',
    onBody: (name, version, body) => files.set(`${dirname(indexPath(name))}/${name}-${version}.crate`, body),
  });
  const certificate = options.certificate ?? (await makeCertificate());
  writeFileSync(join(directory, 'ca.pem'), certificate.cert);
  const registry = await startRegistry({
    find: serveGenerated(profile),
    protocol: 'h2',
    certificate,
    ...options,
  });
  t.after(() => registry.close());
  const args = ['--index-dir', index, '--crates-base-url', `${registry.origin}/crates`];
  // Its counters are getters: a copy would be frozen.
  return Object.assign(registry, {
    args: [...args, '--ca-file', join(directory, 'ca.pem'), '--include-yanked'],
    index,
    files,
  });
}

function writePlainCrate(index: string, name: string, versions: readonly string[]): void {
  const lines = versions.map((vers, i) => {
    const yanked = i === versions.length - 1;
    return JSON.stringify({ name, vers, deps: [], cksum: 'a'.repeat(64), features: {}, yanked });
  });
  const path = join(index, indexPath(name));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
}

/** Every file below `root`, except in the mirror's own directory, with its bytes. */
export function readTree(root: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (entry.isFile() && !path.startsWith('.crates-mirror')) files.set(path, readFileSync(join(root, path)));
  }
  return files;
}

export function sortedPaths(files: ReadonlyMap<string, unknown>): string[] {
  return [...files.keys()].sort();
}

/** Fails unless the loose files below `root` are those of the upstream, byte for byte. */
export function assertMirrors(root: string, upstream: Pick<Upstream, 'files'>): void {
  const tree = readTree(root);
  assert.deepEqual(sortedPaths(tree), sortedPaths(upstream.files));
  for (const [path, body] of upstream.files) assert.ok(tree.get(path)?.equals(body), path);
}

/** The records of a manifest that a tool has just written, with all fields. */
export async function records(manifest: string): Promise<ManifestRecord[]> {
  return [...readManifest(manifest)] as ManifestRecord[];
}

/** The summary that a tool prints with `--log-format json`. */
export function summary(ended: Ended): Record<string, number> {
  return JSON.parse(ended.stdout) as Record<string, number>;
}
