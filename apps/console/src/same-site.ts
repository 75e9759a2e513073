import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { ShoalError } from '#core';
import { problemOf } from './problem.filter.js';

/**
 * There is no login, so the browser of a person on this machine must not be made to order anything by a page from elsewhere: a
 * host name that somebody else could point here is refused, and so is what another site sends.
 */
export const sameSite =
  (listenHost: string) =>
  (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const refusal = refusalOf(request, listenHost);
    if (refusal === undefined) return next();
    const problem = problemOf(new ShoalError('not-allowed', refusal));
    response.statusCode = problem.status;
    response.setHeader('content-type', 'application/problem+json');
    response.end(JSON.stringify(problem));
  };

const refusalOf = ({ headers }: IncomingMessage, listenHost: string): string | undefined => {
  const { host = '', origin } = headers;
  const name = nameOf(`http://${host}`);
  if (name === undefined || !(isIP(name) !== 0 || name === 'localhost' || name === listenHost))
    return `this console is not called "${host.slice(0, 100)}"`;
  if (origin !== undefined && hostOf(origin) !== host) return 'this comes from a page of another site';
  return undefined;
};

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);
const nameOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
