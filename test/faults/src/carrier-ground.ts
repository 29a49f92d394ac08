import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalog, readMembers } from '@crates-mirror/bundle';
import { DirectorySource, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { type Cleanup, readTree, runTool } from '@crates-mirror/e2e/tools';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { generateKey } from 'openpgp';
import type { Round } from './chapter.ts';
import { NearSide } from './trips/near-side.ts';

/** Later days of the near side. */
const DAYS = 3;
const LAYOUT = parseLayout('cargo');

/** Both sides of a gap, on the near side an index with its mirror and a key. */
export class CarrierGround {
  readonly #t: Cleanup;
  readonly #directory: string;
  readonly near: NearSide;

  static async make({ ground, directory, t }: Round): Promise<CarrierGround> {
    const { privateKey, publicKey } = await generateKey({ userIDs: { name: 'near' } });
    writeFileSync(join(directory, 'key'), privateKey);
    writeFileSync(join(directory, 'key.asc'), publicKey);
    return new CarrierGround(t, directory, new NearSide(ground.index, join(directory, 'near'), DAYS, 95));
  }

  private constructor(t: Cleanup, directory: string, near: NearSide) {
    this.#t = t;
    this.#directory = directory;
    this.near = near;
  }

  at(...names: readonly string[]): string {
    return join(this.#directory, ...names);
  }

  packArgs(since: string | undefined, to = 'parcels'): string[] {
    const { mirror, index } = this.near;
    const place = ['--mirror', mirror, '--index-dir', index, '--to', to, '--gpgkey', 'key'];
    return ['pack', ...place, ...(since === undefined ? [] : ['--since', since])];
  }

  unpackArgs(from: string, isLoose: boolean): string[] {
    const to = ['--mirror', 'far', '--index-dir', 'far-index', '--trust', 'key.asc'];
    const removed = ['--on-removed', 'delete', '--yes', '--max-removals', '50%'];
    const receipt = ['--receipt-out', 'receipt.json'];
    return ['unpack', '--from', from, ...to, ...removed, ...receipt, ...(isLoose ? ['--loose'] : [])];
  }

  async complete(args: readonly string[]): Promise<void> {
    const { code, stderr } = await runTool(this.#t, 'mirror-carrier', args, this.#directory);
    assert.equal(code, 0, stderr);
  }

  /** Checks that no parcel is published that is not whole. */
  async checkParcels(): Promise<void> {
    const names = existsSync(this.at('parcels')) ? readdirSync(this.at('parcels')) : [];
    const whole = names.filter((name) => !name.endsWith('.partial'));
    for (const name of whole)
      await this.complete(['verify', '--from', `parcels/${name}`, '--trust', 'key.asc']);
  }

  /** Checks that the far side holds all that its index names, with the right bytes. */
  checkHeld(): void {
    if (!existsSync(this.at('far-index'))) return;
    const held = this.#heldByFar();
    const source = new DirectorySource(this.at('far-index'));
    for (const { files } of walkIndex(source, 100, () => {}))
      for (const file of files)
        for (const { name, version, cksum } of parseIndexFile(source.read(file), file).entries)
          assert.ok(
            held.has(`${LAYOUT.pathOf({ name, version, sha256: cksum })} ${cksum}`),
            `${name} ${version}`,
          );
  }

  /** Checks that the far side is what the near side is. */
  checkSame(isLoose: boolean): void {
    const compare = (near: string, far: string): void => {
      const args = ['-r', '-q', '--exclude=.crates-mirror', '--exclude=.git', near, this.at(far)];
      const { status, stdout } = spawnSync('diff', args, { encoding: 'utf8' });
      assert.equal(status, 0, stdout);
    };
    compare(this.near.index, 'far-index');
    if (isLoose) compare(this.near.mirror, 'far');
    else this.checkHeld();
  }

  #heldByFar(): ReadonlySet<string> {
    const held = new Set<string>();
    if (!existsSync(this.at('far'))) return held;
    for (const [path, body] of readTree(this.at('far')))
      if (path.endsWith('.crate')) held.add(`${path} ${sha256Hex(body)}`);
    for (const { manifest } of readCatalog(this.at('far/bundles')).values())
      for (const { path, sha256 } of readMembers(this.at('far/bundles', manifest)))
        held.add(`${path} ${sha256}`);
    return held;
  }
}
