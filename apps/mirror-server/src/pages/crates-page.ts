import { formatCount } from '@crates-mirror/progress';
import type { PrefixPage } from '../counts/name-tree.ts';
import { type Html, html } from './html.ts';
import { searchForm } from './search-form.ts';
import type { Page } from './send-page.ts';

export const NAMES_PER_PAGE = 200;

/** The data of a page of crate names. */
export interface CratesFacts extends PrefixPage {
  readonly prefix: string;
  /** Starts at 1. */
  readonly page: number;
  /** Whether all names are known. */
  readonly isComplete: boolean;
}

/** Lists crates whose names begin with a prefix: the longer prefixes, and one page of the names. */
export function cratesPage(facts: CratesFacts): Page {
  const { prefix, total, isComplete } = facts;
  const title = prefix === '' ? 'All crates' : `Crates that begin with “${prefix}”`;
  return {
    status: 200,
    title: `${title} – crates.io mirror`,
    body: html`<header><p><a href="../">crates.io mirror</a></p><h1>${title}</h1></header>
<main>
${searchForm('../')}
${prefixPath(prefix)}<p>${formatCount(total)} ${total === 1 ? 'crate' : 'crates'}</p>
${isComplete ? '' : html`<p class="note">The mirror is being looked through: not all names are known yet.</p>`}
${total > NAMES_PER_PAGE ? prefixLinks(facts.longer, 'Longer prefixes', './') : ''}
${nameList(facts)}</main>`,
  };
}

/**
 * Links to the crates that begin with each prefix.
 *
 * @param base path of that page, relative to the page with the links
 */
export function prefixLinks(prefixes: PrefixPage['longer'], label: string, base: string): Html {
  return html`<nav aria-label="${label}"><ul class="choices">${prefixes.map(
    ({ prefix, count }) =>
      html`<li><a href="${base}${queryOf(prefix, 1)}">${prefix}</a> <small class="note">${formatCount(count)}</small></li>\n`,
  )}</ul></nav>`;
}

/** Links back to shorter prefixes. */
function prefixPath(prefix: string): Html {
  if (prefix === '') return html``;
  const shorter = Array.from({ length: prefix.length - 1 }, (_, i) => prefix.slice(0, i + 1));
  return html`<nav aria-label="Shorter prefixes"><p><a href="./">All crates</a>${shorter.map(
    (one) => html` › <a href="./${queryOf(one, 1)}">${one}</a>`,
  )}</p></nav>
`;
}

/** Without a prefix there are too many crates for paging, so only prefixes are offered. */
function nameList({ prefix, page, total, names }: CratesFacts): Html {
  if (prefix === '' && total > NAMES_PER_PAGE) return html``;
  if (names.length === 0) return html``;
  return html`<ul class="names">${names.map((name) => html`<li><a href="${name}">${name}</a></li>\n`)}</ul>
${pager(prefix, page, Math.ceil(total / NAMES_PER_PAGE))}`;
}

function pager(prefix: string, page: number, last: number): Html {
  if (last <= 1) return html``;
  const to = (other: number, rel: string, text: string): Html =>
    html`<a rel="${rel}" href="./${queryOf(prefix, other)}">${text}</a> `;
  return html`<nav aria-label="Pages"><p>${page > 1 ? to(page - 1, 'prev', 'Previous') : ''}Page ${formatCount(page)} of ${formatCount(last)} ${page < last ? to(page + 1, 'next', 'Next') : ''}</p></nav>
`;
}

function queryOf(prefix: string, page: number): string {
  const query = new URLSearchParams({ prefix, ...(page === 1 ? {} : { page: String(page) }) });
  return `?${query}`;
}
