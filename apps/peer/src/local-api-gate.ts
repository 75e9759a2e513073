import type { IncomingMessage, ServerResponse } from 'node:http';
import { LOCAL_API_VERSION, localHeadersOf, localMismatch, localSideOf } from '#contracts';

/** HTTP: the two sides do not speak the same version. */
const UPGRADE_REQUIRED = 426;

/**
 * Says on every answer which version of the control API this is, and refuses a command line of another one before any
 * route reads its body. Who says no version, such as curl, is let in.
 */
export const localApiGate = (software: string) => {
  const daemon = { software, api: LOCAL_API_VERSION };
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    for (const [name, value] of Object.entries(localHeadersOf(daemon))) response.setHeader(name, value);
    const commandLine = localSideOf(request.headers);
    const mismatch = commandLine === undefined ? undefined : localMismatch(commandLine, daemon);
    if (mismatch === undefined) return next();
    response.writeHead(UPGRADE_REQUIRED, { 'content-type': 'application/json' });
    response.end(JSON.stringify(mismatch));
  };
};
