export { type Coding, chooseCoding, compress, isWorthCompressing } from './coding.ts';
export { isRevalidation } from './preconditions.ts';
export {
  type Body,
  cutOff,
  isGone,
  type Reply,
  type Request,
  type Resource,
  send,
  sendText,
} from './send.ts';
