import type { ManagedProcess, SpawnRequest } from '../../run/managed-process.js';
import type { Run } from '../../run/run.js';

/** A machine of the lab: a network namespace, or an address of the loopback interface. */
export interface Host {
  readonly name: string;
  /** What the other hosts dial. */
  readonly address: string;
  /** Words before a command that make it run there. */
  readonly within: readonly string[];
}

/** Starts a command on a host. */
export const spawnOn = (run: Run, host: Host, request: SpawnRequest): ManagedProcess => {
  const [command, ...args] = [...host.within, request.command, ...(request.args ?? [])] as [
    string,
    ...string[],
  ];
  return run.spawn({ ...request, command, args });
};

export interface Lab {
  /** Host 0 has the file, the others want it. */
  readonly hosts: readonly Host[];
  close(): Promise<void>;
}
