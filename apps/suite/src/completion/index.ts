import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

/** Completion scripts by shell. */
export const COMPLETIONS: Readonly<Record<'bash' | 'zsh' | 'fish', () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};
