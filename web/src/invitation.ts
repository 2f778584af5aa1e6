// SPDX-License-Identifier: Apache-2.0
// An invitation into one room comes in the link's fragment, which browsers send to nobody. It leaves the address bar at
// once and is kept for this tab, through a sign-in, until its bearer is in.
import { linkTo } from './roomname';

const MARK = '#invitation=';
const KEY = 'bedrud.invitation.';
const taken = new Map<string, string>();

export const invitationLink = (room: string, token: string) => `${linkTo(room)}${MARK}${token}`;

/** The part of a pasted link that invites. */
export const markIn = (typed: string) => /#invitation=[\w-]+$/.exec(typed.trim())?.[0] ?? '';

/** The invitation that this tab holds for the room; "" without one. */
export function invitationTo(room: string): string {
  if (location.hash.startsWith(MARK)) {
    const token = location.hash.slice(MARK.length);
    history.replaceState(null, '', location.pathname + location.search);
    taken.set(room, token);
    try {
      sessionStorage.setItem(KEY + room, token);
    } catch {
      // storage refused: kept as long as the page
    }
  }
  try {
    return taken.get(room) ?? sessionStorage.getItem(KEY + room) ?? '';
  } catch {
    return taken.get(room) ?? '';
  }
}

/** It has served. */
export function forgetInvitation(room: string): void {
  taken.delete(room);
  try {
    sessionStorage.removeItem(KEY + room);
  } catch {
    // as above
  }
}
