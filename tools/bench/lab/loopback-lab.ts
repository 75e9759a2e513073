import { runLines } from './commands.js';
import type { Host, Lab } from './host.js';
import type { Hub } from './hub.js';

/**
 * Hosts with an address each on the loopback interface of one namespace: nothing is limited. Not 127.x, which some tools
 * refuse to dial.
 */
export const openLoopbackLab = async (hub: Hub, count: number): Promise<Lab> => {
  const lab = hub.nextLab();
  const namespace = hub.namespace(`lo${lab}`);
  const addresses = Array.from({ length: count }, (_, host) => hub.measured(host, 98));
  await runLines(
    [
      `ip netns add ${namespace}`,
      `ip -n ${namespace} link set lo up`,
      ...addresses.map((address) => `ip -n ${namespace} addr add ${address}/32 dev lo`),
      ...hub.join(namespace, lab, 0, addresses),
    ],
    'the loopback lab',
  );
  const within = ['ip', 'netns', 'exec', namespace];
  const hosts = addresses.map((address, host): Host => ({ name: `host${host}`, address, within }));
  return {
    hosts,
    close: async () => void (await runLines([`ip netns del ${namespace}`], 'removing the loopback lab')),
  };
};

/** Without namespaces: the machine's own loopback interface. */
export const plainLoopback = (count: number): Lab => ({
  hosts: Array.from({ length: count }, (_, host): Host => ({
    name: `host${host}`,
    address: `127.0.0.${10 + host}`,
    within: [],
  })),
  close: async () => {},
});
