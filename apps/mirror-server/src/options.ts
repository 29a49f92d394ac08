import type { SharedOptions } from '@crates-mirror/cli';
import type { ListenAddress } from '@crates-mirror/http-server';
import type { MostRemovals } from '@crates-mirror/removals/limit';
import type { S3Address } from '@crates-mirror/s3/address';
import type { S3Options } from '@crates-mirror/s3/options';
import type { Asked, SelectionRules } from '@crates-mirror/selection/options';
import type { StoredMirrorOptions } from '@crates-mirror/stored-mirror';
import type { AddressRange } from './proxy/address-range.ts';

/** Location of a mirror. */
export interface MirrorOptions {
  readonly indexDir: string;
  /** Root of the loose crate files. */
  readonly mirror: string | undefined;
  readonly bundlesDir: string | undefined;
  /** A layout's name or template; undefined for the layout that the mirror has recorded. */
  readonly layout: string | undefined;
  /** Rules for which of the mirror's files are served; undefined for all of them. */
  readonly rules: SelectionRules | undefined;
  /** Only explain why versions of a crate are served or not; undefined for a normal run. */
  readonly explain: Asked | undefined;
  /** Path of a denylist. */
  readonly deny: string | undefined;
}

/** The server's options, fully validated. */
export interface ServeOptions extends Omit<MirrorOptions, 'indexDir'>, SharedOptions {
  /** A directory; undefined for the index of a mirror in an object store. */
  readonly indexDir: string | undefined;
  readonly listen: ListenAddress;
  /**
   * Without a trailing slash; undefined if clients reach the server by the address that they
   * request.
   */
  readonly publicUrl: string | undefined;
  /** Proxies whose `Forwarded` and `X-Forwarded-*` headers are trusted. */
  readonly trustedProxies: readonly AddressRange[];
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** undefined: as many as fit, up to 16,000. */
  readonly maxConnections: number | undefined;
  /** ms */
  readonly idleTimeout: number;
  /** ms */
  readonly drainTimeout: number;
  /** How long caches may keep crate files, ms. */
  readonly crateMaxAge: number;
  /** A checkout of RustSec's advisory database. */
  readonly advisories: string | undefined;
  /** Whether to keep serving crate files that the index no longer names. */
  readonly serveRemoved: boolean;
  /** The mirror, if it is in an object store instead of in directories. */
  readonly stored: StoredOptions | undefined;
}

/** A mirror in an object store, as it is served. */
export interface StoredOptions extends StoredMirrorOptions {
  /** Where clients are sent for crate files; undefined to send the bytes. */
  readonly redirect: 'presigned' | { readonly url: string } | undefined;
}

/** The options of an export, fully validated. */
export interface ExportOptions extends MirrorOptions, SharedOptions {
  /** The directory or address of the site, as the user specified it. */
  readonly out: string;
  /** The site, if it is in an object store. */
  readonly bucket: BucketSite | undefined;
  readonly publicUrl: string;
  /** Refuse to create a new site. */
  readonly requireExisting: boolean;
  /** The downloader's manifest. */
  readonly manifest: string | undefined;
  readonly files: 'link' | 'copy';
  /** Remove crate files that no entry names any more. */
  readonly prune: boolean;
  /** Restore damaged crate files of the mirror from intact copies in the site. */
  readonly repair: boolean;
  /** What to do with crate files whose versions have left the index. */
  readonly onRemoved: 'keep' | 'delete';
  /** Maximum number of such files to delete. */
  readonly maxRemovals: MostRemovals;
}

/** A site in an object store. */
export interface BucketSite {
  readonly address: S3Address;
  readonly s3: S3Options;
  /** Environment variables for settings that the options leave open. */
  readonly environment: NodeJS.ProcessEnv;
  /**
   * Cache directory for facts about its objects; undefined for one below the user's cache
   * directory.
   */
  readonly cacheDirectory: string | undefined;
}
