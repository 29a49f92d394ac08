import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const MODULE = new URL('./loose-paths.ts', import.meta.url).href;
const SOMEBODY = 65534;

/** Applies `fromHere` to some paths in a process with another working directory. */
function fromThere(cwd: string, paths: readonly string[], before = ''): string[] {
  const program = `import { rmdirSync } from 'node:fs';
    const { fromHere } = await import(${JSON.stringify(MODULE)});
    ${before};
    console.log(JSON.stringify(${JSON.stringify(paths)}.map(fromHere)));`;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd,
    encoding: 'utf8',
  });
  return JSON.parse(text) as string[];
}

test('a directory below the working directory is named from there, any other is left as it is', (t) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'paths-')));
  t.after(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  const [here, mirror, odd, beside] = ['here', 'here/a/mirror', 'here/..odd', 'beside'].map((path) =>
    join(root, path),
  ) as [string, string, string, string];
  for (const path of [mirror, odd, beside]) mkdirSync(path, { recursive: true });
  const paths = [mirror, here, odd, beside, root, join(here, 'not there')];
  assert.deepEqual(fromThere(here, paths), ['a/mirror', '.', ...paths.slice(2)]);
  assert.deepEqual(fromThere(odd, paths, `rmdirSync(${JSON.stringify(odd)})`), paths);
  if (process.getuid?.() !== 0) return t.diagnostic('only root can try a directory that may not be entered');
  chmodSync(here, 0o700);
  assert.deepEqual(fromThere(here, [mirror, beside], `process.seteuid(${SOMEBODY})`), [mirror, beside]);
});
