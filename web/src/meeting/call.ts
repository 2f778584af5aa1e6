// SPDX-License-Identifier: Apache-2.0
// One stay in a meeting: connecting, keeping the connection, and knowing why it ended.
//
// LiveKit's client heals short breaks by itself. What it gives up on is rejoined here with a fresh token from the
// control plane, which is also where a ban or the room's end is found out. Between tries the wait grows.
import {
  ConnectionError, ConnectionErrorReason, ConnectionState, DefaultReconnectPolicy, DisconnectReason, Room, RoomEvent, Track, type Participant, type RemoteParticipant,
} from 'livekit-client';
import { ApiError, type Admission, type RoomFacts } from '../api';
import { refusalOf, type Choices } from '../devices';
import type { Device, Refusal } from '../deviceproblem';
import { gateOf, type Gate, type GateKind } from '../pages/gates';
import { chatTopics, readPacket, writePacket, type Line } from './chat';
import { HAND, raisedAt } from './hands';
import { Moderation } from './moderation';
import { Recorder } from './recorder';
import { readReaction, Reactions, TOPIC as REACTION, writeReaction, type Emoji } from './reactions';
import { moderates, type Rules } from './rights';
import { overall, type Route } from './route';

export type CallState = 'connecting' | 'connected' | 'reconnecting' | 'rejoining';

/**
 * What is known of an interruption. signal: the line to LiveKit, picture and sound may go on; media: those, too;
 * meeting: LiveKit doesn't answer; shutdown: it said that it goes; path: it answers, but no media connection comes
 * about; refused: it wants a new token; house: the control plane doesn't answer.
 */
export type Lost = 'signal' | 'media' | 'meeting' | 'shutdown' | 'path' | 'refused' | 'house';

/** What the page shows of a call, replaced as a whole on each change. */
export interface CallView {
  state: CallState;
  /** Not null while something is interrupted. */
  lost: Lost | null;
  /** Tries to get back in since the meeting was lost. */
  tries: number;
  /** First time in, in ms since 1970; 0 before. */
  since: number;
  lines: readonly Line[];
  deafened: boolean;
  /** What a moderator asks to switch on, until the person has answered. */
  asked: Device | null;
  /** Whom a moderator wants everyone to see large; a new object each time. */
  spotlight: { identity: string } | null;
  /** The room as it is now, whatever it was when the person came. */
  room: RoomFacts;
  /** What the person wants on; a rejoin brings it back. */
  wantsMicrophone: boolean;
  wantsCamera: boolean;
  /** The person's hand is up. */
  hand: boolean;
  /** A device that was refused and that the person hasn't been heard of since. */
  refused: { device: Device; refusal: Refusal } | null;
}

/** What a moderator changed for this person. */
type Change = 'undeafened' | 'maySpeak' | 'mayNotSpeak' | 'mayShow' | 'mayNotShow' | 'mayWrite' | 'mayNotWrite' | 'mutedYou' | 'videoOff' | 'screenStopped' |
  'promoted' | 'demoted';

export type Notice =
  | { kind: 'joined' | 'left' | 'handUp' | 'knocked'; name: string }
  | { kind: 'said'; name: string; text: string }
  | { kind: Change }
  | { kind: 'reconnected' | 'handFailed' | 'recordingOn' | 'recordingOff' | 'recordingReady' }
  | { kind: 'screenFailed'; why: string };

interface Hooks {
  /** Why this person, or everyone, was put out: the control plane knows better than LiveKit. Null where it doesn't. */
  why: (admission: Admission) => Promise<Gate | null>;
  renew: (admission: Admission) => Promise<Admission>;
  onEnd: (gate: Gate) => void;
  onNotice: (notice: Notice) => void;
}

/** Tries to get in at first, and for how long a lost meeting is looked for. */
const FIRST_TRIES = 3;
const REJOIN_MS = 180_000;
/** LiveKit's own tries, in ms after one another; what they don't heal within some 10 s is rejoined with a new token. */
const HEAL_MS = [0, 300, 1200, 2700, 4800];
/** How long the page waits to hear why its person was put out, in ms. */
const WHY_MS = 3000;
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

