import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { anchorEnvironment } from '../../tools/network/app-environment.js';
import type { AnchorPart } from '../../tools/network/network.js';
import type { ManagedProcess } from '../../tools/run/managed-process.js';
import { bundled, PROJECT_ROOT } from '../../tools/run/project.js';
import type { Stage } from '../e2e/network/stage.js';

export const ANCHOR = 'server1';

/** Where a process kills itself; `about`: a text that the arguments of that call have. */
export interface Fault {
  readonly point: string;
  readonly about?: string;
}

/** The process that can kill itself, joined into one file: it is started for every point. */
export const bundleFaults = async (): Promise<void> => {
  const files = ['dist/tools/faults/main.js', 'dist/faults'];
  await promisify(execFile)(process.execPath, ['tools/bundle.mjs', ...files], { cwd: PROJECT_ROOT });
};

/** Starts one process of the anchor by itself. */
export const startPart = async (stage: Stage, part: AnchorPart, fault?: Fault): Promise<ManagedProcess> => {
  const { network, run } = stage;
  const common = {
    ...{ services: network.services, network: network.id },
    ...{ anchors: [ANCHOR], logLevel: 'info' },
  };
  const process = run.spawn({
    name: `${ANCHOR}/${part}`,
    command: globalThis.process.execPath,
    args: fault === undefined ? [bundled(part)] : [join(PROJECT_ROOT, 'dist/faults/main.mjs'), part],
    env: {
      ...anchorEnvironment(common, ANCHOR),
      ...{ SHOAL_FAULT: fault?.point, SHOAL_FAULT_ABOUT: fault?.about },
    },
    cwd: run.folder,
    announces: true,
  });
  await process.ready();
  return process;
};

export const kill = async (process: ManagedProcess): Promise<void> => {
  process.kill('SIGKILL');
  await process.exited;
};
