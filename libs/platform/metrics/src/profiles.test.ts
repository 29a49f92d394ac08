import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Function as Fn, Line, Location, Profile, Sample, StringTable, ValueType } from 'pprof-format';
import { LateProfiler, pprofRoutes, type Reply } from './index.ts';
import { mergeProfiles } from './merge-profiles.ts';
import { Profiler } from './profiler.ts';

/** A profile with the given number of samples for each function. */
function profileOf(counts: Readonly<Record<string, number>>): Uint8Array {
  const stringTable = new StringTable();
  const names = Object.keys(counts);
  return new Profile({
    stringTable,
    sampleType: [new ValueType({ type: stringTable.dedup('sample'), unit: stringTable.dedup('count') })],
    function: names.map(
      (name, i) =>
        new Fn({ id: i + 1, name: stringTable.dedup(name), filename: stringTable.dedup(`${name}.ts`) }),
    ),
    location: names.map(
      (_, i) => new Location({ id: i + 1, line: [new Line({ functionId: i + 1, line: 7 })] }),
    ),
    sample: names.map((name, i) => new Sample({ locationId: [i + 1], value: [counts[name] as number] })),
  }).encode();
}

/** `thread function file:count`, sorted. */
function samplesOf(encoded: Uint8Array): string[] {
  const { stringTable, sample, location, function: functions } = Profile.decode(encoded);
  const text = (index: number | bigint | undefined): string => stringTable.strings[Number(index)] ?? '?';
  return sample
    .map(({ locationId, value, label }) => {
      const place = location.find(({ id }) => Number(id) === Number(locationId[0]));
      const fn = functions.find(({ id }) => Number(id) === Number(place?.line[0]?.functionId));
      const thread = label.find(({ key }) => text(key) === 'thread');
      return `${text(thread?.str)} ${text(fn?.name)} ${text(fn?.filename)}:${value[0]}`;
    })
    .sort();
}

test('profiles of several threads become one, whose samples say the thread', () => {
  const merged = mergeProfiles([
    { thread: 'main', profile: profileOf({ walk: 1, log: 2 }) },
    { thread: 'lane 1', profile: profileOf({ fetch: 3, walk: 4 }) },
    { thread: 'lane 2', profile: new Uint8Array() },
  ]);
  assert.deepEqual(samplesOf(merged), [
    'lane 1 fetch fetch.ts:3',
    'lane 1 walk walk.ts:4',
    'main log log.ts:2',
    'main walk walk.ts:1',
  ]);
});

test('nothing at all is an empty profile', () => {
  assert.deepEqual(samplesOf(mergeProfiles([])), []);
});

/** Checks the clock rarely: a sample names the top of the stack, which should not be the clock. */
function spinForProfile(ms: number): number {
  let sum = 0;
  for (const end = performance.now() + ms; performance.now() < end; )
    for (let i = 0; i < 100_000; i++) sum += Math.sqrt(i);
  return sum;
}

test('a CPU profile names what was running, and ends early when it is asked to', async () => {
  const profiler = await Profiler.create();
  try {
    const end = new AbortController();
    const start = process.cpuUsage();
    const timer = setInterval(() => {
      spinForProfile(20);
      if (process.cpuUsage(start).user > 300_000) end.abort();
    }, 1);
    const taken = profiler.take('cpu', 600_000, end.signal);
    const names = samplesOf(await taken);
    clearInterval(timer);
    assert.ok(
      names.some((name) => name.includes('spinForProfile') && name.includes('profiles.test.ts')),
      names.join('\n'),
    );
    assert.ok(samplesOf(await profiler.take('heap', 0)).length > 0);
  } finally {
    profiler.close();
  }
});

test('a profiler that is closed answers with nothing, and never throws', async () => {
  const profiler = new LateProfiler(60_000);
  assert.ok((await profiler.take('heap', 0)).length > 0);
  profiler.close();
  for (const kind of ['heap', 'cpu'] as const) assert.equal((await profiler.take(kind, 10)).length, 0, kind);
  profiler.close();
  const early = new LateProfiler(60_000);
  const taken = early.take('cpu', 60_000);
  early.close();
  assert.equal((await taken).length, 0);
});

test('wrong times and a second profile at once are refused in words', async () => {
  let finish = (): void => {};
  const routes = new Map(
    pprofRoutes(
      () =>
        new Promise((resolve) => {
          finish = () => resolve([{ thread: 'main', profile: profileOf({ walk: 1 }) }]);
        }),
    ),
  );
  const ask = (query: string): Promise<Reply | undefined> =>
    Promise.resolve(
      routes.get('/debug/pprof/profile')?.(
        { query: new URLSearchParams(query), isHead: false, signal: new AbortController().signal },
        undefined as never,
      ),
    );
  for (const seconds of ['0', '-1', 'x', '301', 'Infinity', '1e-9', '0.09']) {
    const reply = await ask(`seconds=${seconds}`);
    assert.deepEqual([reply?.status, reply?.body], [400, 'seconds: a number from 0.1 to 300\n'], seconds);
  }
  const first = ask('seconds=1');
  const second = await ask('seconds=1');
  assert.deepEqual(
    [second?.status, second?.body],
    [503, 'another profile is being taken; try again when it is done\n'],
  );
  finish();
  assert.deepEqual(samplesOf(gunzipSync((await first)?.body as Uint8Array)), ['main walk walk.ts:1']);
});
