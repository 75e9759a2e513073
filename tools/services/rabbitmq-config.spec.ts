import { describe, expect, it } from '@jest/globals';
import { configText, ENABLED_PLUGINS, environmentOf, type RabbitmqPlan } from './rabbitmq-config.js';

const plan: RabbitmqPlan = {
  runId: 'abc',
  folder: '/run/abc',
  ports: { amqp: 20_001, management: 20_002, distribution: 20_003, epmd: 20_004 },
};

describe('the private broker', () => {
  it('listens on the loopback address only', () => {
    const text = configText(plan);
    expect(text).toContain('listeners.tcp.1 = 127.0.0.1:20001');
    expect(text).toContain('management.tcp.ip = 127.0.0.1');
    const environment = environmentOf(plan, {});
    expect(environment['ERL_EPMD_ADDRESS']).toBe('127.0.0.1');
    expect(environment['RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS']).toContain('{127,0,0,1}');
    expect(ENABLED_PLUGINS).not.toContain('prometheus');
  });

  it('has every file in its own folder', () => {
    const environment = environmentOf(plan, {});
    for (const name of Object.keys(environment).filter((key) => /(_BASE|_FILE|_DIR|HOME)$/.test(key))) {
      if (name === 'RABBITMQ_CONF_ENV_FILE') expect(environment[name]).toBe('/dev/null');
      else expect(environment[name]).toMatch(/^\/run\/abc\//);
    }
  });

  it('collects statistics unless it shall not', () => {
    const off = 'management_agent.disable_metrics_collector = true';
    expect(configText(plan)).not.toContain(off);
    expect(configText({ ...plan, statistics: false })).toContain(off);
  });

  it("forgets the settings of the machine's broker", () => {
    const environment = environmentOf(plan, { RABBITMQ_NODE_PORT: '5672', ERL_LIBS: '/x', PATH: '/bin' });
    expect(environment).toMatchObject({ RABBITMQ_NODE_PORT: undefined, ERL_LIBS: undefined });
    expect('PATH' in environment).toBe(false);
  });
});
