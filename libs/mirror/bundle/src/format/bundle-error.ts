import { CodedError } from '@crates-mirror/errors';

/** A bundle, or a file beside it, is invalid. */
export class BundleError extends CodedError {}

export function damaged(message: string): BundleError {
  return new BundleError('bundle_damaged', message);
}
