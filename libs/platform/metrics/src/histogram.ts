import type { Registry } from 'prom-client';

/** Upper bounds in s: those of Prometheus's Go client, which dashboards expect. */
export const DEFAULT_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Observations counted by bucket: plain data, so that it can cross from one thread to another. */
export interface HistogramCounts {
  /** One for each bound, and one for what is above them all. Not cumulative. */
  readonly counts: Float64Array;
  sum: number;
}

export function noObservations(bounds: readonly number[]): HistogramCounts {
  return { counts: new Float64Array(bounds.length + 1), sum: 0 };
}

export function observe(into: HistogramCounts, bounds: readonly number[], value: number): void {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
  into.counts[bucket] = (into.counts[bucket] as number) + 1;
  into.sum += value;
}

export interface HistogramConfig {
  readonly name: string;
  readonly help: string;
  /** ascending */
  readonly bounds: readonly number[];
  readonly registry: Registry;
}

/**
 * A histogram that takes observations already counted, as worker threads hand them over. prom-client's own takes them
 * one by one only.
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
    // The registry asks a metric for nothing but `name`, `get` and `reset`; its type names classes of its own only.
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

  /** As prom-client's registry wants a metric: cumulative buckets, sum and count. */
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
