// SPDX-License-Identifier: Apache-2.0
// Chat as data packets between clients: JSON of type "chat" on one of three topics.

export interface Line {
  id: string;
  /** Identity of the sender. */
  from: string;
  name: string;
  text: string;
  /** When we heard it, in ms since 1970: clocks of others are not to be trusted. */
  at: number;
}

export const chatTopics: ReadonlySet<string> = new Set(['chat', 'lk.chat', 'lk-chat-topic']);

/** Characters in one message: well below the 60,000 bytes that one packet may have. */
export const MAX_CHARS = 4000;

/** A message out of a packet of whatever client; null when it isn't one. */
export function readPacket(payload: Uint8Array): Pick<Line, 'id' | 'text' | 'at'> | null {
  let packet: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof value !== 'object' || value === null) return null;
    packet = value as Record<string, unknown>;
  } catch {
    return null;
  }
  if (packet.type !== undefined && packet.type !== 'chat') return null;
  const text = [packet.message, packet.text, packet.content].find((part) => typeof part === 'string');
  if (typeof text !== 'string' || text.trim() === '') return null;
  const id = typeof packet.id === 'string' && packet.id ? packet.id : crypto.getRandomValues(new Uint32Array(2)).join();
  return { id, text: text.slice(0, 20_000), at: Date.now() };
}

export function writePacket(text: string, senderName: string): { id: string; at: number; payload: Uint8Array<ArrayBuffer> } {
  const at = Date.now();
  const id = `${at.toString(36)}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
  const packet = { type: 'chat', id, message: text, timestamp: at, senderName };
  return { id, at, payload: new TextEncoder().encode(JSON.stringify(packet)) };
}

/** A text as pieces, its web addresses apart, so that they can be shown as links. */
export function pieces(text: string): { text: string; link: boolean }[] {
  const out: { text: string; link: boolean }[] = [];
  for (const [i, part] of text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/).entries()) {
    if (part) out.push({ text: part, link: i % 2 === 1 });
  }
  return out;
}
