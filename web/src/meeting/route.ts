// SPDX-License-Identifier: Apache-2.0
// Which way picture and sound take: straight to the meeting server, or over a relay (TURN). Read from WebRTC's
// statistics (W3C webrtc-stats: transport, candidate-pair, local-candidate). Pure, so that node can test it.

export interface Route {
  relayed: boolean;
  /** The first hop's: to the server, or to the relay. Null where the browser doesn't tell. */
  transport: 'udp' | 'tcp' | 'tls' | null;
  /** Round trip over the pair in use, in ms; null where the browser doesn't tell. */
  rtt: number | null;
}

type Entry = Record<string, unknown>;

/** The pair in use. Chrome and Safari name it in the transport; Firefox marks the pair itself. */
function pairInUse(entries: Map<string, Entry>): Entry | undefined {
  for (const entry of entries.values()) {
    if (entry.type !== 'transport') continue;
    const pair = entries.get(String(entry.selectedCandidatePairId));
    if (pair) return pair;
  }
  return [...entries.values()].find((entry) => entry.type === 'candidate-pair' && entry.selected === true);
}

const known = (word: unknown): Route['transport'] => (word === 'udp' || word === 'tcp' || word === 'tls' ? word : null);

/** The route of one connection; null while it has none, or the browser doesn't tell. */
function routeOf(entries: Map<string, Entry>): Route | null {
  const pair = pairInUse(entries);
  const local = pair && entries.get(String(pair.localCandidateId));
  if (!pair || !local || typeof local.candidateType !== 'string') return null;
  const relayed = local.candidateType === 'relay';
  const rtt = pair.currentRoundTripTime;
  return {
    relayed,
    transport: known(relayed ? local.relayProtocol : local.protocol),
    rtt: typeof rtt === 'number' ? Math.round(rtt * 1000) : null,
  };
}

/** The route of all connections of a call together: relayed when one of them is, since that one is felt. */
export function overall(reports: Iterable<Map<string, Entry>>): Route | null {
  const routes = [...reports].map(routeOf).filter((route) => route !== null);
  return routes.find((route) => route.relayed) ?? routes[0] ?? null;
}
