import { Bitfield, type FileId } from '#core';
import { encode, FrameDecoder, PROTOCOL_VERSION, type Auth, type DataSink, type Hello } from '#wire';
import type { SampleFrame } from './frames.js';

const HELLO: Hello = {
  type: 'hello',
  version: PROTOCOL_VERSION,
  networkId: 'bench',
  publicKey: new Uint8Array(32).fill(1),
  incarnation: 1,
  nonce: new Uint8Array(32).fill(2),
  name: 'bench',
  host: '127.0.0.1',
  port: 1,
};
const AUTH: Auth = { type: 'auth', signature: new Uint8Array(64).fill(3) };
const FIELD = new Bitfield(8);
const FILE_ID = '00'.repeat(32) as FileId;

/** Only a listener is sent OPEN, REQUEST; only a dialer is sent DATA, BITFIELD. */
const roleFor = ({ name }: SampleFrame): 'dialer' | 'listener' =>
  name === 'data-16k' || name === 'bitfield' ? 'dialer' : 'listener';

/** A decoder after its handshake, and its frame as it comes from a socket: header to the scratch, payload to its place. */
export const decoding = (frame: SampleFrame): (() => number) => {
  const place = new Uint8Array(Math.max(1, frame.payload));
  const sink: DataSink = {
    reserve: (_chunk, _offset, length) => place.subarray(0, length),
    arrived: () => {},
  };
  const role = roleFor(frame);
  const decoder = new FrameDecoder(role, ...(role === 'dialer' ? [sink] : []));
  decoder.push(Buffer.concat([encode(HELLO), encode(AUTH)]));
  if (role === 'listener') {
    decoder.push(encode({ type: 'open', fileId: FILE_ID, downloads: true, priority: 5, field: FIELD }));
  }
  const bytes = frame.make();
  return () => take(decoder, bytes, frame.payload);
};

/** The bytes of a payload are already where they belong when the decoder hears of them. */
const take = (decoder: FrameDecoder, bytes: Uint8Array, payload: number): number => {
  let messages = decoder.push(bytes).length;
  for (let left = payload; left > 0;) {
    const room = decoder.nextBuffer();
    messages += decoder.commit(room.length).length;
    left -= room.length;
  }
  return messages;
};
