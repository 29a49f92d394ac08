export { type Certificate, makeCertificate } from './certificate.ts';
export {
  type Fault,
  type FaultKind,
  type FaultPlan,
  faultsAtRandom,
  faultsByPath,
  RECOVERABLE_FAULTS,
} from './faults.ts';
export { freePort } from './free-port.ts';
export {
  HOSTILE_FRAMES,
  type HostileFrames,
  type HostileServer,
  startHostileServer,
} from './hostile-server.ts';
export type { Protocol, RegistryOptions, ServerRequest } from './registry-options.ts';
export { type RunningRegistry, startRegistry } from './server.ts';
