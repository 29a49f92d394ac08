import type { Commit } from '@crates-mirror/git';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import type { ArrivalList } from '../counts/arrivals.ts';
import type { Counts } from '../counts/counts.ts';
import type { PrefixPage } from '../counts/name-tree.ts';
import { type DamageCounts, describeCounts } from '../damage/damage-counts.ts';
import { formatAge } from './age.ts';
import { arrivalsSection } from './arrivals.ts';
import { prefixLinks } from './crates-page.ts';
import { type Html, html } from './html.ts';
import { searchForm } from './search-form.ts';
import type { Page } from './send-page.ts';

export interface HomeFacts {
  readonly counts: Counts;
  readonly damage: DamageCounts;
  readonly commit: Commit | undefined;
  /** How clients reach the server, without a trailing slash. */
  readonly origin: string;
  /** Whether crate files that the index no longer names are served. */
  readonly servesRemoved: boolean;
  readonly search: Search | undefined;
  /** The first characters of crate names. */
  readonly initials: PrefixPage['longer'];
  readonly arrivals: ArrivalList;
  /** ms since the epoch */
  readonly now: number;
}

export interface Search {
  readonly text: string;
  readonly names: readonly string[];
  /** Whether there are more than these. */
  readonly isCut: boolean;
}

/** Shows what the mirror holds, how to configure cargo for it, and a search form. */
export function homePage(facts: HomeFacts): Page {
  const { counts, damage, servesRemoved, search } = facts;
  return {
    status: 200,
    title: search === undefined ? 'crates.io mirror' : `${search.text} – crates.io mirror`,
    body: html`<header><h1>${search === undefined ? 'crates.io mirror' : html`<a href="./">crates.io mirror</a>`}</h1></header>
<main>
${searchForm('./', search?.text)}
${search === undefined ? html`${damageNote(damage)}${removedNote(servesRemoved)}${overview(facts)}` : results(search, counts)}
</main>`,
  };
}

function damageNote(counts: DamageCounts): Html {
  const damage = describeCounts(counts);
  if (damage === undefined) return html``;
  return html`<p role="status" class="warning"><strong>${damage}</strong> in this mirror. They are left out of its index until they are repaired. The log names the damaged ones.</p>
`;
}

function overview({ counts, commit, origin, initials, arrivals, now }: HomeFacts): Html {
  return html`<dl>
<div><dt>Crates</dt><dd>${formatCount(counts.crates)}</dd></div>
<div><dt>Versions</dt><dd>${formatCount(counts.versions)}</dd></div>
<div><dt>Size</dt><dd>${formatBytes(counts.bytes)}</dd></div>
<div><dt>Index</dt>${indexState(commit, now)}</div>
</dl>
<p class="note">${countsNote(counts, now)}</p>
${
  initials.length === 0
    ? ''
    : html`<h2>Browse</h2>
${prefixLinks(initials, 'Crates by their first characters', 'crates/')}
`
}${arrivalsSection(arrivals, now)}<h2>Let cargo build from it</h2>
<p>Put this into <code>config.toml</code> in the cargo home (<code>~/.cargo</code>, or <code>$CARGO_HOME</code> if that is set), or into
<code>.cargo/config.toml</code> of a project:</p>
<pre tabindex="0">[source.crates-io]
replace-with = "mirror"

[registries.mirror]
index = "sparse+${origin}/index/"</pre>
<p><code>cargo search</code> and <code>cargo info</code> need <code>--registry mirror</code>. <code>cargo vendor</code> needs
<code>--respect-source-config</code>, or it goes to crates.io. <code>cargo install</code> of a crate by its name reads the configuration
in the cargo home only.</p>`;
}

function removedNote(servesRemoved: boolean): Html {
  if (!servesRemoved) return html``;
  return html`<p role="status"><strong>Versions that have left the index are still served</strong> to those who know their checksums, as an old lock file does (<code>--serve-removed</code>).</p>
`;
}

function indexState(commit: Commit | undefined, now: number): Html {
  if (commit === undefined) return html`<dd>no git checkout</dd>`;
  const date = new Date(commit.committedAt);
  return html`<dd>${formatAge(now - date.getTime())} <small><time datetime="${date.toISOString()}">${date.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>, <code title="${commit.id}">${commit.id.slice(0, 10)}</code></small></dd>`;
}

function countsNote({ finishedAt }: Counts, now: number): string {
  return finishedAt === undefined
    ? 'These are counted now, and go up until that is done.'
    : `Counted ${formatAge(now - finishedAt)}.`;
}

function results(search: Search, { finishedAt }: Counts): Html {
  const { names } = search;
  const list = html`<ul>${names.map((name) => html`<li><a href="crates/${name}">${name}</a></li>\n`)}</ul>`;
  const isCounting = finishedAt === undefined;
  return html`<h2>${headline(search)}</h2>
${names.length === 0 ? '' : list}
${isCounting ? html`<p class="note">The mirror is being looked through: not all names are known yet.</p>` : ''}`;
}

function headline({ text, names, isCut }: Search): string {
  if (names.length === 0) return `No crate has “${text}” in its name`;
  if (names.length === 1) return `One crate has “${text}” in its name`;
  const count = `${formatCount(names.length)} crates`;
  return isCut
    ? `The first ${count} with “${text}” in their names`
    : `${count} have “${text}” in their names`;
}
