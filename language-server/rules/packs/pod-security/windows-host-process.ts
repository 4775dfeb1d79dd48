import { podExample } from '../examples.ts';
import { checkRule } from './check-rule.ts';

export const windowsHostProcess = checkRule({
  id: 'windows-host-process',
  packs: ['pod-security-baseline', 'pod-security-restricted'],
  level: 'baseline',
  checkId: 'windowsHostProcess',
  title: 'Containers on Windows are no host processes',
  why: 'A HostProcess container runs on the Windows node itself, with its users and files.',
  howToFix: 'Remove `windowsOptions.hostProcess`.',
  bad: podExample(
    'image: registry.example.com/web:1.4.2',
    `hostNetwork: true
securityContext:
  windowsOptions:
    hostProcess: true`,
  ),
  good: podExample('image: registry.example.com/web:1.4.2'),
  fields: {
    pod: ['securityContext', 'windowsOptions', 'hostProcess'],
    container: ['securityContext', 'windowsOptions', 'hostProcess'],
  },
});
