import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTool, scratch, startTool } from '../support/tools.ts';
import { type BreakingServer, type Serving, startBreakingServer } from './breaking-server.ts';

const SIZE = 6 << 20;
const BROKEN_AT = Math.floor(SIZE * 0.9);
const CONTENT = randomBytes(SIZE);
const ETAG = { etag: '"v1"' };
const PROTOCOLS = ['h2', 'https'] as const;

interface Mirror {
  readonly cwd: string;
  readonly server: BreakingServer;
  readonly args: string[];
}

/** One large crate, and a server for it. */
async function prepare(
  t: TestContext,
  protocol: 'h2' | 'https',
  plan: (request: number) => Serving,
  content = CONTENT,
): Promise<Mirror> {
  const cwd = scratch(t);
  const server = await startBreakingServer(t, protocol, plan);
  const cksum = createHash('sha256').update(content).digest('hex');
  const line = { name: 'large', vers: '1.0.0', deps: [], cksum, features: {}, yanked: false };
  mkdirSync(join(cwd, 'index/la/rg'), { recursive: true });
  writeFileSync(join(cwd, 'index/config.json'), '{"dl":"https://127.0.0.1/"}\n');
  writeFileSync(join(cwd, 'index/la/rg/large'), `${JSON.stringify(line)}\n`);
  writeFileSync(join(cwd, 'ca.pem'), server.certificate);
  const base = [
    '--index-dir',
    'index',
    '--crates-base-url',
    `${server.origin}/crates`,
    '--ca-file',
    'ca.pem',
  ];
  return { cwd, server, args: [...base, '--out', 'm'] };
}

function mirrored(cwd: string): Buffer {
  return readFileSync(join(cwd, 'm/la/rg/large-1.0.0.crate'));
}

