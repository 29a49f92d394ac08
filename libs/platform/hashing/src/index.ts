export { hash64 } from './hash64.ts';
export { createSha256, type FileDigest, isSha256Hex, sha256File, sha256Hex } from './sha256.ts';
