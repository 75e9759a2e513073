import { MIB } from '#core';
import type { Bench } from '../../frame/port.js';
import { aria2 } from '../../rivals/aria2.js';
import { libtorrent } from '../../rivals/libtorrent.js';
import { transmission } from '../../rivals/transmission.js';
import { webtorrent } from '../../rivals/webtorrent.js';
import { withCommand } from '../../rivals/provide.js';
import { shoalTool } from '../../shoal/shoal-tool.js';
import { makeSharedFile } from '../../transfer/shared-file.js';
import { groundOf, provideTools } from '../../transfer/transfer-bench.js';
import { fullScenarios, quickScenarios } from './scenarios.js';
import { ShapedCase } from './shaped-case.js';

const FULL_SIZE = 64 * MIB;
const QUICK_SIZE = 8 * MIB;
const RIVALS = [libtorrent('shaped'), aria2, webtorrent('rarest'), transmission];

/** How near the slowest peer comes to the limit of the links. */
export const shaped: Bench = {
  name: 'shaped',
  measures:
    'swarms behind links of 50 Mbit/s, 64 MiB: the slowest peer over the fluid bound, bytes sent, 11 cases',
  takes: { full: '95 min', quick: '60 s' },
  open: async (workshop) => {
    const { options } = workshop;
    const lab = [withCommand('iperf3', 'iperf3'), withCommand('nftables', 'nft')];
    await provideTools(
      workshop,
      RIVALS.map(({ name }) => name),
      lab,
    );
    const ground = await groundOf(workshop);
    const size = options.size ?? (options.quick ? QUICK_SIZE : FULL_SIZE);
    const file = await makeSharedFile(workshop.memory.path('shaped-source'), size);
    const scenarios = options.quick ? quickScenarios() : fullScenarios();
    const cases = scenarios.map((scenario) => {
      const rivals = RIVALS.filter(({ name }) => scenario.rivals.includes(name));
      return new ShapedCase(workshop, ground, file, scenario).asCase([shoalTool(ground.net), ...rivals]);
    });
    return { cases, close: async () => {} };
  },
};
