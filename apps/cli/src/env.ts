/** Environment variables, as a command sees them. */
export type Env = Readonly<Record<string, string | undefined>>;
