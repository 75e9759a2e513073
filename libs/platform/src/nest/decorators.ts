import { Catch, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type {
  FactBody,
  FactName,
  ReceivedRequest,
  ReplyBody,
  ReportBody,
  ReportName,
  RequestName,
} from '#contracts';
import type { MessageContext } from './message-context.js';

type HandlerDecorator<Body, Result> = <M extends (body: Body, context: MessageContext) => Promise<Result>>(
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** The method answers this request: it gets the checked body, its result is the reply. */
export const OnRequest = <N extends RequestName>(
  name: N,
): HandlerDecorator<ReceivedRequest<N>, ReplyBody<N>> => handles(MessagePattern(name));

/** The method takes this report; when it resolves, the report is acked. */
export const OnReport = <N extends ReportName>(name: N): HandlerDecorator<ReportBody<N>, void> =>
  handles(onEvent(name));

/** The method takes this fact; `sender` in its context is what the fact is about. */
export const OnFact = <N extends FactName>(name: N): HandlerDecorator<FactBody<N>, void> =>
  handles(onEvent(name));

const onEvent = (name: string): MethodDecorator => EventPattern(name) as MethodDecorator;

const handles =
  <Body, Result>(pattern: MethodDecorator): HandlerDecorator<Body, Result> =>
  (target, method, descriptor) => {
    pattern(target, method, descriptor);
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
    UseFilters(new PassErrors())(target, method, descriptor);
  };

/** Hands errors to the transport as they are; Nest's own filter would put "Internal server error" in their place. */
@Catch()
class PassErrors implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
