/** For packages that send other requests than GETs: npm would install a copy of undici for each package that names it. */
export { Pool, request } from 'undici';
