import { html } from './html.ts';
import { searchForm } from './search-form.ts';
import type { Page } from './send-page.ts';

/**
 * The page for browsers if the requested path does not exist.
 *
 * @param home path of the home page, relative to the requested path
 * @param why the reason in one phrase
 */
export function notFoundPage(home: string, why: string): Page {
  return {
    status: 404,
    title: 'Not found – crates.io mirror',
    body: html`<header><p><a href="${home}">crates.io mirror</a></p><h1>Not found</h1></header>
<main><p>${why[0]?.toUpperCase() ?? ''}${why.slice(1)}.</p>
${searchForm(home)}
<p><a href="${home}crates/">All crates</a></p></main>`,
  };
}
