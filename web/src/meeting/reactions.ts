// SPDX-License-Identifier: Apache-2.0
// Reactions: an emoji that floats up for everyone. A data packet on the topic `reaction`, JSON
// {"type":"reaction","emoji":"…"}. (Packets of that type on the topic `chat` are about one message, and not these.)
// Only the emojis below are drawn, so nobody can float a text; who sends more than the limit is not shown.
import type { Key } from '../i18n';

export const TOPIC = 'reaction';

export const emojis = {
  '👍': 'reaction.thumbsUp', '❤️': 'reaction.heart', '😂': 'reaction.laugh',
  '👏': 'reaction.clap', '😮': 'reaction.surprise', '🎉': 'reaction.party',
} as const satisfies Record<string, Key>;
export type Emoji = keyof typeof emojis;

/** How long one floats, in ms; how many float at once; how many one person may send within that time. */
export const FLOAT_MS = 4000;
const MOST = 24;
const EACH = 5;

export interface Floating {
  id: number;
  emoji: Emoji;
  /** Identity and name of who sent it; the name is "" for oneself. */
  from: string;
  name: string;
  /** Where it rises, 0 to 1 from left to right. */
  at: number;
}

export function readReaction(payload: Uint8Array): Emoji | null {
  try {
    const packet = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown> | null;
    const emoji = packet?.type === 'reaction' ? packet.emoji : undefined;
    return typeof emoji === 'string' && Object.hasOwn(emojis, emoji) ? emoji as Emoji : null;
  } catch {
    return null;
  }
}

export const writeReaction = (emoji: Emoji) => new TextEncoder().encode(JSON.stringify({ type: 'reaction', emoji }));

/** What floats now. A store of its own, so that a reaction draws nothing but itself. */
export class Reactions {
  private all: readonly Floating[] = [];
  private count = 0;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): readonly Floating[] => this.all;

  /** Lets one rise. False when this person, or all together, have sent too many just now. */
  add(emoji: Emoji, from: string, name: string): boolean {
    if (this.all.length >= MOST || this.all.filter((one) => one.from === from).length >= EACH) return false;
    const id = ++this.count;
    this.change([...this.all, { id, emoji, from, name, at: Math.random() }]);
    setTimeout(() => this.change(this.all.filter((one) => one.id !== id)), FLOAT_MS);
    return true;
  }

  private change(all: readonly Floating[]): void {
    this.all = all;
    this.listeners.forEach((listener) => listener());
  }
}
