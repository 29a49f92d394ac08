export { createSha256, type FileDigest, isSha256Hex, sha256File, sha256Hex } from './sha256.ts';
