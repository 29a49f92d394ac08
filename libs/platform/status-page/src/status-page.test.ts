import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { openListener } from '@crates-mirror/metrics';
import fc from 'fast-check';
import { EventStream, type PageModel, RateHistory, statusPage } from './index.ts';

const MODEL: PageModel = {
  title: 't',
  isLive: true,
  tone: 'busy',
  state: 'Running',
  fraction: null,
  summary: '',
  figures: [],
  charts: [],
  settings: [],
  failures: [],
  failuresNote: '',
};

const UNESCAPED: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };

test('the page loads nothing from anywhere, and its policy knows its script and its style', () => {
  const { headers, body } = statusPage(() => MODEL)();
  const html = String(body);
  assert.doesNotMatch(html, /\bsrc=|url\(|@import\s*["']|href="(?!data:,|\/)/);
  for (const [directive, element] of [
    ['script-src', 'script'],
    ['style-src', 'style'],
  ] as const) {
    const text = new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 's').exec(html)?.[1] ?? '';
    assert.ok(text.length > 1000, element);
    const hash = createHash('sha256').update(text).digest('base64');
    assert.ok(headers['Content-Security-Policy']?.includes(`${directive} 'sha256-${hash}'`), element);
  }
});

test('the page has the first state in it, as text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, value) => {
      const shown = { label: text, value };
      const model = { ...MODEL, summary: text, figures: [shown], settings: [shown] };
      const page = String(statusPage(() => model)().body);
      const summary = /<p id="summary">([^<>]*)<\/p>/.exec(page)?.[1];
      assert.equal(
        summary?.replace(/&lt;|&gt;|&quot;|&amp;/g, (entity) => UNESCAPED[entity] ?? ''),
        text,
      );
      assert.match(page, /<table hidden>/);
      assert.doesNotMatch(page, /value="\[/);
    }),
  );
  const failure = { what: 'bad-1.0.0', code: 'http_500', message: '<b>' };
  const chart = {
    title: 'Rate',
    seconds: [1, 2],
    series: [{ name: 'files', values: [1, 2], now: '2/s' }],
    highest: 2,
    highestText: '2/s',
    spanText: '2s ago',
  };
  const body = String(
    statusPage(() => ({ ...MODEL, fraction: 0.5, failures: [failure], charts: [chart] }))().body,
  );
  for (const part of [
    '<title>Running: t</title>',
    'class="busy">Running<',
    'max="1" value="0.5"',
    '<td>http_500</td><td>&lt;b&gt;</td>',
    'aria-label="Rate: files 2/s; highest 2/s"',
    'd="M0.0,51.0L300.0,2.0"',
  ])
    assert.ok(body.includes(part), part);
});

test('a history of any length stays small, and the area under its rates is exact', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 3000 }), (steps) => {
      const history = new RateHistory(1, 1);
      let total = 0;
      for (const [i, step] of steps.entries()) {
        total += step;
        history.sample(i + 1, [total]);
      }
      const { seconds, perSecond } = history.rates();
      assert.ok(seconds.length <= 240);
      assert.ok(seconds.length >= Math.min(steps.length, 119));
      const until = seconds.at(-1) ?? 0;
      const area = seconds.reduce(
        (sum, at, i) => sum + (perSecond[0]?.[i] as number) * (at - (seconds[i - 1] ?? 0)),
        0,
      );
      const expected = steps.slice(0, until).reduce((sum, step) => sum + step, 0);
      assert.ok(Math.abs(area - expected) < 1e-3 * (1 + expected), `${area} ${expected}`);
    }),
    { numRuns: 30 },
  );
});

async function openEvents(authority: string): Promise<IncomingMessage> {
  const [response] = (await once(get(`http://${authority}/e`), 'response')) as [IncomingMessage];
  return response.setEncoding('utf8');
}

test('a page learns at once how it stands, and at the end for the last time', async () => {
  let model = MODEL;
  const events = new EventStream(() => model);
  const listener = await openListener({
    address: { host: '127.0.0.1', port: 0 },
    option: '--listen',
    routes: new Map([['/e', events.handler]]),
  });
  const response = await openEvents(listener.authority);
  const [first] = (await once(response, 'data')) as [string];
  assert.equal(first, `data: ${JSON.stringify(MODEL)}\n\n`);
  model = { ...MODEL, isLive: false, state: 'Finished' };
  let rest = '';
  response.on('data', (data: string) => {
    rest += data;
  });
  events.end();
  await once(response, 'end');
  assert.ok(rest.endsWith(`data: ${JSON.stringify(model)}\n\n`), rest);
  await listener.close();
});

test('the number of open pages has an end', async () => {
  const events = new EventStream(() => MODEL);
  const listener = await openListener({
    address: { host: '127.0.0.1', port: 0 },
    option: '--listen',
    routes: new Map([['/e', events.handler]]),
  });
  const open: IncomingMessage[] = [];
  for (let i = 0; i < 20; i++) open.push(await openEvents(listener.authority));
  const refused = await openEvents(listener.authority);
  assert.deepEqual(
    [refused.statusCode, (await once(refused, 'data'))[0]],
    [503, '20 pages are open already\n'],
  );
  events.end();
  await listener.close();
  assert.deepEqual(new Set(open.map(({ statusCode }) => statusCode)), new Set([200]));
});
