// SPDX-License-Identifier: Apache-2.0
// Room names: the rule the server applies, so that a person hears of a mistake at once.
import type { Key } from './i18n';

/** What a person typed or pasted, as a room name: a meeting's whole link is fine too. */
export function normalise(typed: string): string {
  let name = typed.trim();
  const link = /\/m\/([^/?#\s]+)/.exec(name);
  if (link?.[1]) {
    try {
      name = decodeURIComponent(link[1]);
    } catch {
      name = link[1];
    }
  }
  return name.trim().toLowerCase().replace(/\s+/g, '-');
}

/** The reason why no room can have this name, or null. */
export function fault(name: string): Key | null {
  if (name.length < 3) return 'name.short';
  if (name.length > 63) return 'name.long';
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? null : 'name.form';
}

function letters(n: number): string {
  let out = '';
  while (out.length < n) {
    // 234 = 9 × 26: a byte beyond it would favour some letters.
    for (const byte of crypto.getRandomValues(new Uint8Array(n * 2))) {
      if (byte < 234 && out.length < n) out += String.fromCharCode(97 + (byte % 26));
    }
  }
  return out;
}

/** A name nobody guesses, in the form that the server makes them. */
export function generate(): string {
  return `${letters(3)}-${letters(4)}-${letters(3)}`;
}

export function linkTo(name: string): string {
  return `${location.origin}/m/${name}`;
}
