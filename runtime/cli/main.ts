/** The whole program: the `skiff` command, and the cluster that `skiff up --foreground` is. */
import { runCluster } from '../cluster/run.ts';
import { runCommand } from './command.ts';

runCommand(runCluster);
