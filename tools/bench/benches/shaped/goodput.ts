import type { Run } from '../../../run/run.js';
import type { Host } from '../../lab/host.js';
import { whyNoCommand } from '../../rivals/commands-there.js';
import { Talker } from '../../rivals/lines.js';

interface Report {
  readonly end: {
    readonly sum_received: { readonly bits_per_second: number };
    readonly sum_received_bidir_reverse: { readonly bits_per_second: number };
  };
}

/**
 * What iperf3 gets through the links of two hosts when both send, bits a second: what is left of the rate after headers
 * and acknowledgements. Undefined where it is not installed.
 */
export const twoWayGoodput = async (
  run: Run,
  [from, to]: readonly [Host, Host],
  seconds: number,
): Promise<number | undefined> => {
  if (whyNoCommand('iperf3', 'iperf3') !== undefined) return undefined;
  const server = new Talker(run, to, {
    name: 'iperf3-server',
    command: 'iperf3',
    args: ['-s', '-1', '--forceflush'],
  });
  try {
    await server.says('Server listening');
    const args = ['-c', to.address, '-t', String(seconds), '-P', '4', '--bidir', '-J'];
    const lines: string[] = [];
    const [command, ...words] = [...from.within, 'iperf3', ...args] as [string, ...string[]];
    const client = run.spawn({
      name: 'iperf3',
      command,
      args: words,
      onLine: (_name, line) => lines.push(line),
    });
    await client.exited;
    await client.outputEnded;
    const { sum_received, sum_received_bidir_reverse } = (JSON.parse(lines.join('\n')) as Report).end;
    return Math.min(sum_received.bits_per_second, sum_received_bidir_reverse.bits_per_second);
  } finally {
    await server.process.stop(0);
  }
};
