import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { asShoalError, type ErrorCode } from '#core';

const STATUS: Partial<Record<ErrorCode, number>> = {
  'bad-message': 400,
  'bad-name': 400,
  'bad-path': 400,
  'not-allowed': 403,
  'not-found': 404,
  'target-exists': 409,
  internal: 500,
};

/** Every failure of an HTTP call leaves as an error document. */
@Catch()
export class ShoalErrorFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    if (response.headersSent) {
      response.end();
      return;
    }
    const error = asShoalError(thrown);
    response.statusCode = thrown instanceof HttpException ? thrown.getStatus() : (STATUS[error.code] ?? 422);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(error.toJSON()));
  }
}
