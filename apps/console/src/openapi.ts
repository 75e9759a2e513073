import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { REQUESTS, type RequestName } from '#contracts';

type Json = Record<string, unknown>;

/** The HTTP API as OpenAPI has it, from the same schemas that check it. */
export const openApi = (version: string): OpenAPIObject =>
  ({
    openapi: '3.1.0',
    info: { title: 'Shoal', version, description: 'One file to many machines.' },
    paths: {
      '/distributions': {
        post: {
          ...operation('Make peers download a file', 'transfer.download'),
          parameters: [header('Idempotency-Key', 'The same key is the same distribution, for 7 days')],
          requestBody: { required: true, content: json(schemaOf('transfer.download', 'request')) },
          responses: {
            201: { description: 'Made', content: json(schemaOf('transfer.download', 'reply')) },
            200: {
              description: 'This key made it before',
              content: json(schemaOf('transfer.download', 'reply')),
            },
            ...PROBLEMS,
          },
        },
        get: {
          ...operation('List distributions, the newest first', 'transfer.list'),
          parameters: [query('after', 'The last id of the page before'), query('limit', 'Rows')],
        },
      },
      '/distributions/{id}': {
        get: {
          ...operation('A distribution and its targets', 'transfer.status'),
          parameters: [
            ID,
            query('after', 'Peer id of the last row of the page before'),
            query('limit', 'Rows'),
            query('states', 'Rows in these states only, with commas'),
          ],
        },
        delete: {
          ...operation('Cancel it', 'transfer.cancel'),
          parameters: [ID, query('keepParts', 'true: targets keep what they have of the file')],
        },
      },
      '/distributions/{id}/retry': {
        post: { ...operation('Try again where it failed', 'transfer.retry'), parameters: [ID] },
      },
      '/distributions/{id}/events': {
        get: {
          summary: 'What happens, until it has ended',
          description: 'Server-sent events: `status`, then facts by name (docs/MESSAGES.md).',
          parameters: [ID],
          responses: {
            200: { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
            ...PROBLEMS,
          },
        },
      },
    },
  }) as unknown as OpenAPIObject;

const operation = (summary: string, name: RequestName): Json => ({
  summary,
  operationId: name,
  responses: { 200: { description: 'Done', content: json(schemaOf(name, 'reply')) }, ...PROBLEMS },
});

const schemaOf = (name: RequestName, side: 'request' | 'reply'): Json => {
  const { $schema: _ours, ...schema } = z.toJSONSchema(REQUESTS[name][side], {
    io: 'input',
    unrepresentable: 'any',
  }) as Json;
  return schema;
};

const json = (schema: Json): Json => ({ 'application/json': { schema } });
const query = (name: string, description: string): Json => ({
  ...{ name, in: 'query', required: false, description, schema: { type: 'string' } },
});
const header = (name: string, description: string): Json => ({ ...query(name, description), in: 'header' });
const ID: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

const PROBLEM = {
  description: 'What is wrong, as RFC 9457 has it',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        properties: Object.fromEntries(
          ['type', 'title', 'detail', 'code', 'retry', 'hint'].map((name) => [name, { type: 'string' }]),
        ),
      },
    },
  },
};
const PROBLEMS = { '4XX': PROBLEM, '5XX': PROBLEM };
