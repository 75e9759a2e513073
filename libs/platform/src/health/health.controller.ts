import { Controller, Get, HttpCode, Inject, ServiceUnavailableException } from '@nestjs/common';
import { asShoalError } from '#core';

/** Something that the process needs to do its work. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects when it is away. */
  check(): Promise<void>;
}
export const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');

export interface HealthReport {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, string>>;
}

/** `/health/live`: the process runs. `/health` and `/health/ready`: it can do its work, else 503. */
@Controller('health')
export class HealthController {
  constructor(@Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[]) {}

  @Get('live')
  @HttpCode(200)
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Get(['', 'ready'])
  async ready(): Promise<HealthReport> {
    const results = await Promise.all(
      this.checks.map(async (each) => [each.name, await outcomeOf(each)] as const),
    );
    const checks = Object.fromEntries(results);
    if (results.every(([, outcome]) => outcome === 'ok')) return { status: 'ok', checks };
    throw new ServiceUnavailableException({ status: 'unavailable', checks } satisfies HealthReport);
  }
}

const outcomeOf = async (each: HealthCheck): Promise<string> => {
  try {
    await each.check();
    return 'ok';
  } catch (thrown) {
    return asShoalError(thrown).code;
  }
};
