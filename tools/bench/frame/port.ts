import type { Workshop } from './workshop.js';

/** One column: a figure that every run of a case gives. */
export interface Metric {
  /** In the JSON lines: `gib_per_s`. */
  readonly name: string;
  readonly unit: string;
  /** Head of the column. */
  readonly title: string;
  readonly better: 'more' | 'less';
  /** Digits after the point that people are shown; 2 when left out. */
  readonly digits?: number;
}

/** By metric name. A metric that does not apply to a tool is left out. */
export type Figures = Readonly<Record<string, number>>;

export interface Measured {
  readonly figures: Figures;
  /** Share of the machine's CPU time that went to others while it was measured, 0 to 1. */
  readonly foreign: number;
}

/** A tool in one case of a bench. */
export interface Contender {
  readonly name: string;
  /** Why it cannot run on this machine, in words; undefined when it can. */
  missing(): string | undefined;
  /** Once, before the first run of the case. */
  prepare(): Promise<void>;
  /** One run, from a clean start. @throws ShoalError when it failed, gave wrong bytes or took too long */
  run(turn: number): Promise<Measured>;
  /** Once, after the last run. */
  close(): Promise<void>;
}

export interface Case {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** The metric that ranks the tools, gives the ratios and is plotted. */
  readonly headline: string;
  readonly contenders: readonly Contender[];
  /**
   * What the contenders share, opened before and closed after them. Facts about it are shown below the table.
   * @throws ShoalError when the case cannot be run on this machine
   */
  open?(): Promise<readonly string[]>;
  close?(): Promise<void>;
}

export interface OpenBench {
  readonly cases: readonly Case[];
  close(): Promise<void>;
}

export interface Bench {
  readonly name: string;
  /** What it measures, for `--help`. */
  readonly measures: string;
  /** How long it takes, for `--help`. */
  readonly takes: { readonly full: string; readonly quick: string };
  /** Also brings the tools that it compares with, as far as that is allowed. */
  open(workshop: Workshop): Promise<OpenBench>;
}

/** The name under which the system itself stands in every table. */
export const SHOAL = 'shoal';
