// SPDX-License-Identifier: Apache-2.0
// One stay in a meeting: connecting, keeping the connection, and knowing why it ended.
//
// LiveKit's client heals short breaks by itself. What it gives up on is rejoined here with a fresh token from the
// control plane, which is also where a ban or the room's end is found out. Between tries the wait grows.
import {
  ConnectionError, ConnectionErrorReason, ConnectionState, DisconnectReason, Room, RoomEvent, Track, type RemoteParticipant,
} from 'livekit-client';
import { ApiError, type Admission } from '../api';
import type { Choices } from '../devices';
import { gateOf, type Gate, type GateKind } from '../pages/gates';
import { chatTopics, readPacket, writePacket, type Line } from './chat';

export type CallState = 'connecting' | 'connected' | 'reconnecting' | 'rejoining';

/** What the page shows of a call, replaced as a whole on each change. */
export interface CallView {
  state: CallState;
  lines: readonly Line[];
  deafened: boolean;
  /** What the person wants on; a rejoin brings it back. */
  wantsMicrophone: boolean;
  wantsCamera: boolean;
}

export type Notice =
  | { kind: 'joined' | 'left'; name: string }
  | { kind: 'reconnected' | 'askUnmute' | 'askCamera' | 'deafened' | 'undeafened' }
  | { kind: 'cameraFailed' | 'microphoneFailed' | 'screenFailed'; why: string };

interface Hooks {
  renew: (admission: Admission) => Promise<Admission>;
  onEnd: (gate: Gate) => void;
  onNotice: (notice: Notice) => void;
}

/** Tries to get in at first, and for how long a lost meeting is looked for. */
const FIRST_TRIES = 3;
const REJOIN_MS = 180_000;
const MAX_LINES = 500;

const gone: Partial<Record<DisconnectReason, GateKind>> = {
  [DisconnectReason.CLIENT_INITIATED]: 'left',
  [DisconnectReason.DUPLICATE_IDENTITY]: 'duplicate',
  [DisconnectReason.PARTICIPANT_REMOVED]: 'kicked',
  [DisconnectReason.ROOM_DELETED]: 'deleted',
  [DisconnectReason.ROOM_CLOSED]: 'deleted',
};

/** Seconds a token is still good for. */
function remaining(token: string): number {
  try {
    const part = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    return (JSON.parse(atob(part)) as { exp: number }).exp - Date.now() / 1000;
  } catch {
    return 0;
  }
}

/** ws(s)://host from what the server named; a page on HTTPS may not talk to ws:. */
export function socketUrl(host: string): string {
  const url = new URL(host, location.href);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:' || location.protocol === 'https:';
  url.protocol = secure ? 'wss:' : 'ws:';
  return url.href.replace(/\/$/, '');
}

export class Call {
  readonly room: Room;
  private view: CallView;
  private readonly listeners = new Set<() => void>();
  private readonly seen = new Set<string>();
  private announced: GateKind | null = null;
  private over = false;
  private started = false;
  private wake: (() => void) | null = null;

  constructor(private admission: Admission, choices: Choices, private readonly hooks: Hooks) {
    this.view = {
      state: 'connecting', lines: [], deafened: false,
      wantsMicrophone: choices.microphoneOn, wantsCamera: choices.cameraOn,
    };
    this.room = new Room({
      adaptiveStream: true,
      dynacast: true,
      audioCaptureDefaults: { deviceId: choices.microphone || undefined },
      videoCaptureDefaults: { deviceId: choices.camera || undefined },
      audioOutput: choices.speaker ? { deviceId: choices.speaker } : undefined,
    });
    this.listen();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getView = (): CallView => this.view;

  private show(some: Partial<CallView>): void {
    this.view = { ...this.view, ...some };
    this.listeners.forEach((listener) => listener());
  }

  private end(gate: Gate): void {
    if (this.over) return;
    this.over = true;
    this.wake?.();
    void this.room.disconnect();
    this.hooks.onEnd(gate);
  }

  /** Leaves because the person said so. */
  leave(): void {
    this.end({ kind: 'left' });
  }

  /** Ends the call without a word: the page itself goes away. */
  dispose(): void {
    this.over = true;
    this.wake?.();
    void this.room.disconnect();
  }

  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    for (let tried = 1; !this.over; tried++) {
      if (await this.connect()) return;
      if (tried >= FIRST_TRIES) {
        this.end({ kind: 'unreachable' });
        return;
      }
      await this.pause(tried * 1500);
      if (!this.over && !(await this.freshen(false))) return;
    }
  }

