import { type Advisory, isAffected } from '@crates-mirror/advisories';
import { formatCount } from '@crates-mirror/progress';
import type { IndexedVersion } from '@crates-mirror/sparse-index';
import { type Html, html } from './html.ts';

/** Maximum number of versions that a row lists for an advisory. */
const MAX_NAMED = 20;

/** Lists the denied versions, and why they are denied. @param all oldest first */
export function deniedVersions(all: readonly IndexedVersion[]): Html {
  const denied = all
    .flatMap(({ entry, denial }) => (denial === undefined ? [] : [{ version: entry.version, denial }]))
    .reverse();
  if (denied.length === 0) return html``;
  return html`<h2>${formatCount(denied.length)} denied</h2>
<p class="warning">${denied.length === 1 ? 'This version is' : 'These versions are'} not served by this mirror.</p>
<table>
<thead><tr><th scope="col">Version</th><th scope="col">Reason</th><th scope="col">Since</th></tr></thead>
<tbody>
${denied.map(
  ({ version, denial: { reason, since = '' } }) =>
    html`<tr><th scope="row">${version} <span class="badge">denied</span></th><td>${reason}</td><td>${since}</td></tr>\n`,
)}</tbody>
</table>`;
}

/** Lists advisories about held versions. @param held newest first */
export function advisoryList(held: readonly IndexedVersion[], advisories: readonly Advisory[]): Html {
  const rows = advisories.flatMap((advisory) => {
    const versions = held.map(({ entry }) => entry.version).filter((one) => isAffected(advisory, one));
    return versions.length === 0 ? [] : [{ advisory, versions }];
  });
  if (rows.length === 0) return html``;
  return html`<h2>${formatCount(rows.length)} ${rows.length === 1 ? 'advisory' : 'advisories'}</h2>
<table>
<thead><tr><th scope="col">Advisory</th><th scope="col">About</th><th scope="col">Versions held here</th></tr></thead>
<tbody>
${rows.map(
  ({ advisory: { id, date, title, informational = 'vulnerability' }, versions }) =>
    html`<tr><th scope="row"><a href="https://rustsec.org/advisories/${id}" rel="nofollow noreferrer">${id}</a><br><small class="note">${date}</small></th><td>${title} <span class="badge">${informational}</span></td><td>${named(versions)}</td></tr>\n`,
)}</tbody>
</table>`;
}

function named(versions: readonly string[]): string {
  const more = versions.length - MAX_NAMED;
  return `${versions.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}
