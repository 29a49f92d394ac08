export { type Listening, listen } from './listen.ts';
export { type ListenAddress, parseListenAddress } from './listen-address.ts';
