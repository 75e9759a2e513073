/** A distribution that keeps up with a name. */
export interface Follow {
  /** The distribution that was asked for. */
  readonly id: string;
  readonly name: string;
  /** That it brought. */
  readonly version: number;
  /** The request, as JSON. */
  readonly request: string;
}

/** What is followed. Bounded: each is looked at whenever a peer joins or a file is published. */
export interface FollowRegistry {
  /** Putting it again changes nothing. False when there are `max` others. */
  put(follow: Follow, max: number): Promise<boolean>;
  /** False when it was not followed. */
  remove(id: string): Promise<boolean>;
  /** All, by id. */
  all(): Promise<Follow[]>;
}
