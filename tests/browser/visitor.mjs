// SPDX-License-Identifier: Apache-2.0
// One guest in a meeting, for tests/network: reads {"room", "name"} from standard input, tells four times a second what
// arrived and by which way, and leaves when standard input ends. The server's certificate is checked as for anybody.
import { createInterface } from 'node:readline';
import { enter, go, openBrowser, person, picture } from './house.mjs';

const input = createInterface({ input: process.stdin });
const { room, name } = JSON.parse((await input[Symbol.asyncIterator]().next()).value);
let left = false;
input.on('close', () => { left = true; });

/** What arrived at all of the page's connections, and the pair in use of each. */
const state = () => (async () => {
  const seen = { frames: 0, sound: 0, pairs: [] };
  const end = (c) => ({ type: c.candidateType, protocol: c.protocol, relay: c.relayProtocol ?? '', address: c.address,
    port: c.port, url: c.url ?? '' });
  for (const connection of window.testConnections) {
    const stats = await connection.getStats();
    for (const entry of stats.values()) {
      if (entry.type === 'inbound-rtp' && entry.kind === 'video') seen.frames += entry.framesDecoded ?? 0;
      if (entry.type === 'inbound-rtp' && entry.kind === 'audio') seen.sound += entry.bytesReceived;
      if (entry.type === 'transport' && stats.has(entry.selectedCandidatePairId)) {
        const pair = stats.get(entry.selectedCandidatePairId);
        seen.pairs.push({ local: end(stats.get(pair.localCandidateId)), remote: end(stats.get(pair.remoteCandidateId)) });
      }
    }
  }
  const told = document.querySelector('[data-testid=route]')?.dataset; // what the page itself says of it
  seen.route = told ? `${told.route} ${told.transport}` : '';
  return seen;
})();

const browser = await openBrowser();
try {
  const { page } = await person(browser, { ignoreHTTPSErrors: false });
  await go(page, `/m/${room}`);
  await enter(page, name);
  for (let told = false; !left; await new Promise((done) => { setTimeout(done, 250); })) {
    const now = await page.evaluate(state);
    console.log(JSON.stringify(now));
    if (!told && now.frames > 20) {
      told = true;
      await picture(page, `network-${name}`);
    }
  }
} finally {
  await browser.close();
}
