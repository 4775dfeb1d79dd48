// Compares the models that have been trained so far.
const { existsSync, readdirSync, readFileSync } = require('node:fs');

const directory = process.env.RESULTS ?? '/results';
const names = existsSync(directory) ? readdirSync(directory) : [];
const results = names
  .filter((name) => /^\d+\.json$/.test(name))
  .map((name) => JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')))
  .filter(({ loss }) => Number.isFinite(loss))
  .sort((a, b) => a.loss - b.loss);

console.log(`${results.length} models`);
for (const { index, rate, loss } of results) console.log(`${index}: rate ${rate}, loss ${loss}`);
