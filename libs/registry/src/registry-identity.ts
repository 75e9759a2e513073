/** One life of what Redis knows, from empty to emptied. */
export interface RegistryLife {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly began: number;
}

/** Tells one life of Redis from the next, so that what was known before can be given back after. */
export interface RegistryIdentity {
  /** The life of now; begins one where there is none. */
  current(now: number): Promise<RegistryLife>;
}
