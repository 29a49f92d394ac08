import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { type Tree, type TreeFile, textFile } from '../archive/tree.ts';
import { tarOf, ZSTD_PARAMS } from '../archive/write-archive.ts';

/** An image's configuration, in the format of the field `config` of the OCI image configuration. */
export type ImageConfig = Readonly<Record<string, unknown>>;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA = 'application/vnd.oci.image';

/**
 * An image of one layer as an OCI layout (image-spec 1.1), which `podman load`, `docker load`,
 * skopeo and containerd read.
 *
 * @param root the layer's files
 * @param open directories that every user may write to
 * @param tag the name under which it is loaded
 */
export function imageLayout(
  root: Tree,
  open: readonly string[],
  config: ImageConfig,
  architecture: string,
  tag: string,
): Tree {
  const blobs = new Map<string, TreeFile>();
  const put = (mediaType: string, content: Buffer): Descriptor => {
    const hex = sha256(content);
    blobs.set(`blobs/sha256/${hex}`, { content, isExecutable: false });
    return { mediaType: `${MEDIA}.${mediaType}`, digest: `sha256:${hex}`, size: content.length };
  };
  const layer = Buffer.concat([...tarOf(root, open)]);
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const configuration = put(
    'config.v1+json',
    json({
      architecture,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    }),
  );
  const manifest = put(
    'manifest.v1+json',
    json({
      schemaVersion: 2,
      mediaType: `${MEDIA}.manifest.v1+json`,
      config: configuration,
      layers: [put('layer.v1.tar+zstd', zstdCompressSync(layer, { params: ZSTD_PARAMS }))],
    }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = {
    schemaVersion: 2,
    mediaType: `${MEDIA}.index.v1+json`,
    manifests: [{ ...manifest, platform: { architecture, os: 'linux' }, annotations }],
  };
  return new Map([
    ['oci-layout', textFile('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', textFile(JSON.stringify(index))],
    ...blobs,
  ]);
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
