export { BottomSample, rankOf } from './bottom-sample.ts';
export { type MeanInterval, meanInterval, type Population } from './mean-interval.ts';
export { normal, seededRandom } from './random.ts';
