import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { isAffected, parseAdvisory } from './advisory.ts';
import { AdvisoryDatabase } from './advisory-database.ts';

/** A vulnerability with all fields of the format. */
const VULNERABILITY = `\`\`\`toml
[advisory]
id = "RUSTSEC-2026-0001"
package = "textkit"
date = "2026-11-02"
url = "https://example.org/textkit/issues/1"
references = ["https://example.org/more"]
categories = ["memory-corruption"]
keywords = ["overflow"]
aliases = ["CVE-2026-1"]
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

[affected]
arch = ["x86_64"]
os = ["linux"]
functions = { "textkit::wrap" = ["< 1.2.0"] }

[versions]
patched = [">= 1.2.3", "^1.0.9"]
unaffected = ["< 1.0.0"]
\`\`\`

# Overflow in \`wrap\` #

The text, which nobody reads here.

# Another heading
`;
const MALICIOUS = `\`\`\`toml
[advisory]
id = "RUSTSEC-2026-0002"
package = "textkit"
date = "2026-11-03"

[versions]
patched = []
\`\`\`

# \`textkit\` was removed for malicious code
`;
const UNMAINTAINED = MALICIOUS.replace('0002', '0003').replace(
  'date =',
  'informational = "unmaintained"\ndate =',
);
const WITHDRAWN = MALICIOUS.replace('0002', '0004').replace('date =', 'withdrawn = "2026-11-04"\ndate =');

test('an advisory says which versions it is about', () => {
  const advisory = parseAdvisory(VULNERABILITY);
  const { id, package: name, date, title, informational, arch, os } = advisory;
  assert.deepEqual(
    { id, name, date, title, informational, arch, os },
    {
      id: 'RUSTSEC-2026-0001',
      name: 'textkit',
      date: '2026-11-02',
      title: 'Overflow in `wrap`',
      informational: undefined,
      arch: ['x86_64'],
      os: ['linux'],
    },
  );
  for (const [version, isAbout] of [
    ['1.0.0', true],
    ['1.0.8', true],
    ['1.0.9', false],
    ['0.9.9', false],
    ['1.2.3', false],
    ['2.0.0', false],
    ['0.9.0-rc', false],
    ['1.0.9-rc', true],
    ['2.0.0-rc', false],
  ] as const)
    assert.equal(isAffected(advisory, version), isAbout, version);
  assert.ok(isAffected(parseAdvisory(MALICIOUS), '0.0.1-a+b'), 'nothing is patched');
  assert.equal(parseAdvisory(UNMAINTAINED).informational, 'unmaintained');
  assert.ok(!isAffected(parseAdvisory(WITHDRAWN), '1.0.0'));
  const onWindows = `\uFEFF${VULNERABILITY.replaceAll('\n', '\r\n')}`;
  assert.equal(parseAdvisory(onWindows).title, 'Overflow in `wrap`');
});

test('a flaw of an advisory is reported', () => {
  for (const [from, to, message] of [
    ['```toml', '```', 'does not begin with a ```toml block'],
    ['[advisory]', '[advisory', /^has a block that is not TOML/],
    ['[advisory]', '[other]', 'has no [advisory]'],
    ['[versions]', '[other]', 'has no [versions]'],
    ['RUSTSEC-2026-0001', '../1', 'has no id such as RUSTSEC-2026-0001'],
    ['"textkit"', '"../textkit"', 'has no package that is a crate name'],
    ['date = "2026-11-02"', '', 'has no date'],
    ['date = "2026-11-02"', 'date = "soon"', 'has date that is no date'],
    ['date = "2026-11-02"', 'date = "2026-02-30"', 'has date that is no date'],
    ['date = "2026-11-02"', 'date = 2026-02-30', "has on line 4: '2026-02-30' is not a date"],
    ['">= 1.2.3"', '">>1"', /^has patched '>>1', which is not a version requirement/],
    ['[">= 1.2.3", "^1.0.9"]', '">= 1.2.3"', 'has patched that is no list of texts'],
    ['["x86_64"]', '[1]', 'has arch that is no list of texts'],
  ] as const)
    assert.throws(
      () => parseAdvisory(VULNERABILITY.replace(from, to)),
      { code: 'bad_advisory', message },
      to,
    );
  fc.assert(
    fc.property(fc.nat({ max: VULNERABILITY.length }), fc.string({ maxLength: 5 }), (at, text) => {
      try {
        parseAdvisory(VULNERABILITY.slice(0, at) + text + VULNERABILITY.slice(at + text.length));
      } catch (error) {
        assert.equal((error as { code?: unknown }).code, 'bad_advisory');
      }
    }),
    { numRuns: 300 },
  );
});

function database(t: TestContext): {
  readonly root: string;
  readonly messages: string[];
  readonly db: AdvisoryDatabase;
} {
  const root = mkdtempSync(join(tmpdir(), 'advisories-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'crates/textkit'), { recursive: true });
  const messages: string[] = [];
  return {
    root,
    messages,
    db: AdvisoryDatabase.open(root, (message) => messages.push(message.replace(root, 'DB'))),
  };
}

test('a database is read crate by crate, and an update shows', (t) => {
  const { root, messages, db } = database(t);
  const put = (file: string, text: string): void => writeFileSync(join(root, 'crates/textkit', file), text);
  put('RUSTSEC-2026-0001.md', VULNERABILITY);
  put('RUSTSEC-2026-0004.md', WITHDRAWN);
  put('README.txt', 'not read');
  assert.deepEqual([...db.names()], ['textkit']);
  const ids = (version: string): string =>
    db
      .about('textkit', version)
      .map(({ id }) => id.slice(-4))
      .join();
  assert.deepEqual([ids('1.0.0'), ids('1.2.3')], ['0001', '']);
  put('RUSTSEC-2026-0003.md', UNMAINTAINED);
  assert.deepEqual([ids('1.0.0'), ids('1.2.3')], ['0001,0003', '0003']);
  assert.deepEqual(db.of('other'), []);
  assert.deepEqual(db.of('../crates/textkit'), []);
  assert.deepEqual(messages, []);
});

test('files that cannot be used are reported once, and hide no other', (t) => {
  const { root, messages, db } = database(t);
  const directory = join(root, 'crates/textkit');
  writeFileSync(join(root, 'secret'), MALICIOUS);
  symlinkSync(join(root, 'secret'), join(directory, 'a.md'));
  mkdirSync(join(directory, 'b.md'));
  writeFileSync(join(directory, 'c.md'), 'no advisory');
  writeFileSync(join(directory, 'd.md'), Buffer.alloc((1 << 20) + 1));
  writeFileSync(join(directory, 'e.md'), MALICIOUS.replace('"textkit"', '"other"'));
  writeFileSync(join(directory, 'f.md'), MALICIOUS);
  for (let i = 0; i < 2; i++) assert.equal(db.of('textkit').length, 1);
  assert.deepEqual(
    messages.map((message) => message.replace(/ELOOP.*/, 'ELOOP')),
    [
      '--advisories: DB/crates/textkit/a.md cannot be read: ELOOP',
      '--advisories: DB/crates/textkit/b.md is no file',
      '--advisories: DB/crates/textkit/c.md does not begin with a ```toml block',
      `--advisories: DB/crates/textkit/d.md has more than ${1 << 20} bytes`,
    ],
  );
  assert.throws(
    () => AdvisoryDatabase.open(directory, () => {}),
    /^UsageError: --advisories: .* has no directory/,
  );
});
