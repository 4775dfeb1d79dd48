// Trains one small model: a line through noisy points, by gradient descent, with the learning rate
// that belongs to this pod's index. The result is a file on the shared volume.
const { mkdirSync, renameSync, writeFileSync } = require('node:fs');

const index = Number(process.env.JOB_COMPLETION_INDEX ?? 0);
const steps = Number(process.env.STEPS ?? 400);
const directory = process.env.RESULTS ?? '/results';
const rate = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5][index % 6];

// The same points for everyone: y = 3x + 2 with a little noise from a fixed sequence.
let seed = 42;
const noise = () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648 - 0.5;
};
const points = Array.from({ length: 200 }, (_, i) => [i / 100, 3 * (i / 100) + 2 + noise() / 5]);

let slope = 0;
let offset = 0;
const loss = () =>
  points.reduce((sum, [x, y]) => sum + (slope * x + offset - y) ** 2, 0) / points.length;

for (let step = 1; step <= steps; step++) {
  let slopeGradient = 0;
  let offsetGradient = 0;
  for (const [x, y] of points) {
    const error = slope * x + offset - y;
    slopeGradient += (2 * error * x) / points.length;
    offsetGradient += (2 * error) / points.length;
  }
  slope -= rate * slopeGradient;
  offset -= rate * offsetGradient;
  if (step % 100 === 0) console.log(`rate ${rate}, step ${step}: loss ${loss().toFixed(5)}`);
}

const result = { index, rate, steps, slope, offset, loss: loss() };
mkdirSync(directory, { recursive: true });
writeFileSync(`${directory}/.${index}.json`, `${JSON.stringify(result)}\n`);
renameSync(`${directory}/.${index}.json`, `${directory}/${index}.json`);
console.log(`model ${index}: y = ${slope.toFixed(3)}x + ${offset.toFixed(3)}`);
