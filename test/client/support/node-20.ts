/**
 * Lets @kubernetes/client-node be loaded on Node 20: the HTTP library beneath it needs three
 * functions that came with Node 22. Only the last does anything that these tests depend on.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const zlib = require('node:zlib') as Record<string, unknown>;
zlib.createZstdDecompress ??= () => {
  throw new Error('this Node cannot decode zstd');
};
const threads = require('node:worker_threads') as Record<string, unknown>;
threads.markAsUncloneable ??= () => {};

const promises = Promise as unknown as { withResolvers?: () => object };
promises.withResolvers ??= () => {
  let resolve: (value: unknown) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
};
