/**
 * One read for all who ask for the same thing at the same time: who comes while a read runs shares the next one. So no answer is
 * older than its question, and a fleet that asks at once costs a few reads.
 */
export class SharedRead<V> {
  private readonly running = new Map<string, Promise<V>>();
  private readonly next = new Map<string, Promise<V>>();

  constructor(private readonly read: (key: string) => Promise<V>) {}

  of(key: string): Promise<V> {
    const next = this.next.get(key);
    if (next !== undefined) return next;
    const running = this.running.get(key);
    if (running === undefined) return this.start(key);
    const after = (): Promise<V> => {
      this.next.delete(key);
      return this.start(key);
    };
    const shared = running.then(after, after);
    this.next.set(key, shared);
    return shared;
  }

  private start(key: string): Promise<V> {
    const read = this.read(key).finally(() => this.running.delete(key));
    this.running.set(key, read);
    return read;
  }
}
