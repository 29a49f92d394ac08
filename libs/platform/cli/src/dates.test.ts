import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import toml from '@iarna/toml';
import fc from 'fast-check';
import { checkTomlDays, parseDate, parseDateValue } from './dates.ts';

const two = (number: number): string => String(number).padStart(2, '0');
/** Days of which a tenth does not exist, with whether they do. */
const days = fc
  .record({ year: fc.integer({ min: 1970, max: 2100 }), month: fc.nat(13), day: fc.nat(32) })
  .map(({ year, month, day }) => {
    const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const longest = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
    return { text: `${year}-${two(month)}-${two(day)}`, exists: day >= 1 && day <= longest };
  });

function accepts(how: () => unknown): boolean {
  try {
    how();
    return true;
  } catch (error) {
    assert.ok(error instanceof UsageError || error instanceof Error, String(error));
    return false;
  }
}

/** As every reader of a TOML file does. */
function readToml(text: string): unknown[] {
  checkTomlDays(text);
  return Object.values(toml.parse(text)).map(parseDateValue);
}

test('a day is accepted if the calendar has it: as an option, as a TOML date and as a TOML string', () => {
  const ends = fc.constantFrom('', 'T00:00:00Z', 'T23:59:59Z', 'T12:30:00.5Z');
  fc.assert(
    fc.property(days, ends, ({ text, exists }, end) => {
      assert.equal(
        accepts(() => parseDate(text + end)),
        exists,
      );
      for (const file of [`a = ${text}${end}`, `"a" = "${text}${end}" # ${text}`, `a = '${text}${end}'`])
        assert.equal(
          accepts(() => readToml(file)),
          exists,
          file,
        );
      if (exists) assert.deepEqual(readToml(`a = ${text}${end}`), [parseDate(text + end)]);
    }),
    { numRuns: 500 },
  );
});

test('days in strings, comments and names are not checked, and others are, wherever they are', () => {
  for (const text of [
    'reason = "of 2026-02-30"',
    "reason = '2026-02-30\\'",
    'reason = """\n2026-02-30 "quoted" 2026-02-31\n"""',
    'a = 1 # 2026-02-30',
    'crate = "evil-2026-02-30"',
    'a = "\\"2026-02-30"',
  ])
    checkTomlDays(text);
  for (const [text, line] of [
    ['a = "2026-02-28"\nb = [2026-02-28, 2026-02-30]', 2],
    ['[[deny]]\ncrate = "#"\nsince=2026-02-30', 3],
    ['a = { since = 2026-04-31T10:00:00Z }', 1],
  ] as const)
    assert.throws(() => checkTomlDays(text), { message: new RegExp(`^line ${line}: '2026-0`) }, text);
});

test('a time alone, or one without a zone, is not a date', () => {
  for (const text of ['a = 10:00:00', 'a = 2026-11-02T10:00:00', 'a = 1', 'a = ["2026-11-02"]', 'a = true'])
    assert.throws(() => readToml(text), /is not a date/, text);
  assert.deepEqual(readToml('a = 2026-11-02T10:00:00+02:00'), [Date.UTC(2026, 10, 2, 8)]);
  assert.throws(() => parseDate('2026-11-02T24:00:00Z'), /is not a date/);
});
