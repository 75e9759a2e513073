import { Bitfield, KIB, type FileId, type PeerId } from '#core';
import { encode, encodeDataHeader, WIRE_LIMITS, type ControlMessage } from '#wire';

/** A frame as it goes over the wire, and how it is made. */
export interface SampleFrame {
  readonly name: string;
  readonly title: string;
  readonly make: () => Uint8Array;
  /** Payload that follows the made bytes. */
  readonly payload: number;
}

const FILE_ID = 'ab'.repeat(32) as FileId;
const CHUNKS = 1_024;
const PIECE = 16 * KIB;

const control = (name: string, title: string, message: ControlMessage): SampleFrame => ({
  name,
  title,
  make: () => encode(message),
  payload: 0,
});

const everyOther = (): Bitfield => {
  const field = new Bitfield(CHUNKS);
  for (let chunk = 0; chunk < CHUNKS; chunk += 2) field.setRange({ start: chunk, end: chunk + 1 });
  return field;
};

const peers = Array.from({ length: WIRE_LIMITS.peers }, (_, at) => ({
  peerId: at.toString(16).padStart(40, '0') as PeerId,
  incarnation: at + 1,
  name: `host${at}`,
  host: `10.0.0.${at}`,
  port: 7_000 + at,
}));

/** The frames of a download, the frequent ones first. */
export const sampleFrames = (): SampleFrame[] => [
  control('have', 'HAVE of one range', { type: 'have', ranges: [{ start: 700, end: 701 }] }),
  control('have-16', 'HAVE of 16 ranges', {
    type: 'have',
    ranges: Array.from({ length: 16 }, (_, at) => ({ start: 10 * at, end: 10 * at + 2 })),
  }),
  control('request', 'REQUEST of one chunk', { type: 'request', chunks: [700] }),
  {
    name: 'data-16k',
    title: 'DATA with 16 KiB, decoded into its place without a copy',
    make: () => encodeDataHeader(700, 0, PIECE),
    payload: PIECE,
  },
  control('bitfield', `BITFIELD of ${CHUNKS} chunks`, {
    type: 'bitfield',
    granting: false,
    field: everyOther(),
  }),
  control('open', `OPEN with a bitfield of ${CHUNKS} chunks`, {
    type: 'open',
    fileId: FILE_ID,
    downloads: true,
    priority: 5,
    field: everyOther(),
  }),
  control('peers-50', 'PEERS with 50 peers', { type: 'peers', fileId: FILE_ID, peers }),
];
