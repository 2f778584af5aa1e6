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
  throw refusal(reply, value);
}

function refusal(reply: Response, value: unknown): ApiError {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const message = typeof fields.error === 'string' ? fields.error : '';
  const after = Number(reply.headers.get('Retry-After') ?? fields.retryAfter);
  return new ApiError(reply.ok ? 502 : reply.status, message,
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

/** What a room's dialogues need of it, wherever it comes from. */
export type RoomFacts = Pick<Room, 'id' | 'name'> & Partial<Pick<Room, 'isPublic' | 'maxParticipants' | 'mode'>> & { settings?: Partial<RoomSettings> };

/** Makes a request as whoever this is; `token` as in `api`. */
export type Ask = <T>(request: (token?: string) => Promise<T>) => Promise<T>;

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
  recordingsEnabled?: boolean;
}

/** What somebody is in one room; the server decides by it, this app only shows what it will allow. */
export type Role = 'owner' | 'moderator' | 'superadmin' | 'participant';

/** What join and guest-join say when the door opens. */
export interface Admission {
  id: string;
  name: string;
  token: string;
  livekitHost: string;
  adminId: string;
  role?: Role;
  isPublic?: boolean;
  maxParticipants?: number;
  mode?: string;
  settings?: Partial<RoomSettings>;
  /** Of the recording that runs, "" for none. */
  activeRecordingId?: string;
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

/** How one person stands in a room, as its moderators see it. */
export interface PersonStanding {
  identity: string;
  isModerator: boolean;
  isOnStage: boolean;
  isChatBlocked: boolean;
  isDeafened: boolean;
  /** May use the microphone, or the camera, although the room withholds it. */
  maySpeak: boolean;
  mayShow: boolean;
}

/** How the caller stands in a room; `people` for its moderators only. */
export interface Standing {
  role: Role;
  isOnStage: boolean;
  isChatBlocked: boolean;
  isDeafened: boolean;
  settings: RoomSettings;
  people?: PersonStanding[];
}

/** Somebody at the door. */
export interface Waiting {
  identity: string;
  name: string;
  askedAt: string;
}

/** What a knock is answered with; for `refused` in how many seconds one may ask again, if ever without being let in or invited. */
export interface Knocked {
  status: 'waiting' | 'admitted' | 'refused';
  retryAfter?: number;
}

export interface RoomInvitation {
  id: string;
  email: string;
  createdAt: string;
  expiresAt: string;
  usedAt?: string | null;
  /** Told once, when it is made. */
  token?: string;
}

/** Somebody who is kept out: banned, or removed a while ago. */
export interface Ban {
  identity: string;
  name: string;
  isBanned: boolean;
  /** Null for a ban: it stands until it is lifted. */
  until: string | null;
}

/** A change of a room: what is left out stays. */
export interface RoomChange {
  isPublic?: boolean;
  maxParticipants?: number;
  settings?: Partial<RoomSettings>;
}

export type RecordingState = 'pending' | 'starting' | 'active' | 'stopping' | 'processing' | 'completed' | 'failed' | 'deleting';

export interface Recording {
  id: string;
  roomId: string;
  roomName: string;
  /** Of Bedrud's own rows it is what their status says. */
  state: RecordingState;
  recordingType: string;
  durationMs: number;
  /** Bytes. */
  fileSize: number;
  /** A path of ours, where there is a file to be had. */
  fileUrl?: string;
  fileName: string;
  /** The server's words: why it failed, or ended otherwise than asked. */
  error?: string;
  createdAt: string;
}

/** How it shall be recorded; what is left out is as the server is set up. */
export interface RecordingWish {
  audioOnly?: boolean;
  layout?: 'grid' | 'speaker' | 'single-speaker';
}

export interface Recordings {
  recordings: Recording[];
  total: number;
}

const room = (name: string) => ({ roomName: name });
const at = (id: string, ...path: string[]) => ['/room', ...[id, ...path].map(encodeURIComponent)].join('/');
/** The same of recordings, whose routes begin otherwise. */
const recorded = (id: string, ...path: string[]) => at(id, ...path).replace('/room/', '/rooms/');
/** The body's part for who was invited. */
const invited = (invitation: string) => (invitation ? { invitation } : {});

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
  join: (name: string, invitation = '') =>
    call<Admission | Archived>('POST', '/room/join', { body: { ...room(name), ...invited(invitation) } }),
  check: (name: string) => call('GET', `/room/check/${encodeURIComponent(name)}`, { token: null }),
  guestJoin: (name: string, guestName: string, invitation = '') =>
    call<Admission>('POST', '/room/guest-join', { body: { ...room(name), guestName, ...invited(invitation) }, token: null }),
  /** Asks to be let in, or whether one was; `guestName` is null for who is signed in. */
  knock: (name: string, guestName: string | null) => (guestName === null
    ? call<Knocked>('POST', '/room/knock', { body: room(name) })
    : call<Knocked>('POST', '/room/knock', { body: { ...room(name), guestName }, token: null })),
  /** `token` is a guest's own access token; without it the session's is used. */
  refreshToken: (name: string, token?: string) =>
    call<{ token: string }>('POST', '/room/refresh-token', { body: room(name), token }),

  // In a room, by its id. `token` as above.
  standing: (id: string, token?: string) => call<Standing>('GET', at(id, 'standing'), { token }),
  /** `path` is what is done and to whom, e.g. ['chat', identity, 'block']. */
  moderate: (id: string, path: string[], token?: string) => call('POST', at(id, ...path), { token }),
  knocks: async (id: string, token?: string) => (await call<{ knocks: Waiting[] }>('GET', at(id, 'knocks'), { token })).knocks,
  changeRoom: (id: string, body: RoomChange, token?: string) => call<Room>('PUT', at(id, 'settings'), { body, token }),
  bans: async (id: string, token?: string) => (await call<{ bans: Ban[] }>('GET', at(id, 'bans'), { token })).bans,
  invitations: async (id: string, token?: string) =>
    (await call<{ invitations: RoomInvitation[] }>('GET', at(id, 'invitations'), { token })).invitations,
  invite: (id: string, body: { email?: string }, token?: string) =>
    call<RoomInvitation>('POST', at(id, 'invitations'), { body, token }),
  revoke: (id: string, invitation: string, token?: string) => call('DELETE', at(id, 'invitations', invitation), { token }),

  recordings: (id: string, limit: number, token?: string, page = 1) =>
    call<Recordings>('GET', `${recorded(id, 'recordings')}?limit=${limit}&page=${page}`, { token }),
  recording: (id: string, recording: string, token?: string) => call<Recording>('GET', recorded(id, 'recordings', recording), { token }),
  /**
   * Throws why a recording's file can't be had, which the browser, when it fetches the file by itself, would show as the
   * server says it. It has the cookie alone for that: one that has run out is renewed by the first request.
   */
  async recordingFile({ id, roomId, fileUrl = '' }: Recording): Promise<void> {
    await api.recording(roomId, id);
    const reply = await fetch(fileUrl, { headers: { Range: 'bytes=0-0' }, redirect: 'manual', credentials: 'same-origin', cache: 'no-store' })
      .catch(() => { throw new ApiError(0, '', 0, {}); });
    if (!reply.ok && reply.type !== 'opaqueredirect') throw refusal(reply, await reply.json().catch(() => undefined));
  },
  startRecording: (id: string, body: RecordingWish, token?: string) =>
    call<{ id: string }>('POST', recorded(id, 'recording', 'start'), { body, token }),
  stopRecording: (id: string, token?: string) => call('POST', recorded(id, 'recording', 'stop'), { token }),
  deleteRecording: (id: string, recording: string) => call('DELETE', recorded(id, 'recordings', recording)),
  /** All of a room, but those that run. */
  deleteAllRecordings: (id: string) => call('DELETE', recorded(id, 'recordings')),
  /** Of all rooms; for superadmins. */
  allRecordings: (page: number, perPage: number) => call<Recordings>('GET', `/admin/recordings?page=${page}&perPage=${perPage}`),
  deleteRecordings: async (ids: string[]) =>
    (await call<{ results: Record<string, { success: boolean; error?: string }> }>('POST', '/admin/recordings/bulk/delete', { body: { ids } })).results,
};
