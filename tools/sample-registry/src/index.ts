export {
  buildSample,
  generatedBody,
  generatedSize,
  heavyTailed,
  type Sample,
  type SampleCrate,
  type SampleDependency,
  type SizeProfile,
  serveGenerated,
  serveSample,
  sizeProfile,
  writeSampleIndex,
} from '@crates-mirror/sample';
export {
  type Certificate,
  type Fault,
  type FaultKind,
  type FaultPlan,
  faultsAtRandom,
  faultsByPath,
  freePort,
  HOSTILE_FRAMES,
  type HostileFrames,
  type HostileServer,
  makeCertificate,
  type Protocol,
  RECOVERABLE_FAULTS,
  type RegistryOptions,
  type RunningRegistry,
  type ServerRequest,
  startHostileServer,
  startRegistry,
} from '@crates-mirror/upstream-server';
export { type ForwardProxy, startForwardProxy } from './forward-proxy.ts';
export { hasNginx, type Nginx, type NginxOptions, startNginx } from './nginx.ts';
export { type RewriteOptions, type RewriteResult, rewriteIndex } from './rewrite-index.ts';
