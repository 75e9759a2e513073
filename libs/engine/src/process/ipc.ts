import type { ErrorDocument } from '#core';
import type { EngineControl, EngineEvent, EngineReady, EngineSettings } from '../control.js';

/** Commands that travel to the engine process, by the name of their method. */
export const ENGINE_METHODS = [
  'setIncarnation',
  'digest',
  'serve',
  'shareChunks',
  'download',
  'addSources',
  'cancelDownload',
  'forget',
  'holdings',
  'placesIn',
  'discardPlace',
  'progress',
  'traffic',
  'setLimits',
  'setNeighbours',
  'manifestFromNeighbours',
  'stop',
] as const satisfies readonly (keyof EngineControl)[];
export type EngineMethod = (typeof ENGINE_METHODS)[number];

/** From the control plane to the engine. `start` comes first and once. */
export type ToEngine =
  | { readonly kind: 'start'; readonly settings: EngineSettings }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly method: EngineMethod;
      readonly args: readonly unknown[];
    };

/** From the engine to the control plane. */
export type FromEngine =
  | { readonly kind: 'ready'; readonly ready: EngineReady }
  | { readonly kind: 'failed'; readonly error: ErrorDocument }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorDocument }
  | { readonly kind: 'events'; readonly events: readonly EngineEvent[] };
