import type { Chart, Failure, Figure, PageModel } from './model.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Width of a chart, as in client/page.js. */
const WIDTH = 300;
const HEIGHT = 100;

/**
 * Replaces each `[name]` in client/page.html: the page shows the state even before its script runs,
 * or without it.
 */
export function fillPage(page: string, model: PageModel): string {
  const { title, state, tone, summary, fraction, failures, failuresNote } = model;
  const parts: Readonly<Record<string, string>> = {
    'page-title': escapeHtml(`${state}: ${title}`),
    title: escapeHtml(title),
    tone,
    state: escapeHtml(state),
    summary: escapeHtml(summary),
    progress: String(fraction),
    figures: figureList(model.figures),
    charts: model.charts.map(chartFigure).join(''),
    'failures-note': escapeHtml(failuresNote),
    failures: failures.map(failureRow).join(''),
    settings: figureList(model.settings),
  };
  // Without a value, the progress is indeterminate.
  const known = fraction === null ? page.replace(' value="[progress]"', '') : page;
  const shown = failures.length === 0 ? known : known.replace('<table hidden>', '<table>');
  return shown.replace(/\[([a-z-]+)\]/g, (_, name: string) => parts[name] ?? '');
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}

function figureList(figures: readonly Figure[]): string {
  return figures
    .map(({ label, value }) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join('');
}

function failureRow({ what, code, message }: Failure): string {
  return `<tr>${[what, code, message].map((text) => `<td>${escapeHtml(text)}</td>`).join('')}</tr>`;
}

function chartFigure(chart: Chart): string {
  const { title, series, highestText, spanText } = chart;
  const second = (i: number): string => (i > 0 ? ' class="second"' : '');
  const worded = series.map(({ name, now }) => `${name} ${now}`);
  const label = escapeHtml(`${title}: ${worded.join(', ')}; highest ${highestText}`);
  const names = worded.map((text, i) => `<span${second(i)}>${escapeHtml(text)}</span>`).join('');
  const paths = series.map(({ values }, i) => `<path${second(i)} d="${pathOf(chart, values)}"/>`).join('');
  return (
    `<figure><figcaption>${escapeHtml(title)}${names}</figcaption>` +
    `<div class="axis"><span>${escapeHtml(highestText)}</span></div>` +
    `<svg role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-label="${label}">${paths}</svg>` +
    `<div class="axis"><span>${escapeHtml(spanText)}</span><span>now</span></div></figure>`
  );
}

function pathOf({ seconds, highest }: Chart, values: readonly number[]): string {
  const from = seconds[0] ?? 0;
  const span = (seconds.at(-1) ?? 0) - from || 1;
  const points = values.map((value, i) => {
    const x = (((seconds[i] ?? from) - from) / span) * WIDTH;
    const y = HEIGHT - (value / (highest || 1)) * (HEIGHT - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return points.length < 2 ? '' : `M${points.join('L')}`;
}
