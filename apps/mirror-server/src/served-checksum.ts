import { describeDenial } from '@crates-mirror/denylist';
import type { Selection } from '@crates-mirror/selection';
import type { SparseIndex } from '@crates-mirror/sparse-index';
import type { CrateAddress } from './crate-address.ts';

/** Why a crate file is not served, for the client. */
export interface Refusal {
  readonly status: 403 | 404;
  readonly why: string;
}

/**
 * The SHA-256 of the crate file that a URL currently refers to. A version that has left the index
 * was withdrawn, perhaps because it is malicious. An old lock file still requests it by its
 * checksum, and must not get it.
 *
 * @param servesRemoved whether to serve files requested by checksum that the index does not name
 * @throws CodedError if the index cannot be read, which is different from a withdrawal
 */
export async function servedChecksum(
  { name, version, sha256 }: CrateAddress,
  index: Pick<SparseIndex, 'checksumOf'>,
  policy: Pick<Selection, 'decideAbsent'>,
  servesRemoved: boolean,
): Promise<string | Refusal> {
  const { isSelected, because } = policy.decideAbsent(name, version, servesRemoved);
  // cargo shows the body of this response to its user.
  if (because.rule === 'denied') return { status: 403, why: describeDenial(name, version, because) };
  if (isSelected && sha256 !== undefined) return sha256;
  const named = await index.checksumOf(name, version, sha256);
  if (named === undefined) return notFound(`the index of this mirror does not name ${name} ${version}`);
  if (sha256 !== undefined && sha256 !== named)
    return notFound(`the index of this mirror names ${name} ${version} with another checksum`);
  return named;
}

function notFound(why: string): Refusal {
  return { status: 404, why };
}
