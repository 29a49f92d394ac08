export { type Compress, compressor } from './compressor.ts';
export { type FrameOptions, SeekableWriter } from './seekable-writer.ts';
