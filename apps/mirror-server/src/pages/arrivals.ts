import { formatCount } from '@crates-mirror/progress';
import type { Arrival, ArrivalList } from '../counts/arrivals.ts';
import { formatAge } from './age.ts';
import { type Html, html } from './html.ts';
import { searchForm } from './search-form.ts';
import type { Page } from './send-page.ts';

const MAX_AT_HOME = 10;

/** The newest versions, for the home page. @param now ms since the epoch */
export function arrivalsSection({ newest, lastDay }: ArrivalList, now: number): Html {
  if (newest.length === 0) return html``;
  const some = newest.slice(0, MAX_AT_HOME);
  return html`<h2>Newest in this mirror</h2>
<p>${lastDayText(lastDay)}</p>
<ul>${some.map(
    (one) =>
      html`<li><a href="crates/${one.name}">${one.name}</a> ${one.version} <small class="note">${formatAge(now - one.at)}</small></li>\n`,
  )}</ul>
${newest.length > some.length ? html`<p><a href="newest">The ${formatCount(newest.length)} newest</a></p>\n` : ''}`;
}

/** All versions in the list of the newest ones. */
export function newestPage({ newest, lastDay }: ArrivalList, isComplete: boolean): Page {
  return {
    status: 200,
    title: 'Newest – crates.io mirror',
    body: html`<header><p><a href="./">crates.io mirror</a></p><h1>Newest in this mirror</h1></header>
<main>
${searchForm('./')}
${isComplete ? html`<p>${lastDayText(lastDay)}</p>` : html`<p class="note">The mirror is being looked through: what came last is not known yet.</p>`}
<p class="note">By the times of the crate files, or of the bundles that hold them. A copy of a mirror that was made without these times shows when it was copied.</p>
${newest.length === 0 ? '' : table(newest)}</main>`,
  };
}

function table(newest: readonly Arrival[]): Html {
  return html`<table>
<thead><tr><th scope="col">Crate</th><th scope="col">Version</th><th scope="col">Mirrored (UTC)</th></tr></thead>
<tbody>
${newest.map(row)}</tbody>
</table>
`;
}

function row({ name, version, at }: Arrival): Html {
  const time = new Date(at).toISOString();
  return html`<tr><th scope="row"><a href="crates/${name}">${name}</a></th><td class="free">${version}</td><td class="free"><time datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time></td></tr>
`;
}

function lastDayText(count: number): string {
  return `${count === 1 ? '1 version' : `${formatCount(count)} versions`} in the 24 hours before the last count.`;
}
