import type { BundleReading, ReadSoFar } from './read-bundle.ts';

/** Requests to the reading thread, which handles them one at a time. */
export type ReadRequest =
  | {
      readonly kind: 'finished';
      readonly path: string;
      readonly manifest: string;
      readonly manifestSha256: string;
    }
  | { readonly kind: 'manifest'; readonly manifest: string; readonly manifestSha256: string }
  | { readonly kind: 'partial'; readonly path: string; readonly manifest: string; readonly from: ReadSoFar };

export type ReadAnswer =
  | { readonly reading: BundleReading }
  | { readonly failure: string; readonly code: string };
