import type { Series } from './series.ts';

const WIDTH = 640;
const PANEL = 90;
const LEFT = 50;
const RIGHT = 20;
const TOP = 24;
/** Of a panel, for its title and the space below it. */
const MARGIN = 24;
const COLOR = '#b7410e';

/** More points than these cannot be seen. */
const MAX_POINTS = 200;

/** @returns an SVG picture with one panel for each quantity over time */
export function plot(title: string, all: readonly Series[]): string {
  const height = TOP + all.length * PANEL + MARGIN;
  const lasts = Math.max(1, ...all.map(({ points }) => points.at(-1)?.at ?? 0));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="10" role="img">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="14" font-size="12">${title}</text>`,
    ...all.map((series, i) => panel(series, lasts, TOP + i * PANEL)),
    `<text x="${LEFT}" y="${height - 8}">0</text>`,
    `<text x="${WIDTH - RIGHT}" y="${height - 8}" text-anchor="end">${(lasts / 60).toFixed(0)} minutes</text>`,
    '</svg>\n',
  ].join('\n');
}

function panel({ name, unit, points: all }: Series, lasts: number, top: number): string {
  const bottom = top + PANEL - 6;
  const each = Math.ceil(all.length / MAX_POINTS);
  const shown = all.filter((_, i) => i % each === 0);
  const max = Math.max(1, ...shown.map(({ value }) => value));
  const points = shown.map(({ at, value }) => {
    const x = LEFT + (at / lasts) * (WIDTH - LEFT - RIGHT);
    const y = bottom - (value / max) * (PANEL - MARGIN);
    return `${x.toFixed(0)},${y.toFixed(1)}`;
  });
  return [
    `<text x="${LEFT}" y="${top + 12}">${name}${unit === '' ? '' : `, ${unit}`}</text>`,
    `<text x="${LEFT - 6}" y="${bottom - PANEL + MARGIN + 4}" text-anchor="end">${max.toFixed(0)}</text>`,
    `<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<line x1="${LEFT}" y1="${bottom}" x2="${WIDTH - RIGHT}" y2="${bottom}" stroke="#999"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOR}"/>`,
  ].join('\n');
}
