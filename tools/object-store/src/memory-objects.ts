import { createHash } from 'node:crypto';

export interface MemoryObject {
  readonly body: Buffer;
  readonly etag: string;
  /** `x-amz-meta-*`, `content-type` and the like, as they were sent. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, Buffer>;
}

/** The objects and unfinished uploads of one bucket, in memory. */
export class MemoryObjects {
  readonly objects = new Map<string, MemoryObject>();
  readonly uploads = new Map<string, Upload>();
  #lastUpload = 0;

  put(key: string, body: Buffer, headers: Readonly<Record<string, string>>): string {
    const etag = md5(body);
    this.objects.set(key, { body, etag, headers });
    return etag;
  }

  begin(key: string, headers: Readonly<Record<string, string>>): string {
    this.#lastUpload += 1;
    const id = `upload-${this.#lastUpload}`;
    this.uploads.set(id, { key, headers, parts: new Map() });
    return id;
  }

  /** @returns the ETag of the object; undefined if there is no such upload */
  complete(id: string): string | undefined {
    const upload = this.uploads.get(id);
    if (upload === undefined) return undefined;
    this.uploads.delete(id);
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    const body = Buffer.concat(parts);
    const digests = parts.map((part) => createHash('md5').update(part).digest());
    const etag = `${md5(Buffer.concat(digests))}-${parts.length}`;
    this.objects.set(upload.key, { body, etag, headers: upload.headers });
    return etag;
  }

  /** In the order of keys. */
  list(prefix: string): [string, MemoryObject][] {
    const found = [...this.objects].filter(([key]) => key.startsWith(prefix));
    return found.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
