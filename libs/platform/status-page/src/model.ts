/** Everything shown on the page, worded by the server. Plain data, sent to the browser as JSON. */
export interface PageModel {
  /** The tool, and the object of its work. */
  readonly title: string;
  /** Whether further updates follow. */
  readonly isLive: boolean;
  readonly tone: 'good' | 'busy' | 'bad';
  /** `Running`, `Finished` */
  readonly state: string;
  /** 0 to 1; null while it is unknown */
  readonly fraction: number | null;
  /** A sentence that a screen reader announces periodically. */
  readonly summary: string;
  readonly figures: readonly Figure[];
  readonly charts: readonly Chart[];
  readonly settings: readonly Figure[];
  readonly failures: readonly Failure[];
  /** The total number of failures, and where they are recorded. */
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
  /** s since the start, ascending; as many as the values of each series */
  readonly seconds: readonly number[];
  readonly series: readonly Series[];
  /** Upper end of the vertical axis, and its label. */
  readonly highest: number;
  readonly highestText: string;
  /** Label of the horizontal axis: its length. */
  readonly spanText: string;
}

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** The last value, as text. */
  readonly now: string;
}
