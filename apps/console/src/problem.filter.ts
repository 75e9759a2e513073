import {
  Catch,
  HttpException,
  ServiceUnavailableException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { asShoalError, ShoalError, type ErrorCode } from '#core';

const STATUS: Partial<Record<ErrorCode, number>> = {
  'bad-id': 400,
  'bad-message': 400,
  'bad-name': 400,
  'bad-path': 400,
  'bad-size': 400,
  'not-allowed': 403,
  'not-found': 404,
  stale: 409,
  'limit-exceeded': 422,
  'broker-away': 503,
  'no-anchor': 503,
  'redis-away': 503,
  unroutable: 503,
  timeout: 504,
  internal: 500,
};

/** What went wrong as RFC 9457 has it, with Shoal's code, hint and whether trying again can help. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retry: 'permanent' | 'transient';
  readonly hint?: string;
}

export const problemOf = (thrown: unknown): Problem => {
  const error = thrown instanceof HttpException ? badRequest(thrown) : asShoalError(thrown);
  const status = thrown instanceof HttpException ? thrown.getStatus() : (STATUS[error.code] ?? 422);
  const { code, retry, hint, message } = error;
  return {
    type: `urn:shoal:${code}`,
    title: code.replaceAll('-', ' '),
    ...{ status, detail: message, code, retry },
    ...(hint === undefined ? {} : { hint }),
  };
};

/** What Nest itself refuses: a body that is not JSON, a path that is nothing. */
const badRequest = (thrown: HttpException): ShoalError =>
  new ShoalError(thrown.getStatus() === 404 ? 'not-found' : 'bad-message', thrown.message);

/** Every failure of an HTTP call leaves as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    if (response.headersSent) {
      response.end();
      return;
    }
    // What a check found is an answer, not a problem.
    if (thrown instanceof ServiceUnavailableException)
      return send(response, 503, 'json', thrown.getResponse());
    const problem = problemOf(thrown);
    send(response, problem.status, 'problem+json', problem);
  }
}

const send = (response: ServerResponse, status: number, type: string, body: unknown): void => {
  response.statusCode = status;
  response.setHeader('content-type', `application/${type}`);
  response.end(JSON.stringify(body));
};
