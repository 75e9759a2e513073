import { COMMANDS, FACTS } from '#contracts';

/**
 * Told of every point and of what the call is about: `before distributions.get`, and when that has resolved, `after
 * distributions.get`. What a call does says more than its name, where that is in its arguments: the kind of a step, the name
 * of a message, where a row goes (`before steps.add start`, `after outgoing.fact peer.joined`, `after distributions.moveRow done`).
 */
export type AtPoint = (point: string, args: readonly unknown[]) => void;

/** A port whose every call passes a point before it and one after it. Its other members stay what they are. */
export const withFaults = <T extends object>(name: string, port: T, at: AtPoint): T =>
  new Proxy(port, {
    get: (target, property): unknown => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const method = `${name}.${String(property)}`;
      return async (...args: unknown[]): Promise<unknown> => {
        const call = [method, ...args.map(wordOf).filter((word) => word !== undefined)].join(' ');
        at(`before ${call}`, args);
        const result: unknown = await Reflect.apply(member, target, args);
        at(`after ${call}`, args);
        return result;
      };
    },
  });

const wordOf = (argument: unknown): string | undefined => {
  if (typeof argument === 'string')
    return Object.hasOwn(FACTS, argument) || Object.hasOwn(COMMANDS, argument) ? argument : undefined;
  if (typeof argument !== 'object' || argument === null) return undefined;
  const { kind, to } = argument as { kind?: unknown; to?: unknown };
  return [kind, to].find((word) => typeof word === 'string');
};

/** An object with one member in another's place. */
export const withMember = <T extends object, K extends keyof T>(whole: T, key: K, member: T[K]): T =>
  new Proxy(whole, {
    get: (target, property): unknown =>
      property === key ? member : (Reflect.get(target, property, target) as unknown),
  });
