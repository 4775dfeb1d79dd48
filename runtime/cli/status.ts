import { Command } from 'commander';
import { defaultName } from '../cluster/clusters.ts';
import { type ClusterStatus, clusterStatus } from '../cluster/lifecycle.ts';
import { oneOf, type Program } from './program.ts';

interface Options {
  readonly name: string;
  readonly data?: string;
  readonly output: 'text' | 'json';
}

/** `skiff status`: what a cluster is doing, for people or (`-o json`) for programs. */
export function statusCommand(program: Program): Command {
  return new Command('status')
    .description('tell what a cluster is doing')
    .option('--name <name>', 'of the cluster', defaultName)
    .option('--data <directory>', 'of the cluster, if it is not known by name')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action(async ({ name, data, output }: Options) => {
      const status = await clusterStatus(name, program.surroundings, data);
      console.log(output === 'json' ? JSON.stringify(status) : textOf(status));
    });
}

function textOf(status: ClusterStatus): string {
  const lines = [`cluster "${status.name}" is ${status.state}`];
  const add = (label: string, value: string | number | undefined) => {
    if (value !== undefined) lines.push(`  ${label.padEnd(11)}${value}`);
  };
  add(status.state === 'running' ? 'problem' : 'why', status.message);
  add('server', status.server);
  add('process', status.pid);
  const { engine } = status;
  add(
    'engine',
    engine?.simulated
      ? 'simulated: no container runs'
      : [engine?.name, engine?.version].filter(Boolean).join(' ') || undefined,
  );
  for (const node of status.nodes) {
    add('node', `${node.name} ${node.address} ${node.ready ? 'Ready' : 'NotReady'}`);
  }
  add('kubeconfig', status.kubeconfig);
  add(
    'memory',
    status.rssBytes === undefined ? undefined : `${Math.round(status.rssBytes / 1e6)} MB`,
  );
  return lines.join('\n');
}
