import { runAnchorProcess } from '#anchor';
import { ConnectionModule } from './connection.module.js';

await runAnchorProcess('connection', (config, log) => ConnectionModule.with(config, log));
