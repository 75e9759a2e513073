import { setFlagsFromString } from 'node:v8';

/**
 * Imported before everything else in the engine's process. V8 compiles code that ran for a while to optimised code, again
 * and again as it learns; in a swarm of 16 that took 17 % of all CPU, and downloads ended before it paid. So: plain machine
 * code at once (Sparkplug), optimised code only for what is hot for long, such as a digest in JavaScript (docs/adr/0015).
 * A V8 that does not know a flag says so on stderr and goes on.
 */
setFlagsFromString('--always-sparkplug');
setFlagsFromString('--interrupt-budget=1000000');
