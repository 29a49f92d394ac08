export { type HandedSocket, handedSocket } from './handed-socket.ts';
export { type Listening, listen } from './listen.ts';
export { type ListenAddress, parseListenAddress } from './listen-address.ts';
