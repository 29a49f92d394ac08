export { END_OF_ARCHIVE, memberHeader, paddingOf, type TarMember } from './member-header.ts';
