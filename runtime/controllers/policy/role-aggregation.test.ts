import { afterEach, beforeEach, it } from 'vitest';
import type { ClusterRole } from '../../api/types.ts';
import { at, clusterRoles } from '../../client/resources.ts';
import { type Bench, createBench } from '../testing/bench.ts';
import { runClusterRoleAggregation } from './role-aggregation.ts';

const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
const label = 'rbac.example.com/aggregate-to-monitoring';

function role(name: string, rules: object[], labels: object = {}): object {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return { apiVersion, kind: 'ClusterRole', metadata: { name, labels }, rules };
}

let bench: Bench;
beforeEach(() => {
  bench = createBench();
  runClusterRoleAggregation(bench.context);
});
afterEach(() => bench.stop());

async function rulesAre(...resources: string[]): Promise<void> {
  const wanted = JSON.stringify(resources.map(rule));
  const now = () => bench.fake.all<ClusterRole>(clusterRoles);
  await bench.until(() =>
    now().some(
      ({ metadata, rules }) => metadata.name === 'all' && JSON.stringify(rules) === wanted,
    ),
  );
}

it('gathers the rules of all roles with the labels, as they come, change and go', async () => {
  await bench.create({
    ...role('all', [rule('by-hand')]),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] },
  });
  await rulesAre();
  await bench.create(role('b', [rule('services')], { [label]: 'true' }));
  await bench.create(role('a', [rule('pods'), rule('services')], { [label]: 'true' }));
  await bench.create(role('other', [rule('secrets')]));
  await rulesAre('pods', 'services');
  await bench.fake.patch(at(clusterRoles, 'a'), 'merge', { rules: [rule('nodes')] });
  await rulesAre('nodes', 'services');
  await bench.fake.delete(at(clusterRoles, 'b'));
  await rulesAre('nodes');
});
