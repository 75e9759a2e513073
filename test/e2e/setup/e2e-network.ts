import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startNetwork, type Network, type NetworkPlan } from '../../../tools/network/network.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { compiled } from '../../../tools/run/project.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A network of real processes for one spec file, on the servers of the test run, under a network id of its own. */
export interface E2eNetwork {
  readonly network: Network;
  readonly run: Run;
  /** An empty folder for the files of the test. */
  readonly folder: string;
  /** Runs the built `shoal` against this network; never rejects. */
  shoal(
    args: readonly string[],
    options?: { readonly cwd?: string; readonly timeoutMs?: number },
  ): Promise<CliResult>;
  stop(): Promise<void>;
}

const CLI_TIMEOUT_MS = 60_000;
const CLI_OUTPUT_MAX = 16 * 1_024 * 1_024;

const runCli = async (
  args: readonly string[],
  env: Record<string, string | undefined>,
  cwd: string,
  timeout: number,
): Promise<CliResult> => {
  const options = { cwd, timeout, maxBuffer: CLI_OUTPUT_MAX, env: { ...process.env, ...env } };
  try {
    const entry = compiled('apps/cli/src/main');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [entry, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (thrown) {
    const { code, stdout = '', stderr = '' } = thrown as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr };
  }
};

/** @throws ShoalError with the end of the log of the process that did not come up */
export const startE2eNetwork = async (plan: NetworkPlan): Promise<E2eNetwork> => {
  const run = await Run.open({ command: 'e2e test' });
  const folder = mkdtempSync(join(tmpdir(), 'shoal-e2e-'));
  const stop = async (network?: Network): Promise<void> => {
    await network?.stop();
    await run.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const network = await startNetwork(run, testServices(), { network: uniqueNetwork('e2e'), ...plan });
    // Its own data home: a one-shot peer of the test leaves nothing in the home of the person who runs it.
    const env = { ...network.cliEnvironment, ...run.environment, XDG_DATA_HOME: run.path('data-home') };
    return {
      network,
      run,
      folder,
      shoal: (args, { cwd = folder, timeoutMs = CLI_TIMEOUT_MS } = {}) => runCli(args, env, cwd, timeoutMs),
      stop: () => stop(network),
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
