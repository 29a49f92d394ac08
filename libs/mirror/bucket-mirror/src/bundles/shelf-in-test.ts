import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  BundleFolder,
  BundleWriter,
  FrameBuilder,
  MemberLedger,
  type NewCatalogEntry,
} from '@crates-mirror/bundle';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { Bucket } from '@crates-mirror/s3';
import { BundleShelf } from './bundle-shelf.ts';

/** The bundles of a mirror in a store of the tests, with a local folder below `root`. */
export class ShelfInTest {
  readonly directory: string;
  readonly notes: string[] = [];
  readonly #objectsDirectory: string;
  readonly #bucket: Bucket;

  constructor(root: string, endpoint: string) {
    this.directory = join(root, 'bundles');
    this.#objectsDirectory = join(root, 'objects');
    this.#bucket = new Bucket({
      address: { bucket: 'mirror', prefix: 'p/' },
      options: { endpoint, region: undefined, addressing: 'path', caFile: undefined },
      environment: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', HOME: root },
      connections: 2,
      backoff: { retries: 1, baseMs: 1, maxMs: 1 },
    });
    this.makeDirectories();
  }

  makeDirectories(): void {
    const { temporaryDirectory, membersDirectory } = mirrorHome(this.directory);
    for (const directory of [temporaryDirectory, membersDirectory, this.#objectsDirectory])
      mkdirSync(directory, { recursive: true });
  }

  open(): Promise<BundleShelf> {
    const { directory } = this;
    return BundleShelf.open({
      bucket: this.#bucket,
      directory,
      objectsDirectory: this.#objectsDirectory,
      isConditional: true,
      check: () => {},
      onNote: (_, message) => void this.notes.push(message),
    });
  }

  folder(shelf: BundleShelf): Promise<BundleFolder> {
    return BundleFolder.open({
      directory: this.directory,
      verifyAll: false,
      firstNumber: shelf.nextNumber,
      isElsewhere: (entry) => shelf.isStored(entry),
      onNote: (_, message) => void this.notes.push(message),
    });
  }

  /** Writes bundles of two crate files each, and finishes them here. Names that are held are skipped. */
  async write(
    folder: BundleFolder,
    names: readonly string[],
    onFinished: (entry: NewCatalogEntry) => void | Promise<void>,
  ): Promise<void> {
    const ledger = new MemberLedger(mirrorHome(this.directory).membersDirectory, folder.held);
    const writer = new BundleWriter(folder, { sizeLimit: 3000, frameSize: 1 << 20, onFinished });
    for (const name of names) {
      const path = `${name}-1.0.0.crate`;
      if (ledger.find(name.slice(0, 2), path) !== undefined) continue;
      const content = Buffer.from(`crate file of ${name} `.repeat(50));
      const crate = { name, version: '1.0.0', path, url: `https://x.example/${name}` };
      const builder = new FrameBuilder(1 << 20);
      builder.add({ ...crate, size: content.length, sha256: sha256Hex(content) }, content);
      await writer.append(builder.take());
    }
    await writer.close();
  }

  close(): Promise<void> {
    return this.#bucket.close();
  }
}