  /** One try to get in with the token in hand. */
  private async connect(): Promise<boolean> {
    try {
      await this.room.connect(socketUrl(this.admission.livekitHost), this.admission.token);
    } catch (err) {
      // Turned away at LiveKit's door: a token that ran out or was voided. The next try needs a new one.
      if (err instanceof ConnectionError && err.reason === ConnectionErrorReason.NotAllowed) {
        this.admission = { ...this.admission, token: '' };
      }
      return false;
    }
    if (this.over) {
      void this.room.disconnect();
      return false;
    }
    this.show({ state: 'connected' });
    await Promise.all([
      this.view.wantsMicrophone && this.mayPublish(Track.Source.Microphone) ? this.setMicrophone(true) : undefined,
      this.view.wantsCamera && this.mayPublish(Track.Source.Camera) ? this.setCamera(true) : undefined,
    ]);
    return true;
  }

  /** Gets a new token when forced to or when the old one is about to run out. False: there is no way back in. */
  private async freshen(force: boolean): Promise<boolean> {
    if (!force && remaining(this.admission.token) > 30) return true;
    try {
      this.admission = await this.hooks.renew(this.admission);
      return true;
    } catch (err) {
      const status = err instanceof ApiError ? err.status : -1;
      if (status === 429) {
        await this.pause((err as ApiError).retryAfter * 1000 || 60_000);
        return true;
      }
      if (status === 0 || status >= 500) return true; // the control plane is away too: keep trying
      this.end(gateOf(err));
      return false;
    }
  }

  /** Looks for a meeting that was lost, less and less often, until it is found or given up. */
  private async rejoin(): Promise<void> {
    this.show({ state: 'rejoining' });
    const until = Date.now() + REJOIN_MS;
    let fresh = true;
    for (let wait = 1000; !this.over && Date.now() < until; wait = Math.min(wait * 2, 15_000)) {
      await this.pause(wait * (0.75 + Math.random() / 2));
      if (this.over || !(await this.freshen(fresh))) return;
      fresh = false;
      if (!this.over && this.admission.token && await this.connect()) {
        this.hooks.onNotice({ kind: 'reconnected' });
        return;
      }
    }
    this.end({ kind: 'unreachable' });
  }

