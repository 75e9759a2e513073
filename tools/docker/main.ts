/** Writes the broker's users for docker-compose.yml, with the passwords of the SHOAL_..._PASSWORD variables. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../run/project.js';
import { dockerDefinitions } from './broker-users.js';

const file = join(PROJECT_ROOT, 'docker', 'rabbitmq', 'definitions.json');
const definitions = dockerDefinitions(process.env, () => randomBytes(4));
writeFileSync(file, `${JSON.stringify(definitions, null, 2)}\n`);
process.stdout.write(`${file} written.\n`);
