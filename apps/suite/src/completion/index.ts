import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

/** Completion scripts by the shells they are for. */
export const COMPLETIONS: Readonly<Record<'bash' | 'zsh' | 'fish', () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
