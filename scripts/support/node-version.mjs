// Imported before anything else by every script that people start (through run.mjs): an old Node would
// fail over the first thing that it does not know, in words of its own.
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const least = engines.node.replace('>=', '');
const [major, minor] = process.versions.node.split('.').map(Number);
const [leastMajor, leastMinor] = least.split('.').map(Number);
if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  console.error(
    `Skiff needs Node ${least} or later, and this is ${process.versions.node} (${process.execPath}): get one from https://nodejs.org`,
  );
  process.exit(1);
}
