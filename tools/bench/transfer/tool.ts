import type { Run } from '../../run/run.js';
import type { Host } from '../lab/host.js';

/** The file that is moved. */
export interface SharedFile {
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** One run of one tool. */
export interface Task {
  readonly run: Run;
  readonly file: SharedFile;
  /** Host 0 has the file; the others want it. */
  readonly hosts: readonly Host[];
  /** A name for this run's processes and folders. */
  readonly label: string;
  /** An empty folder for settings and state. */
  readonly scratch: string;
  /** A folder of its own, empty, for what a host receives. */
  outputFolder(host: number): string;
}

/** A tool at work. */
export interface Distribution {
  /** First processes of a host; more may come when it fetches. */
  processes(host: number): readonly number[];
  /** First processes of what coordinates the hosts, where there is such a thing. */
  readonly control: readonly number[];
  /**
   * Makes a host fetch the file to `outputFolder`. Resolves when the host has all of it, checked as far as the tool
   * checks. @throws ShoalError when the tool gives up
   */
  fetch(host: number): Promise<void>;
  /** Ends the host's processes at once, as a crash would. */
  kill(host: number): void;
  stop(): Promise<void>;
}

/** Something that moves a file from one host to others. */
export interface Tool {
  readonly name: string;
  missing(): string | undefined;
  /** Resolves when all that can be up before is up: the first host serves, nothing moves. */
  start(task: Task): Promise<Distribution>;
}
