import { hash } from 'node:crypto';

/**
 * The only style sheet. It is part of every page, because a mirror behind an air gap cannot load
 * one from elsewhere.
 */
export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1c1f23, #e6e8ea); --soft: light-dark(#5b636c, #a0a8b1);
  --line: light-dark(#d9dde1, #363c42); --back: light-dark(#f6f7f8, #16191c); --box: light-dark(#fff, #1f2327);
  --link: light-dark(#0b62c4, #6cb0ff); --warn: light-dark(#8a4b00, #ffd08a); --warn-back: light-dark(#fdf1dc, #3a2c12); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; color: var(--ink); background: var(--back);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
header p { margin: 0; }
a { color: var(--link); }
a:focus-visible, input:focus-visible, button:focus-visible, pre:focus-visible { outline: 3px solid var(--link);
  outline-offset: 2px; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--box); border: 1px solid var(--line);
  border-radius: .4rem; overflow-x: auto; overflow-wrap: normal; }
form { display: flex; gap: .5rem; margin: .5rem 0; }
input { flex: 1; min-width: 0; }
input, button { padding: .5rem .75rem; font: inherit; color: inherit; background: var(--box);
  border: 1px solid var(--soft); border-radius: .4rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
dl > div { padding: .75rem 1rem; background: var(--box); border: 1px solid var(--line); border-radius: .4rem; }
dt { color: var(--soft); font-size: .9rem; }
dd { margin: 0; font-size: 1.25rem; }
.facts dd { font-size: 1rem; overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; }
dd small { display: block; color: var(--soft); font-size: .85rem; }
ul { padding-left: 1.25rem; }
.choices, .names { padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.choices a { font-weight: 600; padding: .25rem; }
.names { display: block; columns: 14rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .5rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 600; min-width: 5.5rem; overflow-wrap: anywhere; }
tbody small { font-weight: 400; }
th.number, td.number { text-align: right; white-space: nowrap; padding-right: 1rem; }
td code { font-size: .75rem; overflow-wrap: anywhere; }
td:last-child { white-space: nowrap; padding-right: 0; }
td.free { white-space: normal; overflow-wrap: anywhere; }
.badge { padding: 0 .4rem; color: var(--warn); background: var(--warn-back); border-radius: .3rem; font-size: .85rem;
  font-weight: 400; white-space: nowrap; }
.warning { padding: .5rem .75rem; color: var(--warn); background: var(--warn-back); border-radius: .4rem; }
.note, footer { color: var(--soft); }
footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: .9rem; }
`;

/** A page may use only its own style, and send its form only to this server. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
