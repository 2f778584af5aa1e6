// SPDX-License-Identifier: Apache-2.0
// Who is signed in on this device. The access token lives here and in localStorage; the refresh token only in
// a cookie that no script can read.
import { useSyncExternalStore } from 'react';

export interface Session {
  token: string;
  userId: string;
  name: string;
  isSuperadmin: boolean;
  /** Unix seconds. */
  expires: number;
}

const KEY = 'bedrud.access';
const listeners = new Set<() => void>();

/** What an access token says of its bearer. Read, not verified: the server decides, this only fills the page. */
export function decode(token: string): Session | null {
  try {
    const part = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof claims.userId !== 'string') return null;
    return {
      token,
      userId: claims.userId,
      name: typeof claims.name === 'string' ? claims.name : '',
      isSuperadmin: Array.isArray(claims.accesses) && claims.accesses.includes('superadmin'),
      expires: typeof claims.exp === 'number' ? claims.exp : 0,
    };
  } catch {
    return null;
  }
}

function stored(): Session | null {
  try {
    return decode(localStorage.getItem(KEY) ?? '');
  } catch {
    return null; // storage refused by the browser: the session lasts as long as the page
  }
}

let current: Session | null = stored();

export function session(): Session | null {
  return current;
}

export function setToken(token: string | null): void {
  current = token === null ? null : decode(token);
  try {
    if (current) localStorage.setItem(KEY, current.token);
    else localStorage.removeItem(KEY);
  } catch {
    // as above
  }
  listeners.forEach((listener) => listener());
}

/** Takes over what another tab did, e.g. a refresh or a sign-out. */
export function reread(): Session | null {
  const there = stored();
  if (there?.token !== current?.token) {
    current = there;
    listeners.forEach((listener) => listener());
  }
  return current;
}

window.addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) reread();
});

export function useSession(): Session | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, session);
}
