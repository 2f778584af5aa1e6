// SPDX-License-Identifier: Apache-2.0
// A clock for what must go on while the page isn't seen: after five minutes browsers let a hidden page's timers run only
// once a minute, a worker's as before.
import ticker from './tick.worker.js';

/** Calls `act` each `ms`, until the returned function is called. */
export function steadily(ms: number, act: () => void): () => void {
  try {
    const worker = new Worker(ticker);
    worker.onmessage = act;
    worker.postMessage(ms);
    return () => worker.terminate();
  } catch {
    const timer = setInterval(act, ms); // no workers here
    return () => clearInterval(timer);
  }
}
