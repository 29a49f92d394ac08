import type { SharedOptions } from '@crates-mirror/cli';
import type { ListenAddress } from '@crates-mirror/http-server';
import type { MostRemovals } from '@crates-mirror/removals/limit';
import type { S3Address } from '@crates-mirror/s3/address';
import type { S3Options } from '@crates-mirror/s3/options';
import type { SelectionRules } from '@crates-mirror/selection/options';
import type { AddressRange } from './proxy/address-range.ts';

/** Where a mirror is. */
export interface MirrorOptions {
  readonly indexDir: string;
  /** Root of the loose crate files. */
  readonly mirror: string | undefined;
  readonly bundlesDir: string | undefined;
  /** A layout's name or template; undefined for what the mirror remembers. */
  readonly layout: string | undefined;
  /** Of what the mirror holds, what is handed out; undefined for all of it. */
  readonly rules: SelectionRules | undefined;
  /** A denylist. */
  readonly deny: string | undefined;
}

/** What the server is told, fully validated. */
export interface ServeOptions extends MirrorOptions, SharedOptions {
  readonly listen: ListenAddress;
  /** Without a slash at its end; undefined where clients reach the server by the address they ask for. */
  readonly publicUrl: string | undefined;
  /** Whose `Forwarded` and `X-Forwarded-*` headers say how clients reach the server. */
  readonly trustedProxies: readonly AddressRange[];
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** undefined: as many as fit, up to 16,000. */
  readonly maxConnections: number | undefined;
  /** ms */
  readonly idleTimeout: number;
  /** ms */
  readonly drainTimeout: number;
  /** How long caches keep crate files, ms. */
  readonly crateMaxAge: number;
  /** A checkout of RustSec's advisory database. */
  readonly advisories: string | undefined;
  /** Go on serving crate files that the index no longer names. */
  readonly serveRemoved: boolean;
}

/** What an export is told, fully validated. */
export interface ExportOptions extends MirrorOptions, SharedOptions {
  /** The directory or the address of the site, as it was given. */
  readonly out: string;
  /** The site, where that is in an object store. */
  readonly bucket: BucketSite | undefined;
  readonly publicUrl: string;
  /** Refuse to begin a new site. */
  readonly requireExisting: boolean;
  /** The downloader's. */
  readonly manifest: string | undefined;
  readonly files: 'link' | 'copy';
  /** Remove crate files that no entry names any more. */
  readonly prune: boolean;
  /** Put whole copies of the site's back into the mirror where its own are damaged. */
  readonly repair: boolean;
  /** What becomes of crate files of versions that have left the index. */
  readonly onRemoved: 'keep' | 'delete';
  /** How many of them are deleted at most. */
  readonly maxRemovals: MostRemovals;
}

/** A site in an object store. */
export interface BucketSite {
  readonly address: S3Address;
  readonly s3: S3Options;
  /** Where it is looked up what the options leave open. */
  readonly environment: NodeJS.ProcessEnv;
  /** What is known of its objects; undefined for one of the user's caches. */
  readonly cacheDirectory: string | undefined;
}
