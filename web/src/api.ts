// SPDX-License-Identifier: Apache-2.0
// The control plane's HTTP API, as far as this app calls it.
import { reread, session, setToken } from './session';

export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    message: string,
    /** Seconds until another try makes sense, for 429. */
    readonly retryAfter: number,
    readonly body: Record<string, unknown>,
  ) {
    super(message);
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Options {
  body?: unknown;
  /** A token other than the session's; null sends none. */
  token?: string | null;
}

async function once<T>(method: Method, path: string, body: unknown, token: string | null): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let reply: Response;
  try {
    reply = await fetch(`/api${path}`, {
      method, headers, credentials: 'same-origin', cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, '', 0, {});
  }
  const text = await reply.text().catch(() => '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (reply.ok && value !== undefined) return value as T;
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const message = typeof fields.error === 'string' ? fields.error : '';
  const after = Number(reply.headers.get('Retry-After') ?? fields.retryAfter);
  throw new ApiError(reply.ok ? 502 : reply.status, message,
    Number.isFinite(after) && after > 0 ? Math.ceil(after) : 0, fields);
}

let refreshing: Promise<boolean> | null = null;

async function refreshOnce(used: string): Promise<boolean> {
  const other = reread();
  if (other && other.token !== used) return true; // another tab was faster
  try {
    const got = await once<{ access_token: string }>('POST', '/auth/refresh', undefined, null);
    setToken(got.access_token);
    return true;
  } catch (err) {
    if (err instanceof ApiError && err.status === 409) {
      // Another tab won the rotation: the cookie is new, ask once more.
      const again = await once<{ access_token: string }>('POST', '/auth/refresh', undefined, null)
        .catch(() => null);
      if (again) {
        setToken(again.access_token);
        return true;
      }
    }
    if (err instanceof ApiError && (err.status === 0 || err.status === 429 || err.status >= 500)) throw err;
    setToken(null);
    return false;
  }
}

/** One refresh for all who wait for it, in all tabs where the browser has locks. */
function refresh(used: string): Promise<boolean> {
  refreshing ??= (navigator.locks
    ? navigator.locks.request('bedrud.refresh', () => refreshOnce(used)).then(Boolean)
    : refreshOnce(used)
  ).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Calls the API with the session's token; on 401 refreshes it and tries once more. */
export async function call<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  if (options.token !== undefined) return once<T>(method, path, options.body, options.token);
  let mine = session();
  // A token known to have run out isn't worth a round trip, nor a line in the server's log.
  if (mine && mine.expires <= Date.now() / 1000 + 5) {
    await refresh(mine.token);
    mine = session();
  }
  const token = mine?.token ?? null;
  try {
    return await once<T>(method, path, options.body, token);
  } catch (err) {
    if (!(err instanceof ApiError) || err.status !== 401 || token === null) throw err;
    if (!(await refresh(token))) throw err;
    return once<T>(method, path, options.body, session()?.token ?? null);
  }
}

export interface RoomSettings {
  allowChat: boolean;
  allowVideo: boolean;
  allowAudio: boolean;
  requireApproval: boolean;
  e2ee: boolean;
  isPersistent: boolean;
  recordingsAllowed: boolean;
}

export interface Room {
  id: string;
  name: string;
  createdBy: string;
  isActive: boolean;
  isPublic: boolean;
  maxParticipants: number;
  createdAt: string;
  settings: RoomSettings;
  mode: string;
}

export interface NewRoom {
  name: string;
  isPublic: boolean;
  maxParticipants: number;
  mode: string;
  settings: Partial<RoomSettings>;
}

interface LoginResult {
  tokens: { accessToken: string };
}

interface Unverified {
  requiresVerification: true;
  email: string;
}

export interface PublicSettings {
  serverName?: string;
  registrationEnabled: boolean;
  tokenRegistrationOnly: boolean;
  guestLoginEnabled: boolean;
}

/** What join and guest-join say when the door opens. */
export interface Admission {
  id: string;
  name: string;
  token: string;
  livekitHost: string;
  adminId: string;
  settings?: Partial<RoomSettings>;
  /** guest-join only: lets the guest ask for a fresh join token. */
  accessToken?: string;
}

/** The caller's own room, which has ended and may be opened again. */
export interface Archived {
  status: 'archived_owned';
  name: string;
  mode: string;
  settings: RoomSettings;
  isPublic?: boolean;
  maxParticipants?: number;
}

const room = (name: string) => ({ roomName: name });

export const api = {
  settings: () => call<PublicSettings>('GET', '/auth/settings', { token: null }),

  async login(email: string, password: string): Promise<void> {
    const got = await call<LoginResult>('POST', '/auth/login', { body: { email, password }, token: null });
    setToken(got.tokens.accessToken);
  },

  /** True once signed in, false when the address must be confirmed first. */
  async register(name: string, email: string, password: string, inviteToken: string): Promise<boolean> {
    const body = inviteToken ? { name, email, password, inviteToken } : { name, email, password };
    const got = await call<LoginResult | Unverified>('POST', '/auth/register', { body, token: null });
    if (!('tokens' in got)) return false;
    setToken(got.tokens.accessToken);
    return true;
  },

  /** Signs this device out, even when the server can't be told. */
  async logout(): Promise<void> {
    if (session()) await call('POST', '/auth/logout').catch(() => undefined);
    setToken(null);
  },

  rooms: () => call<Room[]>('GET', '/room/list'),
  createRoom: (body: NewRoom) => call<Room>('POST', '/room/create', { body }),
  deleteRoom: (id: string) => call('DELETE', `/room/${encodeURIComponent(id)}`),
  join: (name: string) => call<Admission | Archived>('POST', '/room/join', { body: room(name) }),
  check: (name: string) => call('GET', `/room/check/${encodeURIComponent(name)}`, { token: null }),
  guestJoin: (name: string, guestName: string) =>
    call<Admission>('POST', '/room/guest-join', { body: { ...room(name), guestName }, token: null }),
  /** `token` is a guest's own access token; without it the session's is used. */
  refreshToken: (name: string, token?: string) =>
    call<{ token: string }>('POST', '/room/refresh-token', { body: room(name), token }),
};
