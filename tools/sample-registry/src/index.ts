export { type Certificate, makeCertificate } from './certificate.ts';
export {
  type Fault,
  type FaultKind,
  type FaultPlan,
  faultsAtRandom,
  faultsByPath,
  RECOVERABLE_FAULTS,
} from './faults.ts';
export { type ForwardProxy, startForwardProxy } from './forward-proxy.ts';
export {
  generatedBody,
  generatedSize,
  heavyTailed,
  type SizeProfile,
  sizeProfile,
} from './generated-bodies.ts';
export { serveGenerated } from './generated-source.ts';
export { freePort, hasNginx, type Nginx, type NginxOptions, startNginx } from './nginx.ts';
export type { Protocol, RegistryOptions, ServerRequest } from './registry-options.ts';
export { type RewriteOptions, type RewriteResult, rewriteIndex } from './rewrite-index.ts';
export { buildSample, type Sample, serveSample, writeSampleIndex } from './sample.ts';
export type { SampleCrate, SampleDependency } from './sample-crates.ts';
export { type RunningRegistry, startRegistry } from './server.ts';
