import type { HeldVersion } from '../api/crate-facts.ts';
import type { IndexDependency } from '../api/index-line.ts';
import type { CrateManifest } from '../api/manifest.ts';
import { type Html, html } from './html.ts';

const KINDS = [
  ['normal', 'Dependencies'],
  ['build', 'Build dependencies'],
  ['dev', 'Development dependencies'],
] as const;

/** Details from the crate file's own Cargo.toml: description, licence, links. */
export function about(main: HeldVersion, manifest: CrateManifest | undefined): Html {
  const { rustVersion, publishedAt } = main.line;
  const links = [
    ['Repository', manifest?.repository],
    ['Homepage', manifest?.homepage],
    ['Documentation', manifest?.documentation],
  ] as const;
  const facts: Html[] = [
    fact('Newest', html`${main.version}${main.yanked ? html` <span class="badge">yanked</span>` : ''}`),
    ...given('Licence', manifest?.license),
    ...given('Rust', rustVersion ?? manifest?.rustVersion),
    ...(publishedAt === undefined ? [] : [fact('Published', publicationTime(publishedAt))]),
    ...links.flatMap(([label, url]) => (isWebUrl(url) ? [fact(label, webLink(url))] : [])),
  ];
  return html`${manifest?.description === undefined ? '' : html`<p class="lead">${manifest.description}</p>`}
<dl class="facts">${facts}</dl>`;
}

export function publicationTime(time: string): Html {
  return html`<time datetime="${time}">${new Date(time).toISOString().slice(0, 10)}</time>`;
}

export function dependencyLists(main: HeldVersion): Html {
  const { dependencies } = main.line;
  if (dependencies.length === 0) return html`<h2>Dependencies</h2><p class="note">None.</p>`;
  return html`${KINDS.flatMap(([kind, title]) => {
    const some = dependencies.filter((one) => one.kind === kind);
    return some.length === 0 ? [] : [html`<h2>${title}</h2>\n<ul>${some.map(dependencyItem)}</ul>\n`];
  })}`;
}

export function featureList(main: HeldVersion): Html {
  const features = Object.entries(main.line.features);
  if (features.length === 0) return html``;
  return html`<h2>Features</h2>
<ul>${features.map(
    ([name, enables]) =>
      html`<li><code>${name}</code>${enables.length === 0 ? '' : html` enables ${list(enables)}`}</li>\n`,
  )}</ul>`;
}

function dependencyItem({ crate, req, optional, target, features }: IndexDependency): Html {
  const notes = [
    ...(optional ? ['optional'] : []),
    ...(target === null ? [] : [`for ${target}`]),
    ...(features.length === 0 ? [] : [`with ${features.join(', ')}`]),
  ];
  return html`<li><a href="${crate}">${crate}</a> <code>${req}</code>${notes.length === 0 ? '' : html` <span class="note">${notes.join('; ')}</span>`}</li>
`;
}

function list(names: readonly string[]): Html {
  return html`${names.map((name, i) => html`${i === 0 ? '' : ', '}<code>${name}</code>`)}`;
}

function given(label: string, value: string | undefined): Html[] {
  return value === undefined ? [] : [fact(label, html`${value}`)];
}

function fact(label: string, value: Html): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

/** Manifests are untrusted: a `javascript:` URL must not become a link. */
function isWebUrl(url: string | undefined): url is string {
  return url !== undefined && /^https?:\/\//i.test(url) && URL.canParse(url);
}

function webLink(url: string): Html {
  return html`<a href="${url}" rel="nofollow noreferrer">${url.replace(/^https?:\/\//i, '')}</a>`;
}
