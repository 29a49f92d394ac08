import type { Registry } from 'prom-client';
import { type Handler, textReply } from './listener.ts';

/** `/metrics` in Prometheus's text format, and `/healthz`. */
export function metricsRoutes(registry: Registry): [string, Handler][] {
  return [
    [
      '/metrics',
      async () => ({
        headers: { 'Content-Type': registry.contentType },
        body: await registry.metrics(),
      }),
    ],
    ['/healthz', () => textReply(200, 'ok')],
  ];
}
