export interface Room {
  /** Downloaders at a peer that has all of the file. */
  readonly complete: number;
  /** ... and at one that has not: it has little to give and needs its uplink for others of its kind. */
  readonly partial: number;
}

/**
 * Whether one more may open a file here. Who is refused is told of others, so that many who start together, and know nobody but the
 * seeder, find each other instead of hanging on the few who got a chunk first.
 */
export const hasRoom = (isComplete: boolean, downloaders: number, room: Room): boolean =>
  downloaders < (isComplete ? room.complete : room.partial);
