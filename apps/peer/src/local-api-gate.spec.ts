import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { localApiGate } from './local-api-gate.js';

const knock = (headers: Record<string, string>) => {
  const said = { status: 0, body: '', headers: {} as Record<string, string>, letIn: false };
  const response = {
    setHeader: (name: string, value: string) => void (said.headers[name] = value),
    writeHead: (status: number) => void (said.status = status),
    end: (body: string) => void (said.body = body),
  } as unknown as ServerResponse;
  localApiGate('shoal 1.0.0')({ headers } as unknown as IncomingMessage, response, () => (said.letIn = true));
  return said;
};

describe('the gate of the control socket', () => {
  it('lets in the same version and who says none, and says its own', () => {
    const same = knock({ 'shoal-api': '1', 'shoal-software': 'shoal 0.9.0' });
    expect(same.letIn).toBe(true);
    expect(same.headers).toEqual({ 'shoal-api': '1', 'shoal-software': 'shoal 1.0.0' });
    expect(knock({}).letIn).toBe(true);
  });

  it('refuses another version and names both', () => {
    const { letIn, status, body } = knock({ 'shoal-api': '2', 'shoal-software': 'shoal 2.0.0' });
    expect({ letIn, status }).toEqual({ letIn: false, status: 426 });
    expect(JSON.parse(body)).toMatchObject({
      code: 'wrong-version',
      message: expect.stringMatching(/shoal 2\.0\.0 \(control API 2\).*shoal 1\.0\.0 \(control API 1\)/),
    });
  });
});
