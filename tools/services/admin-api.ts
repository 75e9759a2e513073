import { ShoalError } from '#core';
import { VHOST } from './definitions.js';
import { BROKER_ROLES, topicPermissionsOf } from './roles.js';

export interface AdminLogin {
  readonly user: string;
  readonly password: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** RabbitMQ's management API, as far as the tools use it. */
export class AdminApi {
  constructor(
    private readonly url: string,
    private readonly login: AdminLogin,
  ) {}

  async get<T>(path: string): Promise<T> {
    return (await (await this.send('GET', path)).json()) as T;
  }

  /** Limits what each role may say on a network's topic exchanges. */
  async limitTopics(network: string): Promise<void> {
    for (const role of BROKER_ROLES) {
      for (const limits of topicPermissionsOf(role, network)) {
        await this.send('PUT', `topic-permissions/${encodeURIComponent(VHOST)}/${role}`, limits);
      }
    }
  }

  private async send(method: string, path: string, body?: unknown): Promise<Response> {
    const { user, password } = this.login;
    const response = await fetch(new URL(`api/${path}`, this.url), {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (response.ok) return response;
    throw new ShoalError(
      'internal',
      `the broker's admin page answered ${response.status} to ${method} ${path}`,
    );
  }
}
