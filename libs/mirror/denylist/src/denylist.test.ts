import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeDenial } from './denylist.ts';
import { parseDenylist } from './parse-denylist.ts';

const EXAMPLE = `# What this mirror does not hand out.
version = 1

[[deny]]
crate = "evil_crate"
versions = ">=1.1, <1.3"
reason = "reads ~/.cargo/credentials.toml\\u001b[31m"
since = 2026-11-02

[[deny]]
crate = "evil-crate"
versions = ["2.0.0", "2.0.1+build"]
reason = "the same, once more"

[[deny]]
crate = "Worse"
reason = "all of it"
since = "2026-11-03T10:00:00Z"
`;

test('versions are denied by requirement, by list, or all; names as crates.io compares them', async () => {
  const list = await parseDenylist(EXAMPLE);
  const denied = (name: string, version: string): string | undefined => list.find(name, version)?.since;
  assert.equal(denied('evil_crate', '1.1.0'), '2026-11-02');
  assert.equal(denied('Evil-Crate', '1.2.9-rc.1'), '2026-11-02', 'a pre-release lies between, too');
  assert.equal(list.find('evil-crate', '2.0.0')?.reason, 'the same, once more');
  assert.equal(list.find('evil-crate', '2.0.1'), undefined, 'a list has versions as they are');
  assert.equal(list.find('evil-crate', '1.3.0'), undefined);
  assert.equal(denied('worse', '0.0.1-a+b'), '2026-11-03');
  assert.equal(list.find('other', '1.1.0'), undefined);
  assert.ok(list.hasCrate('EVIL-crate') && !list.hasCrate('evil'));
  const rule = list.rules[0];
  assert.ok(rule !== undefined);
  assert.equal(
    describeDenial('evil_crate', '1.1.0', rule),
    'evil_crate 1.1.0 is denied by this mirror since 2026-11-02: reads ~/.cargo/credentials.toml [31m',
  );
});

test('a list without rules denies nothing', async () => {
  assert.equal((await parseDenylist('version = 1\n')).rules.length, 0);
  assert.equal((await parseDenylist(RULE.replaceAll('\n', '\r\n'))).rules.length, 1);
});

const RULE = 'version = 1\n[[deny]]\ncrate = "a"\nreason = "r"\n';

test('errors are reported with their places', async () => {
  for (const [text, message] of [
    ['', 'it does not say version = 1'],
    ['version = 2', 'it does not say version = 1'],
    ['version = 1\nversion = 1', /^it is not TOML: Can't redefine existing key/],
    ['version = 1\n[[deny]]\ncrate = "a', /^it is not TOML: Unterminated string/],
    ['version = 1\ndeny = "a"', 'deny is not a list of [[deny]] tables'],
    ['version = 1\nrules = []', 'it: "rules" is not a key of a denylist: version, deny are'],
    ['version = 1\n[[deny]]\nreason = "r"', '[[deny]] 1: crate is not a crate name: nothing'],
    ['version = 1\n[[deny]]\ncrate = "../a"\nreason = "r"', '[[deny]] 1: crate is not a crate name: "../a"'],
    ['version = 1\n[[deny]]\ncrate = "a"', '[[deny]] 1 (a): reason is missing'],
    [`${RULE}verison = "1"`, /^\[\[deny\]\] 1 \(a\): "verison" is not a key of a denylist: crate, versions/],
    [`${RULE}versions = ">>1"`, /versions ">>1" is not a version requirement such as/],
    [`${RULE}versions = []`, '[[deny]] 1 (a): versions is neither a requirement nor a list of versions'],
    [`${RULE}versions = ["1.0"]`, '[[deny]] 1 (a): versions has "1.0", which is not a version'],
    [`${RULE}versions = 1`, /versions is neither a requirement/],
    [`${RULE}since = "yesterday"`, /since is not a date such as 2026-11-02: "yesterday"/],
    [`${RULE}since = "11/02/2026"`, /since is not a date such as 2026-11-02/],
    [`${RULE}since = "2026-02-30"`, /since is not a date such as 2026-11-02/],
    [`${RULE}since = 2026-02-30`, "line 5: '2026-02-30' is not a date"],
    [`${RULE}since = 10:00:00`, /since is not a date such as 2026-11-02/],
    [`${RULE}since = 99999999999999999999`, /^it is not TOML|since is not a date/],
    [`version = 1\n[[deny]]\ncrate = "a"\nreason = "${'r'.repeat(501)}"`, /more than 500 characters/],
  ] as const)
    await assert.rejects(parseDenylist(text), { code: 'bad_denylist', message }, text);
});

test('text of any kind is a list, or is reported as none', async () => {
  const part = fc.constantFrom(
    'version = 1\n',
    '[[deny]]\n',
    'crate = "a"\n',
    'reason = "r"\n',
    '[deny]\n',
    '=',
  );
  const text = fc
    .array(fc.oneof(part, fc.string({ maxLength: 8 })), { maxLength: 8 })
    .map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (one) => {
      await parseDenylist(one).catch((error: unknown) => {
        assert.equal((error as { code?: unknown }).code, 'bad_denylist');
      });
    }),
    { numRuns: 300 },
  );
});
