import { codec } from '../benches/codec/codec.js';
import { control } from '../benches/control/control.js';
import { flow } from '../benches/flow/flow.js';
import { picker } from '../benches/picker/picker.js';
import { shaped } from '../benches/shaped/shaped.js';
import { small } from '../benches/small/small.js';
import { swarm } from '../benches/swarm/swarm.js';
import { trigger } from '../benches/trigger/trigger.js';
import type { Bench } from './port.js';

/** Every bench, in the order in which they are shown and run. */
export const BENCHES: readonly Bench[] = [flow, swarm, shaped, small, control, trigger, codec, picker];
