/** The smallest thing that can be deployed: it says one line and ends when it is told to. */
import { baseImage } from './scenario.ts';

/** Ends with code 3 once /tmp/end is there. */
export const program = `
  console.log('run of ' + process.env.HOSTNAME);
  process.on('SIGTERM', () => process.exit(0));
  setInterval(() => {
    if (require('node:fs').existsSync('/tmp/end')) process.exit(3);
  }, 200);
`;

/** A Deployment of one pod, with the program in its command. */
export const tiny = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: tiny
spec:
  replicas: 1
  selector:
    matchLabels: { app: tiny }
  template:
    metadata:
      labels: { app: tiny }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: ${baseImage}
          command: [node, -e, ${JSON.stringify(program)}]
`;
