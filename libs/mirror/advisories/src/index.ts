export { type Advisory, isAffected, parseAdvisory } from './advisory.ts';
export { AdvisoryDatabase } from './advisory-database.ts';
