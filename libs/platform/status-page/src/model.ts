/** Everything the page shows, worded by the server. Plain data: it crosses to the browser as JSON. */
export interface PageModel {
  /** The tool, and what it works on. */
  readonly title: string;
  /** Whether anything is still to come. */
  readonly isLive: boolean;
  readonly tone: 'good' | 'busy' | 'bad';
  /** `Running`, `Finished` */
  readonly state: string;
  /** 0 to 1; null while nobody can tell */
  readonly fraction: number | null;
  /** The one sentence that a screen reader is told now and then. */
  readonly summary: string;
  readonly figures: readonly Figure[];
  readonly charts: readonly Chart[];
  readonly settings: readonly Figure[];
  readonly failures: readonly Failure[];
  /** How many there are in all, and where. */
  readonly failuresNote: string;
}

export interface Figure {
  readonly label: string;
  readonly value: string;
}

export interface Failure {
  readonly what: string;
  readonly code: string;
  readonly message: string;
}

export interface Chart {
  readonly title: string;
  /** s since the start, ascending; as many as each series has values */
  readonly seconds: readonly number[];
  readonly series: readonly Series[];
  /** Where the vertical axis ends, and its label. */
  readonly highest: number;
  readonly highestText: string;
  /** Label of the horizontal axis: how long it is. */
  readonly spanText: string;
}

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** The last value, worded. */
  readonly now: string;
}