  /** Waits; shorter when the call ends or the browser finds its network again. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener('online', done);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      window.addEventListener('online', done);
      this.wake = done;
    });
  }

  private listen(): void {
    const { room, hooks } = this;
    const nameOf = (participant: RemoteParticipant) => participant.name || participant.identity;
    room
      .on(RoomEvent.Reconnecting, () => this.show({ state: 'reconnecting' }))
      .on(RoomEvent.SignalReconnecting, () => this.show({ state: 'reconnecting' }))
      .on(RoomEvent.Reconnected, () => {
        this.show({ state: 'connected' });
        hooks.onNotice({ kind: 'reconnected' });
      })
      .on(RoomEvent.Disconnected, (reason) => {
        // A failed try to connect says so too: that is connect()'s business.
        if (this.over || this.view.state === 'connecting' || this.view.state === 'rejoining') return;
        const kind = reason === undefined ? undefined : gone[reason];
        if (kind) this.end({ kind: kind === 'left' ? kind : this.announced ?? kind });
        else void this.rejoin();
      })
      .on(RoomEvent.ParticipantConnected, (p) => hooks.onNotice({ kind: 'joined', name: nameOf(p) }))
      .on(RoomEvent.ParticipantDisconnected, (p) => hooks.onNotice({ kind: 'left', name: nameOf(p) }))
      .on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
        if (topic === 'system') {
          if (!participant) this.heed(payload); // anyone could send it; only the server has no name
        } else if (participant && topic !== undefined && chatTopics.has(topic)) {
          this.hear(payload, participant);
        }
      });
    room.registerTextStreamHandler('lk.chat', (reader, from) => {
      void reader.readAll().then((text) => {
        const sender = room.remoteParticipants.get(from.identity);
        if (sender) this.add({ id: reader.info.id, from: from.identity, name: nameOf(sender), text, at: Date.now() });
      }).catch(() => undefined);
    });
  }

  private hear(payload: Uint8Array, participant: RemoteParticipant): void {
    const packet = readPacket(payload);
    if (!packet) return;
    this.add({ ...packet, from: participant.identity, name: participant.name || participant.identity });
  }

  private add(line: Line): void {
    // Some clients send a message in two ways: the id tells.
    const key = `${line.from} ${line.id}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.show({ lines: [...this.view.lines, line].slice(-MAX_LINES) });
  }

  /** Says something to everyone. Throws when it couldn't be sent. */
  async say(text: string): Promise<void> {
    const { localParticipant } = this.room;
    const { id, at, payload } = writePacket(text, localParticipant.name || localParticipant.identity);
    await localParticipant.publishData(payload, { reliable: true, topic: 'chat' });
    this.add({ id, from: localParticipant.identity, name: '', text, at });
  }

  /** A word from the server. None of it is an order to leave: that comes as a disconnect, with this as its reason. */
  private heed(payload: Uint8Array): void {
    let word: Record<string, unknown>;
    try {
      word = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    } catch {
      return;
    }
    const me = word.target === this.room.localParticipant.identity;
    switch (word.event) {
      case 'ban': if (me) this.announced = 'banned'; break;
      case 'kick': if (me) this.announced = 'kicked'; break;
      case 'room_suspended': this.announced = 'suspended'; break;
      case 'ask_unmute': if (me) this.hooks.onNotice({ kind: 'askUnmute' }); break;
      case 'ask_camera': if (me) this.hooks.onNotice({ kind: 'askCamera' }); break;
      case 'deafen':
      case 'undeafen':
        if (!me) break;
        this.show({ deafened: word.event === 'deafen' });
        this.hooks.onNotice({ kind: word.event === 'deafen' ? 'deafened' : 'undeafened' });
        break;
      default:
    }
  }

  /** What the token lets this person send. */
  mayPublish(source: Track.Source): boolean {
    const permissions = this.room.localParticipant.permissions;
    if (!permissions?.canPublish) return false;
    const sources = permissions.canPublishSources;
    return sources.length === 0 || sources.includes(Track.sourceToProto(source));
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.show({ wantsMicrophone: on });
    if (this.room.state === ConnectionState.Disconnected) return; // connect() does it
    await this.room.localParticipant.setMicrophoneEnabled(on)
      .catch((err: unknown) => this.failed('microphoneFailed', err));
  }

  async setCamera(on: boolean): Promise<void> {
    this.show({ wantsCamera: on });
    if (this.room.state === ConnectionState.Disconnected) return;
    await this.room.localParticipant.setCameraEnabled(on).catch((err: unknown) => this.failed('cameraFailed', err));
  }

  async setScreen(on: boolean): Promise<void> {
    await this.room.localParticipant
      .setScreenShareEnabled(on, { audio: true, selfBrowserSurface: 'exclude', contentHint: 'detail' })
      .catch((err: unknown) => {
        // Closing the browser's own dialogue is an answer, not a failure.
        if (!(err instanceof DOMException && err.name === 'NotAllowedError')) this.failed('screenFailed', err);
      });
  }

  private failed(kind: 'cameraFailed' | 'microphoneFailed' | 'screenFailed', err: unknown): void {
    if (!this.over) this.hooks.onNotice({ kind, why: err instanceof Error ? err.message : String(err) });
  }
}
