import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * Node's gauges whose names end in `_total`, which Prometheus reserves for counters (`promtool
 * check metrics`).
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** A registry with Node's process metrics. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}
