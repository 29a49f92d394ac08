import type { Advisory } from '@crates-mirror/advisories';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import type { IndexedVersion } from '@crates-mirror/sparse-index';
import { crateFacts } from '../api/crate-facts.ts';
import { readIndexLine } from '../api/index-line.ts';
import type { CrateManifest } from '../api/manifest.ts';
import { about, dependencyLists, featureList, publicationTime } from './crate-details.ts';
import { type Html, html } from './html.ts';
import { searchForm } from './search-form.ts';
import type { Page } from './send-page.ts';
import { advisoryList, deniedVersions } from './version-notes.ts';

/**
 * The mirror's versions of a crate.
 *
 * @param versions all versions in the index, oldest first
 * @param manifest of the version that describes the crate, if it can be read
 * @param advisories advisories for the crate
 */
export function cratePage(
  versions: readonly IndexedVersion[],
  manifest?: CrateManifest,
  advisories: readonly Advisory[] = [],
): Page {
  const name = (versions.at(-1) as IndexedVersion).entry.name;
  const held = versions.filter(({ place }) => place !== undefined).reverse();
  return {
    status: held.length === 0 ? 404 : 200,
    title: `${name} – crates.io mirror`,
    body: html`<header><p><a href="../">crates.io mirror</a></p><h1>${name}</h1></header>
<main>
${
  held.length === 0
    ? html`<p>The index knows this crate, and this mirror serves none of its versions.</p>
${searchForm('../', name)}`
    : heldVersions(held, versions, manifest)
}
${advisoryList(held, advisories)}
${deniedVersions(versions)}
</main>`,
  };
}

/** @param name the requested name */
export function unknownCratePage(name: string): Page {
  return {
    status: 404,
    title: `${name} – crates.io mirror`,
    body: html`<header><p><a href="../">crates.io mirror</a></p><h1>${name}</h1></header>
<main><p>There is no such crate in the index of this mirror.</p>
${searchForm('../', name)}</main>`,
  };
}

function heldVersions(
  held: readonly IndexedVersion[],
  all: readonly IndexedVersion[],
  manifest: CrateManifest | undefined,
): Html {
  const main = crateFacts(all)?.main;
  if (main === undefined) return html``;
  const missing = all.filter(({ place, denial }) => place === undefined && denial === undefined).length;
  return html`${about(main, manifest)}
<pre tabindex="0" role="region" aria-label="For Cargo.toml">[dependencies]
${main.name} = "${main.version.replace(/\+.*/, '')}"</pre>
${dependencyLists(main)}
${featureList(main)}
<h2>${formatCount(held.length)} ${held.length === 1 ? 'version' : 'versions'}</h2>
<table>
<thead><tr><th scope="col">Version</th><th scope="col" class="number">Size</th><th scope="col">SHA-256</th><th scope="col">File</th></tr></thead>
<tbody>
${held.map(row)}</tbody>
</table>
${missing === 0 ? '' : html`<p class="note">The index knows ${formatCount(missing)} more, which this mirror does not hold.</p>`}`;
}

function row({ entry, line, place }: IndexedVersion): Html {
  const { name, version, cksum, yanked } = entry;
  const { rustVersion: rust, publishedAt } = readIndexLine(line);
  const href = `${name}/${name}-${encodeURIComponent(version)}.crate?sha256=${cksum}`;
  return html`<tr><th scope="row">${version}${yanked ? html` <span class="badge">yanked</span>` : ''}${rust === undefined ? '' : html`<br><small class="note">Rust ${rust}</small>`}${publishedAt === undefined ? '' : html`<br><small class="note">${publicationTime(publishedAt)}</small>`}</th>
<td class="number">${formatBytes(place?.size ?? 0)}</td><td><code>${cksum}</code></td>
<td><a href="${href}" download aria-label="Download .crate of ${name} ${version}">.crate</a></td></tr>
`;
}
