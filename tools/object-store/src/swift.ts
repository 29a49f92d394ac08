import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const PYTHON = '/usr/bin/python3';
const PROGRAM = join(import.meta.dirname, 'swift-loopback.py');

/** Why tests with Swift are skipped here; false if it is available. */
export const NO_SWIFT: string | false =
  spawnSync(PYTHON, ['-c', 'import swift.common.middleware.s3api, eventlet']).status === 0
    ? false
    : "OpenStack Swift is not installed (Debian's python3-swift)";

export interface Swift {
  /** URL of its S3 API */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Environment of the tools that use it. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Registers cleanups of a test. */
export interface Cleanup {
  after(cleanUp: () => void | Promise<void>): void;
}

/**
 * Starts Swift with an empty account, and stops it after the test.
 *
 * @throws Error if it does not start
 */
export async function startSwift(t: Cleanup): Promise<Swift> {
  const directory = mkdtempSync(join(tmpdir(), 'swift-'));
  const [accessKeyId, secretAccessKey] = ['test:tester', 'testing'];
  const child = spawn(PYTHON, [PROGRAM, directory, accessKeyId, secretAccessKey], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  t.after(async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    if (child.exitCode === null) await ended;
    rmSync(directory, { recursive: true, force: true });
  });
  const endpoint = `http://127.0.0.1:${await portOf(child)}`;
  return {
    endpoint,
    accessKeyId,
    secretAccessKey,
    environment: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL: endpoint,
    },
  };
}

async function portOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<number> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^port (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`Swift did not start: ${said.trim()}`);
}

/** Creates a public bucket. @returns the URL of its keys, without S3's API and its signatures */
export async function makeBucket(swift: Swift, name: string): Promise<string> {
  const { token, url } = await logIn(swift);
  const made = await fetch(`${url}/${name}`, {
    method: 'PUT',
    headers: { 'x-auth-token': token, 'x-container-read': '.r:*' },
  });
  if (!made.ok) throw new Error(`Swift makes no bucket ${name}: ${made.status}`);
  return `${url}/${name}`;
}

/** Stores an object as another program might: without a note of its checksum. */
export async function putPlainly(swift: Swift, path: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const { token, url } = await logIn(swift);
  const put = await fetch(`${url}/${path}`, { method: 'PUT', headers: { 'x-auth-token': token }, body });
  if (!put.ok) throw new Error(`Swift stores no ${path}: ${put.status}`);
}

async function logIn({
  endpoint,
  accessKeyId,
  secretAccessKey,
}: Swift): Promise<{ token: string; url: string }> {
  const { headers } = await fetch(`${endpoint}/auth/v1.0`, {
    headers: { 'x-auth-user': accessKeyId, 'x-auth-key': secretAccessKey },
  });
  return { token: headers.get('x-auth-token') ?? '', url: headers.get('x-storage-url') ?? '' };
}
