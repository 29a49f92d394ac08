import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startServer } from '@crates-mirror/e2e/start-server';
import { runTool, startUpstream } from '@crates-mirror/e2e/tools';
import { makeCertificate, sizeProfile } from '@crates-mirror/sample-registry';
import { LiveMemory } from './live-memory.ts';
import { ProcessSamples } from './process-samples.ts';
import { resetRapidly } from './rapid-reset.ts';
import { readSlowly } from './slow-reader.ts';
import { SAMPLE_EVERY_MS, type Soak } from './soak-kind.ts';

const CRATES = 300;
const CONNECTIONS = 8;
/** Requests a second, of each connection. */
const RATE = 8;

/** Answers of h2load by status, and the requests that had none. */
interface Loaded {
  readonly answered: number;
  readonly failed: number;
}

/** @returns the reason why there is no load, if there is one */
export function missingH2load(): string | undefined {
  return spawnSync('h2load', ['--version'], { stdio: 'ignore' }).error === undefined
    ? undefined
    : 'h2load is missing: install nghttp2-client';
}

async function load(urls: string, minutes: number): Promise<Loaded> {
  const args = ['--rps', String(RATE), '-c', String(CONNECTIONS), '-m', '4', '-D', String(minutes * 60)];
  const child: ChildProcess = spawn('h2load', [...args, '-i', urls], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(child.stdout);
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1]);
  return {
    answered: number(/status codes: (\d+) 2xx/),
    failed: number(/(\d+) errored/) + number(/(\d+) failed/),
  };
}

/** Index files, crate files and pages, from loose files and from bundles. */
function pathsOf(files: ReadonlyMap<string, Buffer>): string[] {
  const crates = [...files.keys()].map((path) => `/crates/${path}`);
  const index = Array.from({ length: CRATES }, (_, i) => `/index/cr/at/crate-${String(i).padStart(4, '0')}`);
  return [...crates, ...index, '/', '/index/config.json', '/metrics', '/api/v1/crates?q=crate-00'];
}

/**
 * mirror-server over HTTP/2 and TLS with steady requests by h2load, beside a client that cancels
 * its requests and one that does not read the answers.
 */
export const serverSoak: Soak = {
  name: 'mirror-server',
  title: 'mirror-server: h2load, rapid reset and readers that do not read',
  run: async (t, directory, minutes) => {
    const upstream = await startUpstream(t, directory, { crates: CRATES, profile: sizeProfile(30_000) });
    const bundles = ['--bundle', '--bundles-out', 'b', '--bundle-mode', 'add'];
    const mirrored = await runTool(t, 'downloader', [...upstream.args, '--out', 'm', ...bundles], directory);
    assert.equal(mirrored.code, 0, mirrored.stderr);
    const { cert, key } = await makeCertificate();
    writeFileSync(join(directory, 'cert.pem'), cert);
    writeFileSync(join(directory, 'key.pem'), key);
    const places = ['--mirror', 'm', '--bundles-dir', 'b', '--index-dir', upstream.index];
    const tls = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];
    const live = new LiveMemory(directory);
    const server = await startServer(t, [...places, ...tls], directory, live.environment);
    const process = new ProcessSamples(server.child.pid ?? 0, SAMPLE_EVERY_MS);
    const until = performance.now() + minutes * 60_000;
    const paths = pathsOf(upstream.files);
    writeFileSync(join(directory, 'urls'), paths.map((path) => `${server.origin}${path}\n`).join(''));
    const [loaded, resets, left] = await Promise.all([
      load(join(directory, 'urls'), minutes),
      resetRapidly(server.origin, cert, '/index/cr/at/crate-0000', until),
      readSlowly(server.origin, cert, paths.slice(0, 20), until),
    ]);
    process.stop();
    server.child.kill('SIGTERM');
    const { code, stderr } = await server.ended;
    assert.equal(code, 0, stderr);
    assert.equal(loaded.failed, 0, 'requests of h2load have failed');
    return {
      series: [live.series(), ...process.series()],
      figures: { 'answers to h2load': loaded.answered, 'requests reset': resets, 'bodies left unread': left },
    };
  },
};
