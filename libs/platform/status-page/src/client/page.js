/**
 * Runs in the browser: shows each model that the server sends. Everything is inserted as text,
 * never as markup.
 *
 * @import { Chart, Failure, Figure, PageModel } from '../model.ts'
 */

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 300;
const HEIGHT = 100;
/** How often a screen reader announces the status, instead of at every change. */
const ANNOUNCE_EVERY_MS = 30_000;

/** @type {Map<string, HTMLElement>} */
const charts = new Map();
/** @type {PageModel | undefined} */
let shown;
let lastAnnounced = Number.NEGATIVE_INFINITY;

/** @type {(id: string) => HTMLElement} */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @type {(element: Element | undefined, text: string) => void} */
function setText(element, text) {
  if (element !== undefined && element.textContent !== text) element.textContent = text;
}

/** @type {(name: string, text?: string) => HTMLElement} */
function element(name, text = '') {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** @type {(model: PageModel) => void} */
function show(model) {
  // The server has drawn the charts of the first state; later ones are drawn here.
  if (shown === undefined) byId('charts').replaceChildren();
  const hasEnded = shown?.isLive === true && !model.isLive;
  shown = model;
  document.title = `${model.state}: ${model.title}`;
  setText(byId('title'), model.title);
  setText(byId('state'), model.state);
  byId('state').className = model.tone;
  setText(byId('contact'), model.isLive ? '' : `at ${new Date().toLocaleTimeString()}`);
  setText(byId('summary'), model.summary);
  showFraction(model.fraction);
  showFigures(byId('figures'), model.figures);
  showFigures(byId('settings'), model.settings);
  for (const chart of model.charts) showChart(chart);
  setText(byId('failures-note'), model.failuresNote);
  byId('failures').replaceChildren(...model.failures.map(failureRow));
  byId('failures').parentElement?.toggleAttribute('hidden', model.failures.length === 0);
  announce(`${model.state}. ${model.summary}`, hasEnded);
}

/** @type {(fraction: number | null) => void} */
function showFraction(fraction) {
  const bar = /** @type {HTMLProgressElement} */ (byId('progress'));
  if (fraction === null) bar.removeAttribute('value');
  else bar.value = fraction;
}

/** @type {(list: HTMLElement, figures: readonly Figure[]) => void} */
function showFigures(list, figures) {
  if (list.children.length !== figures.length) {
    list.replaceChildren(
      ...figures.map(() => {
        const pair = element('div');
        pair.append(element('dt'), element('dd'));
        return pair;
      }),
    );
  }
  for (const [i, { label, value }] of figures.entries()) {
    const [term, detail] = list.children[i]?.children ?? [];
    setText(term, label);
    setText(detail, value);
  }
}

/** @type {(failure: Failure) => HTMLElement} */
function failureRow({ what, code, message }) {
  const row = element('tr');
  row.append(element('td', what), element('td', code), element('td', message));
  return row;
}

/** @type {(text: string, isUrgent: boolean) => void} */
function announce(text, isUrgent) {
  const now = performance.now();
  if (!isUrgent && now - lastAnnounced < ANNOUNCE_EVERY_MS) return;
  lastAnnounced = now;
  setText(byId('announcement'), text);
}

/** @type {(chart: Chart) => void} */
function showChart(chart) {
  const figure = charts.get(chart.title) ?? addChart(chart);
  const [caption, top, svg, bottom] = figure.children;
  for (const [i, { name, now, values }] of chart.series.entries()) {
    setText(caption?.children[i], `${name} ${now}`);
    svg?.children[i]?.setAttribute('d', pathOf(chart, values));
  }
  const worded = chart.series.map(({ name, now }) => `${name} ${now}`).join(', ');
  svg?.setAttribute('aria-label', `${chart.title}: ${worded}; highest ${chart.highestText}`);
  setText(top?.children[0], chart.highestText);
  setText(bottom?.children[0], chart.spanText);
}

/** @type {(chart: Chart) => HTMLElement} */
function addChart(chart) {
  const figure = element('figure');
  const caption = element('figcaption', chart.title);
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  for (const [i] of chart.series.entries()) {
    const path = document.createElementNS(SVG, 'path');
    const label = element('span');
    if (i > 0) path.setAttribute('class', 'second');
    if (i > 0) label.className = 'second';
    svg.append(path);
    caption.append(label);
  }
  const top = element('div');
  const bottom = element('div');
  top.className = 'axis';
  bottom.className = 'axis';
  top.append(element('span'));
  bottom.append(element('span'), element('span', 'now'));
  figure.append(caption, top, svg, bottom);
  byId('charts').append(figure);
  charts.set(chart.title, figure);
  return figure;
}

/** @type {(chart: Chart, values: readonly number[]) => string} */
function pathOf({ seconds, highest }, values) {
  const from = seconds[0] ?? 0;
  const span = (seconds.at(-1) ?? 0) - from || 1;
  const points = values.map((value, i) => {
    const x = (((seconds[i] ?? from) - from) / span) * WIDTH;
    const y = HEIGHT - (value / (highest || 1)) * (HEIGHT - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return points.length < 2 ? '' : `M${points.join('L')}`;
}

const events = new EventSource('/api/status/events');
events.onmessage = ({ data }) => show(JSON.parse(data));
events.onerror = () => {
  // A finished run is over; otherwise it is unknown. The browser keeps reconnecting, and shows the
  // next run.
  if (shown?.isLive === false) return;
  byId('state').className = 'bad';
  setText(byId('state'), 'No contact');
  setText(byId('contact'), 'with the run: it was ended, or cannot be reached. Below is how it stood last.');
};
