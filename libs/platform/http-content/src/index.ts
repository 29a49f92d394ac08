export { type Coding, chooseCoding, compress, isWorthCompressing } from './coding.ts';
export { checkPreconditions, isRangeCurrent, type Validators, type Verdict } from './preconditions.ts';
export { type ByteRange, parseRange } from './range.ts';
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