function allows(permission: ParticipantPermission | undefined, source: Track.Source): boolean {
  if (!permission?.canPublish) return false;
  const sources = permission.canPublishSources;
  return sources.length === 0 || sources.includes(Track.sourceToProto(source));
}

type ParticipantPermission = NonNullable<Participant['permissions']>;

/** What a failed try to connect tells of the cause. */
function lostOf(err: unknown): Lost {
  if (!(err instanceof ConnectionError)) return 'meeting';
  if (err.reason === ConnectionErrorReason.NotAllowed) return 'refused';
  // LiveKit was there, but the media connection didn't come about (livekit-client: "could not establish pc connection").
  return err.reason === ConnectionErrorReason.InternalError && /pc connection/i.test(err.message) ? 'path' : 'meeting';
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
  readonly reactions = new Reactions();
  readonly moderation: Moderation;
  readonly recorder: Recorder;
  private view: CallView;
  private readonly listeners = new Set<() => void>();
  private readonly seen = new Set<string>();
  private announced: GateKind | null = null;
  private over = false;
  private started = false;
  private wake: (() => void) | null = null;

  constructor(private admission: Admission, choices: Choices, private readonly hooks: Hooks) {
    this.view = {
      state: 'connecting', lost: null, tries: 0, since: 0, lines: [], deafened: false, asked: null, spotlight: null,
      room: admission,
      wantsMicrophone: choices.microphoneOn, wantsCamera: choices.cameraOn, hand: false, refused: null,
    };
    this.room = new Room({
      adaptiveStream: true,
      dynacast: true,
      reconnectPolicy: new DefaultReconnectPolicy(HEAL_MS),
      audioCaptureDefaults: { deviceId: choices.microphone || undefined },
      videoCaptureDefaults: { deviceId: choices.camera || undefined },
      audioOutput: choices.speaker ? { deviceId: choices.speaker } : undefined,
    });
    this.moderation = new Moderation(admission.id, admission.role ?? 'participant', this.ask, {
      onKnock: (name) => hooks.onNotice({ kind: 'knocked', name }),
      onSettings: (settings) => this.show({ room: { ...this.view.room, settings } }),
    });
    this.recorder = new Recorder(admission.id, admission.activeRecordingId ?? '', this.ask, {
      onTurn: (on) => hooks.onNotice({ kind: on ? 'recordingOn' : 'recordingOff' }),
      onReady: () => hooks.onNotice({ kind: 'recordingReady' }),
      follows: () => moderates(this.moderation.getView().role),
    });
    this.listen();
  }

  get roomId(): string {
    return this.admission.id;
  }

  /** With an account, not as a guest. */
  get signedIn(): boolean {
    return !this.admission.accessToken;
  }

  /** A request to the control plane as this person; a guest's own token may have run out. */
  readonly ask = async <T>(request: (token?: string) => Promise<T>): Promise<T> => {
    const { accessToken } = this.admission;
    try {
      return await request(accessToken);
    } catch (err) {
      if (!accessToken || !(err instanceof ApiError) || err.status !== 401) throw err;
    }
    this.admission = await this.hooks.renew(this.admission);
    return request(this.admission.accessToken);
  };

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
    this.dispose();
    this.hooks.onEnd(gate);
  }

  /** Leaves because the person said so; from a lost meeting that is giving up. */
  leave(): void {
    this.end({ kind: this.view.state === 'rejoining' ? 'gaveUp' : 'left' });
  }

  /** Tries at once to get back in, instead of waiting for the next try. */
  hurry(): void {
    this.wake?.();
  }

  /** Ends the call without a word: the page itself goes away. */
  dispose(): void {
    this.over = true;
    this.moderation.stop();
    this.recorder.stop();
    this.wake?.();
    void this.room.disconnect();
  }

  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    for (let tried = 1; !this.over; tried++) {
      if (await this.connect()) return;
      if (tried >= FIRST_TRIES) {
        this.end({ kind: this.view.lost === 'path' ? 'noPath' : 'unreachable' });
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
      const lost = lostOf(err);
      // Turned away at LiveKit's door: a token that ran out or was voided. The next try needs a new one.
      if (lost === 'refused') this.admission = { ...this.admission, token: '' };
      if (!this.over) this.show({ lost });
      return false;
    }
    if (this.over) {
      void this.room.disconnect();
      return false;
    }
    this.recorder.arrived(this.view.since > 0);
    this.show({
      state: 'connected', lost: null, tries: 0, since: this.view.since || Date.now(),
      deafened: this.room.localParticipant.permissions?.canSubscribe === false,
    });
    this.moderation.start();
    await Promise.all([
      this.view.hand ? this.setHand(true) : undefined,
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
      if (status === 0 || status >= 500) { // the control plane is away, too: keep trying
        this.show({ lost: 'house' });
        return true;
      }
      this.end(gateOf(err));
      return false;
    }
  }

  /** Looks for a meeting that was lost, less and less often, until it is found or given up. */
  private async rejoin(lost: Lost): Promise<void> {
    this.show({ state: 'rejoining', lost, tries: 0 });
    const until = Date.now() + REJOIN_MS;
    let fresh = true;
    for (let wait = 1000; !this.over && Date.now() < until; wait = Math.min(wait * 2, 15_000)) {
      await this.pause(wait * (0.75 + Math.random() / 2));
      if (this.over) return;
      this.show({ tries: this.view.tries + 1 });
      if (!(await this.freshen(fresh))) return;
      fresh = this.admission.token === '';
      if (!this.over && this.admission.token && await this.connect()) {
        this.hooks.onNotice({ kind: 'reconnected' });
        return;
      }
    }
    this.end({ kind: this.view.lost === 'path' ? 'noPath' : 'lost' });
  }

  private async putOut(kind: GateKind): Promise<void> {
    const slow = new Promise<null>((resolve) => setTimeout(() => resolve(null), WHY_MS));
    const gate = this.announced ? null : await Promise.race([this.hooks.why(this.admission), slow]);
    this.end(gate ?? { kind: this.announced ?? kind });
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
    const nameOf = (participant: Participant) => participant.name || participant.identity;
    room
      .on(RoomEvent.Reconnecting, () => this.show({ state: 'reconnecting', lost: 'media' }))
      .on(RoomEvent.SignalReconnecting, () => this.show({ state: 'reconnecting', lost: 'signal' }))
      .on(RoomEvent.Reconnected, () => {
        this.show({ state: 'connected', lost: null });
        // A new session begins with the token's attributes: the hand goes up again.
        if (this.view.hand && !raisedAt(room.localParticipant)) void this.setHand(true);
        this.recorder.arrived(true);
        hooks.onNotice({ kind: 'reconnected' });
      })
      .on(RoomEvent.Disconnected, (reason) => {
        // A failed try to connect says so too: that is connect()'s business.
        if (this.over || this.view.state === 'connecting' || this.view.state === 'rejoining') return;
        const kind = reason === undefined ? undefined : gone[reason];
        if (kind === 'kicked' || kind === 'deleted') void this.putOut(kind);
        else if (kind) this.end({ kind });
        else void this.rejoin(reason === DisconnectReason.SERVER_SHUTDOWN ? 'shutdown' : 'meeting');
      })
      .on(RoomEvent.ParticipantConnected, (p) => hooks.onNotice({ kind: 'joined', name: nameOf(p) }))
      .on(RoomEvent.ParticipantDisconnected, (p) => hooks.onNotice({ kind: 'left', name: nameOf(p) }))
      .on(RoomEvent.ParticipantAttributesChanged, (changed, participant) => {
        if (!participant.isLocal && changed[HAND]) hooks.onNotice({ kind: 'handUp', name: nameOf(participant) });
      })
      .on(RoomEvent.TrackMuted, ({ source }, participant) => {
        if (participant.isLocal) this.silenced(source);
      })
      .on(RoomEvent.ParticipantMetadataChanged, (_before, participant) => this.moderation.stale(participant.isLocal))
      .on(RoomEvent.ParticipantPermissionsChanged, (before, participant) => {
        this.moderation.stale(participant.isLocal);
        if (participant.isLocal) this.permitted(before);
      })
      .on(RoomEvent.DataReceived, (payload, participant, _kind, topic, _encryption, sender) => {
        if (topic === 'system') {
          // Anyone can send it, and who has just gone is no participant any more: only the server has no identity.
          if (sender === '') this.heed(payload);
        } else if (participant && topic !== undefined && chatTopics.has(topic)) {
          this.hear(payload, participant);
        } else if (participant && topic === REACTION) {
          const emoji = readReaction(payload);
          if (emoji) this.reactions.add(emoji, participant.identity, nameOf(participant));
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
    if (line.name) this.hooks.onNotice({ kind: 'said', name: line.name, text: line.text });
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
    if (word.event === 'recording_started' || word.event === 'recording_stopped') {
      this.recorder.heard(word.event === 'recording_started', typeof word.recordingId === 'string' ? word.recordingId : '');
      return;
    }
    const me = word.target === this.room.localParticipant.identity;
    this.moderation.stale(me);
    switch (word.event) {
      case 'ban': if (me) this.announced = 'banned'; break;
      case 'kick': if (me) this.announced = 'kicked'; break;
      case 'room_suspended': this.announced = 'suspended'; break;
      case 'ask_unmute': if (me) this.asks('microphone'); break;
      case 'ask_camera': if (me) this.asks('camera'); break;
      case 'settings': this.moderation.changed(); break;
      case 'mute': if (me) this.hooks.onNotice({ kind: 'mutedYou' }); break;
      case 'video_off': if (me) this.hooks.onNotice({ kind: 'videoOff' }); break;
      case 'screen_stop': if (me) this.hooks.onNotice({ kind: 'screenStopped' }); break;
      case 'promote': if (me) this.hooks.onNotice({ kind: 'promoted' }); break;
      case 'demote': if (me) this.hooks.onNotice({ kind: 'demoted' }); break;
      case 'spotlight': if (typeof word.target === 'string') this.show({ spotlight: { identity: word.target } }); break;
      case 'deafen':
      case 'undeafen':
        if (me && this.view.deafened !== (word.event === 'deafen')) this.deafen(word.event === 'deafen');
        break;
      default:
    }
  }

  private deafen(on: boolean): void {
    this.show({ deafened: on });
    if (!on) this.hooks.onNotice({ kind: 'undeafened' });
  }

  /** Switched off, by whomever: a rejoin doesn't bring it back. */
  private silenced(source: Track.Source): void {
    if (source === Track.Source.Microphone) this.show({ wantsMicrophone: false });
    else if (source === Track.Source.Camera) this.show({ wantsCamera: false });
    else if (source === Track.Source.ScreenShare) void this.setScreen(false); // nobody mutes their own
  }

  private asks(device: 'microphone' | 'camera'): void {
    const { isMicrophoneEnabled, isCameraEnabled } = this.room.localParticipant;
    if (device === 'microphone' ? isMicrophoneEnabled : isCameraEnabled) return;
    this.show({ asked: this.view.asked !== null && this.view.asked !== device ? 'both' : device });
  }

  private unasked(device: 'microphone' | 'camera'): Pick<CallView, 'asked'> {
    const { asked } = this.view;
    return { asked: asked !== 'both' ? (asked === device ? null : asked) : device === 'camera' ? 'microphone' : 'camera' };
  }

  /** The person's answer to a moderator who asked. */
  answer(yes: boolean): void {
    const { asked } = this.view;
    this.show({ asked: null });
    if (!yes || asked === null) return;
    if (asked !== 'camera') void this.setMicrophone(true);
    if (asked !== 'microphone') void this.setCamera(true);
  }

  /** A moderator, or the room's settings, changed what this person may do: LiveKit's word, which nobody else can say. */
  private permitted(before: ParticipantPermission | undefined): void {
    const { permissions: now } = this.room.localParticipant;
    this.show({}); // whatever shows a permission is drawn again
    if (!before || !now || this.view.state !== 'connected') return;
    const tell = (was: boolean, is: boolean, gained: Change, lost: Change) => {
      if (was !== is) this.hooks.onNotice({ kind: is ? gained : lost });
    };
    tell(allows(before, Track.Source.Microphone), allows(now, Track.Source.Microphone), 'maySpeak', 'mayNotSpeak');
    tell(allows(before, Track.Source.Camera), allows(now, Track.Source.Camera), 'mayShow', 'mayNotShow');
    tell(before.canPublishData, now.canPublishData, 'mayWrite', 'mayNotWrite');
    if (before.canSubscribe !== now.canSubscribe && this.view.deafened === now.canSubscribe) this.deafen(!now.canSubscribe);
  }

  /** What the room grants everyone. */
  rules(): Rules {
    const { mode, settings } = this.view.room;
    return {
      stage: mode === 'webinar' || mode === 'broadcast', audio: settings?.allowAudio !== false, video: settings?.allowVideo !== false,
      chat: settings?.allowChat !== false, record: settings?.recordingsAllowed !== false,
    };
  }

  /** Its owner has changed the room. */
  changed(room: CallView['room']): void {
    this.show({ room });
    this.moderation.stale(false);
  }

  /** What the token lets this person send. */
  mayPublish(source: Track.Source): boolean {
    return allows(this.room.localParticipant.permissions, source);
  }

  /** The token lets this person send data: chat and reactions. */
  mayTalkInText(): boolean {
    return this.room.localParticipant.permissions?.canPublishData === true;
  }

  /** The token lets this person change its own attributes: the raised hand. */
  mayRaiseHand(): boolean {
    return this.room.localParticipant.permissions?.canUpdateMetadata === true;
  }

  async setHand(up: boolean): Promise<void> {
    const mine = this.room.localParticipant;
    this.show({ hand: up });
    try {
      await mine.setAttributes({ [HAND]: up ? String(raisedAt(mine) || Date.now()) : '' });
    } catch {
      // While the line is down it goes up with the next connection.
      if (this.over || this.view.state !== 'connected') return;
      this.show({ hand: !up });
      this.hooks.onNotice({ kind: 'handFailed' });
    }
  }

  react(emoji: Emoji): void {
    const mine = this.room.localParticipant;
    if (!this.reactions.add(emoji, mine.identity, '')) return;
    // Lost on a bad line it is out of date anyway: not sent again.
    void mine.publishData(writeReaction(emoji), { reliable: false, topic: REACTION }).catch(() => undefined);
  }

  /** The way picture and sound take now; null while the browser doesn't tell. */
  async route(): Promise<Route | null> {
    const transports = this.room.engine?.pcManager;
    if (!transports) return null;
    const reports = await Promise.all([transports.subscriber, transports.publisher].map((one) => one?.getStats()));
    return overall(reports.filter((report) => report !== undefined) as unknown as Map<string, Record<string, unknown>>[]);
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.show({ wantsMicrophone: on, ...(on && this.unasked('microphone')) });
    if (this.room.state === ConnectionState.Disconnected) return; // connect() does it
    await this.device('microphone', this.room.localParticipant.setMicrophoneEnabled(on));
  }

  async setCamera(on: boolean): Promise<void> {
    this.show({ wantsCamera: on, ...(on && this.unasked('camera')) });
    if (this.room.state === ConnectionState.Disconnected) return;
    await this.device('camera', this.room.localParticipant.setCameraEnabled(on));
  }

  /** Sees a device switched; why it couldn't be stays on the page until the person has read it. */
  private async device(device: Device, done: Promise<unknown>): Promise<void> {
    try {
      await done;
      if (this.view.refused?.device === device) this.forgive();
    } catch (err) {
      if (this.over) return;
      const both = this.view.refused !== null && this.view.refused.device !== device;
      this.show({ refused: { device: both ? 'both' : device, refusal: refusalOf(err, device) } });
    }
  }

  /** Takes the explanation of a refused device away. */
  forgive(): void {
    this.show({ refused: null });
  }

  async setScreen(on: boolean): Promise<void> {
    await this.room.localParticipant
      .setScreenShareEnabled(on, { audio: true, selfBrowserSurface: 'exclude', contentHint: 'detail' })
      .catch((err: unknown) => {
        // Closing the browser's own dialogue is an answer, not a failure.
        if (this.over || (err instanceof DOMException && err.name === 'NotAllowedError')) return;
        this.hooks.onNotice({ kind: 'screenFailed', why: err instanceof Error ? err.message : String(err) });
      });
  }
}