function kept(cwd: string): string[] {
  const directory = join(cwd, 'm/.crates-mirror/partial');
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** @returns its log */
async function finishes(t: TestContext, { cwd, args }: Mirror): Promise<string> {
  const { code, stdout, stderr } = await runTool(t, 'downloader', [...args, '--log-level', 'debug'], cwd);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(mirrored(cwd).equals(CONTENT));
  assert.deepEqual(kept(cwd), []);
  return stderr;
}

for (const protocol of PROTOCOLS) {
  test(`over ${protocol}, a large body that breaks at 90 % costs at most 15 % of its bytes again`, async (t) => {
    const mirror = await prepare(t, protocol, (request) =>
      request === 1
        ? { content: CONTENT, headers: ETAG, until: BROKEN_AT }
        : { content: CONTENT, headers: ETAG },
    );
    assert.match(await finishes(t, mirror), /resumed: 5\.\d\d MB of 6\.29 MB did not come again/);
    const [, [range, ifRange] = []] = mirror.server.asked;
    assert.equal(ifRange, '"v1"');
    assert.match(range ?? '', /^bytes=\d+-$/);
    assert.ok(mirror.server.sent() <= SIZE * 1.15, `${mirror.server.sent()} bytes sent`);
  });

  test(`over ${protocol}, a run that is killed within a large body is gone on with by the next`, async (t) => {
    const mirror = await prepare(t, protocol, (request) =>
      request === 1
        ? { content: CONTENT, headers: ETAG, until: BROKEN_AT, isSilentThen: true }
        : { content: CONTENT, headers: ETAG },
    );
    const { cwd, server, args } = mirror;
    const tool = startTool(t, 'downloader', args, cwd);
    while (sizeOfKept(cwd) < BROKEN_AT) await sleep(20);
    tool.child.kill('SIGKILL');
    await tool.ended;
    await finishes(t, mirror);
    assert.deepEqual(server.asked[1], [`bytes=${BROKEN_AT}-`, '"v1"']);
    assert.equal(server.sent(), SIZE);
  });
}

function sizeOfKept(cwd: string): number {
  const name = kept(cwd).find((one) => one.endsWith('.partial'));
  return name === undefined ? 0 : statSync(join(cwd, 'm/.crates-mirror/partial', name)).size;
}

const OTHER = randomBytes(SIZE);
/** The server's behavior on a repeated request, and the number of requests the file then takes. */
const STARTS_ANEW: readonly [name: string, first: Serving, then: Serving, requests: number][] = [
  [
    'ignores the range',
    { content: CONTENT, headers: ETAG },
    { content: CONTENT, headers: ETAG, range: 'ignored' },
    2,
  ],
  [
    'sends another range',
    { content: CONTENT, headers: ETAG },
    { content: CONTENT, headers: ETAG, range: 'wrong' },
    3,
  ],
  [
    'has no such range',
    { content: CONTENT, headers: ETAG },
    { content: CONTENT, headers: ETAG, range: 'refused' },
    3,
  ],
  [
    'had another file before',
    { content: OTHER, headers: ETAG },
    { content: CONTENT, headers: { etag: '"v2"' } },
    2,
  ],
  [
    'had another file with the same ETag',
    { content: OTHER, headers: ETAG },
    { content: CONTENT, headers: ETAG },
    3,
  ],
  [
    'has a weak ETag',
    { content: CONTENT, headers: { etag: 'W/"v1"' } },
    { content: CONTENT, headers: { etag: 'W/"v1"' } },
    2,
  ],
  ['has no validator', { content: CONTENT }, { content: CONTENT }, 2],
];

for (const [name, first, then, requests] of STARTS_ANEW)
  test(`a server that ${name} costs a fresh start, and never a wrong file`, async (t) => {
    for (const protocol of PROTOCOLS) {
      const mirror = await prepare(t, protocol, (request) =>
        request === 1 ? { ...first, until: BROKEN_AT } : then,
      );
      await finishes(t, mirror);
      assert.equal(mirror.server.asked.length, requests, protocol);
      // Whatever was tried in between, the file was downloaded from its beginning.
      assert.ok(mirror.server.sent() > SIZE * 1.5, `${mirror.server.sent()} bytes sent`);
    }
  });

test('a Last-Modified that is old enough does as a validator', async (t) => {
  const headers = { 'last-modified': 'Sat, 28 Nov 2020 10:00:00 GMT' };
  const mirror = await prepare(t, 'h2', (request) =>
    request === 1 ? { content: CONTENT, headers, until: BROKEN_AT } : { content: CONTENT, headers },
  );
  await finishes(t, mirror);
  assert.equal(mirror.server.asked[1]?.[1], headers['last-modified']);
});

test('a run that gives up leaves what it has to the next one, into a bundle as well', async (t) => {
  const mirror = await prepare(t, 'h2', (request) =>
    request === 1
      ? { content: CONTENT, headers: ETAG, until: BROKEN_AT }
      : { content: CONTENT, headers: ETAG, ...(request === 2 ? { until: BROKEN_AT } : {}) },
  );
  const args = [...mirror.args, '--bundle', '--bundle-mode', 'add', '--retries', '0'];
  const { code } = await runTool(t, 'downloader', args, mirror.cwd);
  assert.equal(code, 1);
  await finishes(t, { ...mirror, args: [...mirror.args, '--bundle', '--bundle-mode', 'add'] });
  assert.ok(mirror.server.asked.slice(1).every(([range]) => range !== undefined));
  assert.ok(mirror.server.sent() <= SIZE * 1.15, `${mirror.server.sent()} bytes sent`);
});

test('a partial file of another URL is not resumed', async (t) => {
  const mirror = await prepare(t, 'h2', () => ({ content: CONTENT, headers: ETAG }));
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');
  const directory = join(mirror.cwd, 'm/.crates-mirror/partial');
  mkdirSync(directory, { recursive: true });
  const facts = { format_version: 1, url: 'https://x.example/f', sha256, validator: '"v1"', length: SIZE };
  writeFileSync(join(directory, `${sha256}.partial`), CONTENT.subarray(0, BROKEN_AT));
  writeFileSync(join(directory, `${sha256}.partial.json`), JSON.stringify(facts));
  await finishes(t, mirror);
  assert.deepEqual(mirror.server.asked, [[undefined, undefined]]);
});
