import { join } from 'node:path';
import type { Workshop } from '../frame/workshop.js';
import type { Lab } from '../lab/host.js';
import type { SharedFile, Task } from './tool.js';

export interface TaskPlace {
  readonly workshop: Workshop;
  readonly lab: Lab;
  readonly file: SharedFile;
  /** Outputs go to memory, or to the disk. */
  readonly outputs: 'memory' | 'disk';
}

let tasks = 0;

/** A task with folders of its own below those of the run. */
export const newTask = ({ workshop, lab, file, outputs }: TaskPlace, tool: string): Task => {
  const label = `${tool.replaceAll(/[^a-z0-9]/g, '')}-${++tasks}`;
  const place = outputs === 'memory' ? workshop.memory : workshop.run;
  return {
    run: workshop.run,
    file,
    hosts: lab.hosts,
    label,
    scratch: workshop.run.path('scratch', label),
    outputFolder: (host) => join(place.folder, 'outputs', label, String(host)),
  };
};
