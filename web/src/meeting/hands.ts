// SPDX-License-Identifier: Apache-2.0
// Raised hands. Bedrud's other clients have none, so this is ours: the participant attribute `bedrud.hand` holds when
// the hand went up, in ms since 1970 by its owner's clock; empty or absent is a lowered hand. An attribute rather than
// a message, so that whoever joins later sees it, too. LiveKit lets a participant set its own attributes only.
import type { Participant } from 'livekit-client';

export const HAND = 'bedrud.hand';

/** When this participant's hand went up, in ms since 1970; 0 when it is down. */
export function raisedAt(participant: Participant): number {
  const at = Number(participant.attributes[HAND]);
  return Number.isFinite(at) && at > 0 ? at : 0;
}

/** Those whose hand is up, the longest waiting first; names break a tie, so that all see the same order. */
export function inLine(people: readonly Participant[]): Participant[] {
  return people.filter((one) => raisedAt(one) > 0)
    .sort((a, b) => raisedAt(a) - raisedAt(b) || (a.identity < b.identity ? -1 : 1));
}
