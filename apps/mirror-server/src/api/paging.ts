/** The requested page of search results. */
export interface Paging {
  readonly text: string;
  readonly perPage: number;
  /** Starts at 1. */
  readonly page: number;
}

const MAX_PER_PAGE = 100;
const USUAL_PER_PAGE = 10;
/** No crate name is longer. */
const MAX_TEXT = 64;

/** @returns a phrase describing the error in the query, if it is invalid */
export function parsePaging(query: string): Paging | string {
  const parameters = new URLSearchParams(query);
  const perPage = wholeNumber(parameters.get('per_page'), USUAL_PER_PAGE);
  const page = wholeNumber(parameters.get('page'), 1);
  if (perPage === undefined || perPage > MAX_PER_PAGE)
    return `per_page must be a whole number from 1 to ${MAX_PER_PAGE}`;
  if (page === undefined) return 'page must be a whole number from 1';
  const text = (parameters.get('q') ?? '').trim();
  return text.length > MAX_TEXT ? `q has at most ${MAX_TEXT} characters` : { text, perPage, page };
}

function wholeNumber(text: string | null, usual: number): number | undefined {
  if (text === null) return usual;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** The paging fields of crates.io: the total, and the queries for the adjacent pages. */
export function pagingMeta({ text, perPage, page }: Paging, total: number) {
  const at = (other: number): string =>
    `?${new URLSearchParams({ q: text, per_page: String(perPage), page: String(other) })}`;
  return {
    total,
    next_page: page * perPage < total ? at(page + 1) : null,
    prev_page: page > 1 ? at(page - 1) : null,
  };
}
