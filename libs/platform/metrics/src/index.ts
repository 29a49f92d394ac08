export { Counter, Gauge, Registry } from 'prom-client';
export { BatchHistogram, type HistogramConfig } from './batch-histogram.ts';
export { LateProfiler } from './late-profiler.ts';
export {
  type Handler,
  jsonReply,
  type Listener,
  type ListenerRequest,
  openListener,
  type Reply,
  textReply,
} from './listener.ts';
export type { ThreadProfile } from './merge-profiles.ts';
export { metricsRoutes } from './metrics-route.ts';
export { pprofRoutes, type TakeProfiles } from './pprof-routes.ts';
export type { ProfileKind } from './profiler.ts';
export { createRegistry } from './registry.ts';
