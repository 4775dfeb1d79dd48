import { at } from '../../../references/fields.ts';
import { isRecord } from '../../../routing/manifest-file.ts';
import type { PackRule } from '../pack-rule.ts';
import { isSecretSetting } from '../secret-name.ts';

export const secretInConfigMap: PackRule = {
  id: 'secret-in-config-map',
  packs: ['best-practice'],
  severity: 'warning',
  title: 'Passwords and keys are not kept in ConfigMaps',
  why: 'ConfigMaps are for what anybody may know: permissions to read them are given freely, they are not encrypted at rest, and tools print them.',
  howToFix: 'Move the key to a Secret.',
  bad: `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  database-password: correct-horse
`,
  good: `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  database-host: db.example.com
`,
  sources: ['https://kubernetes.io/docs/concepts/configuration/configmap/'],
  check({ kind, value }) {
    const data = kind === 'ConfigMap' ? at(value, ['data']) : undefined;
    if (!isRecord(data)) return [];
    return Object.entries(data)
      .filter(([name, text]) => isSecretSetting(name, text))
      .map(([name]) => ({
        path: ['data', name],
        message: `"${name}" belongs in a Secret: ConfigMaps are for all to read`,
      }));
  },
};
