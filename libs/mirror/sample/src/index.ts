export {
  generatedBody,
  generatedSize,
  heavyTailed,
  type SizeProfile,
  sizeProfile,
} from './generated-bodies.ts';
export { serveGenerated } from './generated-source.ts';
export { buildSample, type Sample, serveSample, writeSampleIndex } from './sample.ts';
export type { SampleCrate, SampleDependency } from './sample-crates.ts';
