import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { indexPath } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { isMissing } from '../support/archive-tools.ts';
import { LAST_LINE, NO_CARGO, Project } from '../support/cargo-project.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, REPOSITORY, readTree, scratch } from '../support/tools.ts';

const PAGE = readFileSync(join(REPOSITORY, 'docs/air-gap.md'), 'utf8');

interface Block {
  readonly heading: string;
  readonly side: 'near' | 'far';
  readonly runsOn: boolean;
  readonly script: string;
}

/** The commands of the page, with the side on which they run. */
function blocksOf(page: string): Block[] {
  const found = page.matchAll(/<!-- (near|far)(, runs [^>]*)? -->\n\n((?: {4}.*\n|\n(?= {4}))+)/g);
  return Array.from(found, ({ 1: side, 2: on, 3: text = '', index }) => ({
    heading:
      page
        .slice(0, index)
        .match(/^## .*$/gm)
        ?.at(-1)
        ?.slice(3) ?? '',
    side: side === 'near' ? 'near' : 'far',
    runsOn: on !== undefined,
    script: text.replaceAll(/^ {4}/gm, ''),
  }));
}

/** Both sides of the gap, each with a keyring of its own, and the carried media. */
class Sides {
  readonly #root: string;

  constructor(t: Cleanup) {
    this.#root = scratch(t);
    for (const name of ['near', 'far', 'stick']) mkdirSync(this.at(name));
    for (const side of ['near', 'far']) {
      mkdirSync(this.at(side, 'gnupg'), { mode: 0o700 });
      t.after(() => spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env: this.#environment(side) }));
    }
  }

  at(...names: readonly string[]): string {
    return join(this.#root, ...names);
  }

  /** Runs commands exactly as on the page. Keys are then carried over, and receipts back. */
  run({ side, script }: Block): string {
    const commands = script.replaceAll('/media/stick', this.at('stick'));
    const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', commands], {
      cwd: this.at(side),
      env: this.#environment(side),
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${script}${stdout}${stderr}`);
    const [other, carried] = side === 'near' ? ['far', /^key.*\.asc$/] : ['near', /^receipt-0.*\.json$/];
    for (const name of readdirSync(this.at(side)))
      if ((carried as RegExp).test(name)) copyFileSync(this.at(side, name), this.at(other as string, name));
    return stdout;
  }

  #environment(side: string): NodeJS.ProcessEnv {
    const path = `${join(REPOSITORY, 'node_modules/.bin')}:${process.env['PATH']}`;
    return { ...process.env, PATH: path, GNUPGHOME: this.at(side, 'gnupg'), LC_ALL: 'C.UTF-8' };
  }

  /** Publishes a crate on the near side. */
  publish(name: string): void {
    const path = indexPath(name);
    const body = Buffer.from(`the crate file of ${name}`);
    const entry = { name, vers: '1.0.0', deps: [], cksum: sha256Hex(body), features: {}, yanked: false };
    const files = {
      [`crates.io-index/${path}`]: `${JSON.stringify(entry)}\n`,
      [`mirror/${dirname(path)}/${name}-1.0.0.crate`]: body,
    };
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(this.at('near', file)), { recursive: true });
      writeFileSync(this.at('near', file), content);
    }
  }
}

/** A minimal portable archive. */
function writeTools(directory: string): void {
  const name = 'crates-mirror-0.0.0-linux-x64';
  mkdirSync(join(directory, name, 'bin'), { recursive: true });
  writeFileSync(join(directory, name, 'bin/crates-mirror'), '#!/bin/sh\necho tools\n', { mode: 0o755 });
  execFileSync('tar', ['--zstd', '-cf', `${name}.tar.zst`, name], { cwd: directory });
}

/** Compares the trees of both sides, by their paths there. */
function assertSame(sides: Sides, far: string, near: string): void {
  const files = (tree: Map<string, Buffer>): Map<string, Buffer> =>
    new Map([...tree].filter(([path]) => !path.startsWith('.git/')).sort());
  assert.deepEqual(files(readTree(sides.at('far', far))), files(readTree(sides.at('near', near))));
}

test('the whole way across an air gap, by the commands of docs/air-gap.md', async (t) => {
  if (isMissing(t, 'gpg', 'sha256sum', 'tar', 'zstd', 'git')) return;
  const sides = new Sides(t);
  await writeSample(sides.at('near'));
  renameSync(sides.at('near/index'), sides.at('near/crates.io-index'));
  renameSync(sides.at('near/out'), sides.at('near/mirror'));
  writeTools(sides.at('near'));
  const blocks = blocksOf(PAGE);
  assert.ok(blocks.length >= 16, `${blocks.length}`);
  let before = '';
  for (const block of blocks) {
    const { heading, side, runsOn } = block;
    if (runsOn) continue;
    const isNew = heading !== before && side === 'near';
    if (isNew && ['Every other trip', 'A new key'].includes(heading)) sides.publish(`new-${heading.length}`);
    before = heading;
    const output = sides.run(block);
    if (side === 'far' && block.script.includes('unpack') && !block.script.includes('index-2'))
      assertSame(sides, 'index', 'crates.io-index');
    if (heading === 'The tools go along' && side === 'far') assert.equal(output, 'tools\n');
    if (block.script.includes('status --mirror mirror --from'))
      assert.match(output, /^mirror is at parcel 2, [\s\S]*^ {2}parcel-0002 {3}unpacked$/m);
  }
  assertSame(sides, 'index-2', 'crates.io-index');
  assertSame(sides, 'by-hand/index', 'crates.io-index');
  for (const mirror of ['mirror-2', 'by-hand/mirror']) assertSame(sides, mirror, 'mirror');
  const receipt = (name: string): string => readFileSync(sides.at('far', name), 'utf8');
  assert.equal(receipt('receipt-again.json'), receipt('receipt-0002.json'));

  if (NO_CARGO !== false) {
    t.diagnostic(`not built from: ${NO_CARGO}`);
    return;
  }
  const args = ['--mirror', 'mirror', '--bundles-dir', 'mirror/bundles', '--index-dir', 'index'];
  const { origin } = await startServer(t, args, sides.at('far'));
  const project = new Project(sides.at('far'), origin);
  const built = await project.cargo('run');
  assert.equal(built.stdout.trimEnd().split('\n').at(-1), LAST_LINE);
});
