import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger, StatusLine } from './index.ts';

function recorder(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns, write: (text: string) => written.push(text) } };
}

test('text lines carry level, message and fields, and values cannot forge a line', () => {
  const { written, stream } = recorder(false);
  const logger = createLogger({ tool: 't', format: 'text', level: 'info', output: new StatusLine(stream) });
  logger.debug('not shown');
  logger.warn({ file: 'se/rd/serde', line: 3, why: 'a b\nc' }, 'bad\nentry');
  assert.equal(written.length, 1);
  assert.match(
    written[0] as string,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARN bad entry file=se\/rd\/serde line=3 why="a b\\nc"\n$/,
  );
});

test('json lines are JSON, with the tool in them', () => {
  const { written, stream } = recorder(false);
  createLogger({ tool: 'downloader', format: 'json', level: 'info', output: new StatusLine(stream) }).info(
    { n: 1 },
    'hi',
  );
  const { tool, msg, n } = JSON.parse(written[0] as string) as Record<string, unknown>;
  assert.deepEqual({ tool, msg, n }, { tool: 'downloader', msg: 'hi', n: 1 });
});

test('on a terminal, lines are put above the status and the status is redrawn', () => {
  const { written, stream } = recorder(true, 13);
  const status = new StatusLine(stream);
  status.setStatus('0123456789abc');
  status.writeLines('line\n');
  status.setStatus('');
  status.setStatus('');
  status.writeLines('end\n');
  assert.deepEqual(written, ['\r\u001b[K012345678', '\r\u001b[Kline\n012345678', '\r\u001b[K', 'end\n']);
});

test('away from a terminal there is no status', () => {
  const { written, stream } = recorder(false);
  const status = new StatusLine(stream);
  status.setStatus('x');
  status.writeLines('line\n');
  assert.deepEqual(written, ['line\n']);
});

test('a log file gets the same lines at its end, never a colour', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'a.log');
  for (const tool of ['a', 'b']) {
    const { stream } = recorder(true);
    const options = { tool, format: 'text', level: 'info', output: new StatusLine(stream), file } as const;
    createLogger(options).info(`from ${tool}`);
  }
  assert.match(readFileSync(file, 'utf8'), /^[^ ]+Z INFO from a\n[^ ]+Z INFO from b\n$/);
  assert.throws(
    () => createLogger({ tool: 'a', format: 'text', level: 'info', file: directory }),
    /^UsageError: --log-path: cannot write to .*: EISDIR/,
  );
});

test('a pipe gets lines as long as somebody reads it, and is refused when nobody does', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'pipe');
  execFileSync('mkfifo', [file]);
  const output = new StatusLine(recorder(false).stream);
  const options = { tool: 't', format: 'text', level: 'info', output, file } as const;
  assert.throws(() => createLogger(options), {
    name: 'UsageError',
    message: `--log-path: ${file} is a pipe that nobody reads`,
    hint: 'Start its reader first, or name a file',
  });
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(reader));
  createLogger(options).info('a line');
  const buffer = Buffer.alloc(100);
  assert.match(buffer.toString('utf8', 0, readSync(reader, buffer)), /^[^ ]+Z INFO a line\n$/);
});
