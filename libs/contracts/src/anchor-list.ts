import { ANCHOR_NAME_PATTERN, ShoalError } from '#core';

/** One of the well-known anchors, as `ANCHORS` lists them. */
export interface Anchor {
  readonly name: string;
  /** `amqp://` or `amqps://`, with user and password. */
  readonly url: string;
}

const EXAMPLE = 'Write it like server1=amqp://host1:5672,server2=amqp://host2:5672.';

/** Nodes of a broker, with commas, that were given without the names of anchors. @throws ShoalError `bad-config` */
export const anchorsOfUrls = (list: string, where: string): Anchor[] =>
  list.split(',').map((url) => ({ name: 'any', url: checkUrl(url.trim(), where) }));

/**
 * `server1=amqp://host1:5672,server2=amqp://host2:5672`.
 * @param where the flag, variable or file that it came from, for messages
 * @throws ShoalError `bad-config` that shows no password
 */
export const parseAnchors = (list: string, where: string): Anchor[] => {
  const anchors = list.split(',').map((entry) => {
    const [, name, url] = /^\s*([^=\s]+)=(\S+)\s*$/.exec(entry) ?? [];
    if (name === undefined || url === undefined || !ANCHOR_NAME_PATTERN.test(name)) throw wrong(entry, where);
    return { name, url: checkUrl(url, where) };
  });
  const names = new Set(anchors.map(({ name }) => name));
  if (names.size < anchors.length) {
    throw new ShoalError('bad-config', `${where} names an anchor twice`, { hint: EXAMPLE });
  }
  return anchors;
};

export const formatAnchors = (anchors: readonly Anchor[]): string =>
  anchors.map(({ name, url }) => `${name}=${url}`).join(',');

const checkUrl = (url: string, where: string): string => {
  if (!/^amqps?:\/\/\S+$/.test(url) || !URL.canParse(url)) throw wrong(url, where);
  return url;
};

const wrong = (got: string, where: string): ShoalError =>
  new ShoalError('bad-config', `${where} has "${withoutPasswords(got.trim())}"`, { hint: EXAMPLE });

const withoutPasswords = (text: string): string => text.replace(/:\/\/[^@/]*@/g, '://***@');
