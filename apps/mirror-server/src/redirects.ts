import type { WantedFile } from '@crates-mirror/crate-files';
import { encodePath } from '@crates-mirror/s3/encode';
import type { StoredMirror } from '@crates-mirror/stored-mirror';
import type { StoredOptions } from './options.ts';

/** How long a signed URL is valid. s */
const VALID_S = 600;

/** Where a client finds a crate file. */
export interface Redirection {
  readonly location: string;
  /** Whether it is valid for only a few minutes. */
  readonly isTemporary: boolean;
}

/**
 * Sends clients to the object store for crate files, so that the bytes do not pass through the
 * server.
 */
export class Redirects {
  readonly #stored: Pick<StoredMirror, 'files' | 'bucket'>;
  readonly #to: NonNullable<StoredOptions['redirect']>;

  constructor(stored: Pick<StoredMirror, 'files' | 'bucket'>, to: NonNullable<StoredOptions['redirect']>) {
    this.#stored = stored;
    this.#to = to;
  }

  /**
   * @returns undefined if the file is not held, is in a bundle, or nobody has noted its checksum
   * @throws CodedError if that cannot be determined now
   */
  async find(wanted: WantedFile): Promise<Redirection | undefined> {
    const { files, bucket } = this.#stored;
    const place = await files.find(wanted);
    const object = place?.kind === 'loose' ? place.object : undefined;
    if (object?.isConfirmed !== true) return undefined;
    if (this.#to === 'presigned')
      return { location: await bucket.presign(object.key, VALID_S), isTemporary: true };
    return { location: `${this.#to.url}/${encodePath(object.key)}`, isTemporary: false };
  }
}
