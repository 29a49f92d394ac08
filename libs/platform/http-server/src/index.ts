export { type Listening, listen } from './listen.ts';
export { formatAddress, type ListenAddress, parseListenAddress } from './listen-address.ts';
