import type { Workshop } from '../frame/workshop.js';
import type { Contender, Figures } from '../frame/port.js';
import { runTransfer, type TransferFacts, type TransferPlan } from './transfer.js';
import { newTask, type TaskPlace } from './task.js';
import type { Tool } from './tool.js';

export interface TransferCase {
  readonly workshop: Workshop;
  /** Known when the case is open. */
  readonly place: () => Omit<TaskPlace, 'workshop'>;
  /** What is special about a run of the case. */
  readonly plan: (turn: number) => Omit<TransferPlan, 'tool' | 'task'>;
  readonly figures: (facts: TransferFacts) => Figures;
}

/** A tool that moves a file, in a case that says which file, between whom and what counts. */
export const toolContender = (tool: Tool, one: TransferCase): Contender => ({
  name: tool.name,
  missing: () => tool.missing(),
  prepare: async () => {},
  run: async (turn) => {
    const { workshop } = one;
    const place = { workshop, ...one.place() };
    await workshop.warm([place.file.path]);
    const facts = await runTransfer({ tool, task: newTask(place, tool.name), ...one.plan(turn) });
    return { figures: one.figures(facts), foreign: facts.foreign };
  },
  close: async () => {},
});
