import { CodedError } from '@crates-mirror/errors';

/** A bundle, or something beside it, is not what it should be. */
export class BundleError extends CodedError {}

export function damaged(message: string): BundleError {
  return new BundleError('bundle_damaged', message);
}
