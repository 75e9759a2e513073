/**
 * Told of every point: `before distributions.claim`, and when that has resolved, `after distributions.claim`. Where the first
 * argument has a kind, that is said, too: `before steps.add start`.
 */
export type AtPoint = (point: string) => void;

/** A port whose every call passes a point before it and one after it. Its other members stay what they are. */
export const withFaults = <T extends object>(name: string, port: T, at: AtPoint): T =>
  new Proxy(port, {
    get: (target, property): unknown => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const method = `${name}.${String(property)}`;
      return async (...args: unknown[]): Promise<unknown> => {
        const call = `${method}${kindOf(args[0])}`;
        at(`before ${call}`);
        const result: unknown = await Reflect.apply(member, target, args);
        at(`after ${call}`);
        return result;
      };
    },
  });

const kindOf = (argument: unknown): string =>
  typeof argument === 'object' && argument !== null && 'kind' in argument ? ` ${String(argument.kind)}` : '';

/** An object with one member in another's place. */
export const withMember = <T extends object, K extends keyof T>(whole: T, key: K, member: T[K]): T =>
  new Proxy(whole, {
    get: (target, property): unknown =>
      property === key ? member : (Reflect.get(target, property, target) as unknown),
  });
