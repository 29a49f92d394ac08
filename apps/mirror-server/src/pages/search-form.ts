import { type Html, html } from './html.ts';

/** @param home path of the home page, relative to the page with the form */
export function searchForm(home: string, text = ''): Html {
  return html`<form role="search" action="${home}" method="get">
<input type="search" name="q" value="${text}" maxlength="64" required aria-label="Crate name" placeholder="Crate name"
 autocapitalize="none" autocomplete="off" spellcheck="false">
<button>Search</button>
</form>`;
}
