/** What is asked of both servers, in order; later requests build on what earlier ones made. */

import type { Ask } from './requests/ask.ts';
import { changeRequests } from './requests/changes.ts';
import { groupRequests } from './requests/groups.ts';
import { namespacedRequests } from './requests/namespaced.ts';
import { podRequests } from './requests/pods.ts';
import { readingRequests } from './requests/reading.ts';
import { refusedRequests } from './requests/refused.ts';
import { wireRequests } from './requests/wire.ts';
import { workloadRequests } from './requests/workloads.ts';

export const requests: readonly Ask[] = [
  ...readingRequests,
  ...changeRequests,
  ...podRequests,
  ...workloadRequests,
  ...namespacedRequests,
  ...groupRequests,
  ...refusedRequests,
  ...wireRequests,
];
