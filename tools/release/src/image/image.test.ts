import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { type Tree, textFile } from '../archive/tree.ts';
import { imageConfig, OPEN_DIRECTORIES } from './config.ts';
import { imageLayout } from './layout.ts';
import { librariesOf } from './system-files.ts';

const ROOT: Tree = new Map([['opt/a', textFile('a', true)]]);

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function layout(): Tree {
  return imageLayout(ROOT, OPEN_DIRECTORIES, imageConfig('1.2.3'), 'amd64', 'x:1.2.3');
}

function contentOf(tree: Tree, path: string): Buffer {
  const file = tree.get(path);
  assert.ok(file !== undefined, path);
  return file.content;
}

/** Reads a descriptor's blob, and verifies the descriptor. */
function blob(tree: Tree, { digest, size }: Descriptor): Buffer {
  const content = contentOf(tree, `blobs/${digest.replace(':', '/')}`);
  assert.equal(content.length, size);
  assert.equal(`sha256:${createHash('sha256').update(content).digest('hex')}`, digest);
  return content;
}

test('an image is an OCI layout whose digests hold, from the index to the layer', () => {
  const tree = layout();
  assert.deepEqual(JSON.parse(String(contentOf(tree, 'oci-layout'))), { imageLayoutVersion: '1.0.0' });
  const [described] = JSON.parse(String(contentOf(tree, 'index.json'))).manifests;
  assert.deepEqual(described.platform, { architecture: 'amd64', os: 'linux' });
  const manifest = JSON.parse(String(blob(tree, described)));
  const config = JSON.parse(String(blob(tree, manifest.config)));
  const layer = zstdDecompressSync(blob(tree, manifest.layers[0]));
  assert.deepEqual(config.rootfs.diff_ids, [`sha256:${createHash('sha256').update(layer).digest('hex')}`]);
  assert.equal(manifest.layers[0].mediaType, 'application/vnd.oci.image.layer.v1.tar+zstd');
  assert.equal(tree.size, 5);
  assert.match(config.config.User, /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(config.config.Labels['org.opencontainers.image.version'], '1.2.3');
});

test('equal images are equal bytes', () => {
  assert.deepEqual([...layout()], [...layout()]);
});

test('libraries are those that an executable is linked with', (t) => {
  if (process.platform !== 'linux') return t.skip('ldd is Linux’s');
  const libraries = librariesOf('/bin/sh');
  assert.ok(
    libraries.some((path) => /\/libc\.so\.6$|\/ld-/.test(path)),
    libraries.join(' '),
  );
  assert.throws(() => librariesOf(import.meta.filename), { code: 'no_libraries' });
});
