/** The `skiff` command alone, for all that needs no cluster in its own process. */
import { runCommand } from './command.ts';

runCommand();
