import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { isWithin, nextChange, parseDailyWindows } from './daily-windows.ts';

const ownZone = process.env['TZ'];
after(() => setZone(ownZone));

/** Sets the time zone for local times. */
function setZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
}

/** Half-hour offsets, half-hour changes, changes at midnight, and a zone that skipped a day. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Havana',
  'Africa/Casablanca',
  'Pacific/Apia',
];

test('times of the day are read, and anything else is refused in one line', () => {
  assert.deepEqual(parseDailyWindows('22:00-06:00').windows, [{ from: 1320, to: 360 }]);
  assert.deepEqual(parseDailyWindows('0:00-24:00').windows, [{ from: 0, to: 1440 }]);
  assert.deepEqual(parseDailyWindows('22:00-6:30, 12:00-13:00').windows, [
    { from: 1320, to: 390 },
    { from: 720, to: 780 },
  ]);
  for (const text of [
    '',
    '22-6',
    '22:00',
    '22:00-',
    '24:00-06:00',
    '25:00-26:00',
    '22:60-23:00',
    '22:00–06:00',
    '22:00-06:00,',
  ])
    assert.throws(() => parseDailyWindows(text), /is not a time of the day$/, text);
  assert.throws(() => parseDailyWindows('06:00-06:00'), /^UsageError: '06:00-06:00' has no beginning$/);
});

/** The next times at which a window opens or closes, in ISO form. */
function changes(zone: string, text: string, from: string, count: number): string[] {
  setZone(zone);
  const windows = parseDailyWindows(text);
  const found: string[] = [];
  let at = Date.parse(from);
  for (let i = 0; i < count; i++) {
    const next = nextChange(windows, at);
    if (next === undefined) break;
    at = next;
    found.push(`${isWithin(windows, at) ? 'opens' : 'closes'} ${new Date(at).toISOString().slice(0, 16)}`);
  }
  return found;
}

test('a window over midnight is as long as its night, which has an hour less or more twice a year', () => {
  assert.deepEqual(changes('Europe/Berlin', '22:00-06:00', '2026-03-28T12:00Z', 2), [
    'opens 2026-03-28T21:00',
    'closes 2026-03-29T04:00',
  ]);
  assert.deepEqual(changes('Europe/Berlin', '22:00-06:00', '2026-10-24T12:00Z', 2), [
    'opens 2026-10-24T20:00',
    'closes 2026-10-25T05:00',
  ]);
});

test('an hour that the clock skips is in no window, one that comes twice is in its windows twice', () => {
  assert.deepEqual(changes('Europe/Berlin', '02:15-02:45', '2026-03-28T12:00Z', 2), [
    'opens 2026-03-30T00:15',
    'closes 2026-03-30T00:45',
  ]);
  // The clock goes from 02:00 to 03:00, in the middle of the window.
  assert.deepEqual(changes('Europe/Berlin', '02:30-04:00', '2026-03-28T12:00Z', 2), [
    'opens 2026-03-29T01:00',
    'closes 2026-03-29T02:00',
  ]);
  assert.deepEqual(changes('Europe/Berlin', '02:15-02:45', '2026-10-24T12:00Z', 4), [
    'opens 2026-10-25T00:15',
    'closes 2026-10-25T00:45',
    'opens 2026-10-25T01:15',
    'closes 2026-10-25T01:45',
  ]);
  assert.deepEqual(changes('Pacific/Apia', '10:00-11:00', '2011-12-29T22:00Z', 1), [
    'opens 2011-12-30T20:00',
  ]);
});

test('a window without an end never changes', () => {
  assert.deepEqual(changes('UTC', '00:00-24:00', '2026-01-01T00:00Z', 1), []);
  assert.deepEqual(changes('Europe/Berlin', '06:00-22:00,22:00-06:00', '2026-03-28T00:00Z', 1), []);
});

const minute = fc.integer({ min: 0, max: 1439 });
const clock = (minutes: number): string =>
  `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
const windowText = fc
  .tuple(minute, minute)
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => `${clock(from)}-${clock(to)}`);
const texts = fc.array(windowText, { minLength: 1, maxLength: 3 }).map((all) => all.join(','));
const moments = fc.oneof(
  fc.integer({ min: Date.parse('2010-01-01'), max: Date.parse('2035-01-01') }),
  // Only days around clock changes.
  fc
    .tuple(
      fc.constantFrom('2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01', '2026-04-05', '2011-12-30'),
      fc.integer({ min: -48 * 3_600_000, max: 48 * 3_600_000 }),
    )
    .map(([day, ms]) => Date.parse(day) + ms),
);

/** The local wall-clock time, from a source other than Date. */
function wallMinute(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const [hours = 0, minutes = 0] = format.format(at).split(':').map(Number);
  return 60 * hours + minutes;
}

for (const zone of ZONES) {
  test(`nothing changes before the next change, and everything does with it: ${zone}`, () => {
    setZone(zone);
    fc.assert(
      fc.property(texts, moments, fc.double({ min: 0, max: 1, noNaN: true }), (text, at, share) => {
        const windows = parseDailyWindows(text);
        const isNow = isWithin(windows, at);
        const shown = wallMinute(zone, at);
        const expected = windows.windows.some(({ from, to }) =>
          from < to ? shown >= from && shown < to : shown >= from || shown < to,
        );
        assert.equal(isNow, expected);
        const next = nextChange(windows, at);
        const between = at + Math.floor(share * ((next ?? at + 4 * 86_400_000) - at - 1));
        assert.equal(isWithin(windows, between), isNow);
        if (next === undefined) return;
        assert.ok(next > at);
        assert.equal(isWithin(windows, next - 1), isNow);
        assert.equal(isWithin(windows, next), !isNow);
      }),
      { numRuns: 100 },
    );
  });
}

test('whatever is typed is read, or an error says what to type', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 14 }), texts), (text) => {
      try {
        assert.ok(parseDailyWindows(text).windows.length > 0);
      } catch (error) {
        assert.ok(error instanceof UsageError && error.hint !== undefined, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
