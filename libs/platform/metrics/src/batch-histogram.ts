import type { Registry } from 'prom-client';
import { type HistogramCounts, noObservations, observe } from './histogram.ts';

export interface HistogramConfig {
  readonly name: string;
  readonly help: string;
  /** ascending */
  readonly bounds: readonly number[];
  readonly registry: Registry;
}

/**
 * A histogram that accepts pre-counted observations, as worker threads deliver them. prom-client's
 * own accepts them only one by one.
 */
export class BatchHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #bounds: readonly number[];
  #total: HistogramCounts;

  constructor({ name, help, bounds, registry }: HistogramConfig) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#total = noObservations(bounds);
    // The registry uses only `name`, `get` and `reset` of a metric; its type names only its own
    // classes.
    registry.registerMetric(this as unknown as Parameters<Registry['registerMetric']>[0]);
  }

  observe(value: number): void {
    observe(this.#total, this.#bounds, value);
  }

  add(more: HistogramCounts): void {
    for (const [bucket, count] of more.counts.entries()) {
      this.#total.counts[bucket] = (this.#total.counts[bucket] as number) + count;
    }
    this.#total.sum += more.sum;
  }

  reset(): void {
    this.#total = noObservations(this.#bounds);
  }

  /** In the format of prom-client's registry: cumulative buckets, sum and count. */
  get() {
    let cumulative = 0;
    const bounds = [...this.#bounds.map(String), '+Inf'];
    const values: { metricName: string; labels: Record<string, string>; value: number }[] = bounds.map(
      (le, bucket) => {
        cumulative += this.#total.counts[bucket] as number;
        return { metricName: `${this.name}_bucket`, labels: { le }, value: cumulative };
      },
    );
    values.push(
      { metricName: `${this.name}_sum`, labels: {}, value: this.#total.sum },
      { metricName: `${this.name}_count`, labels: {}, value: cumulative },
    );
    return Promise.resolve({
      name: this.name,
      help: this.help,
      type: this.type,
      values,
      aggregator: 'sum' as const,
    });
  }
}
