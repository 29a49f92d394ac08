/**
 * For packages that send requests other than GETs: npm would install a copy of undici for each
 * package that depends on it.
 */
export { Pool, request } from 'undici';
