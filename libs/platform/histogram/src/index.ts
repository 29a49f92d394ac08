export { DEFAULT_BOUNDS, type HistogramCounts, noObservations, observe } from './histogram.ts';
