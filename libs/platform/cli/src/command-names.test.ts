import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asStarted, COMMAND_NAMES, commandLine, startedAsSuite } from './command-names.ts';

const TEXT = `  crates-mirror-downloader --out /opt/crates-mirror-downloader/out
  crates-mirror-server export --out site (see crates-mirror-server export --help)
  crates-mirror-server-else, crates-mirror-server`;

test('a text names commands the way the process was started', () => {
  assert.equal(asStarted(TEXT), TEXT);
  assert.equal(commandLine('crates-mirror-server'), 'npx --no -- crates-mirror-server');
  assert.equal(commandLine('crates-mirror-downloader', 'npx nx run it'), 'npx nx run it');
  startedAsSuite();
  assert.equal(
    asStarted(TEXT),
    `  crates-mirror download --out /opt/crates-mirror-downloader/out
  crates-mirror export --out site (see crates-mirror export --help)
  crates-mirror-server-else, crates-mirror serve`,
  );
  assert.equal(commandLine('crates-mirror-downloader', 'npx nx run it'), 'crates-mirror download');
  for (const { program, word } of COMMAND_NAMES) assert.equal(asStarted(program), `crates-mirror ${word}`);
});
