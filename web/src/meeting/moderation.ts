// SPDX-License-Identifier: Apache-2.0
// What this person may do in the room, how the others stand there, and who waits at its door: as the server tells it,
// read again when a word of the server or a change at LiveKit says that it may have changed.
import { api, type Ask, type PersonStanding, type Role, type RoomSettings, type Waiting } from '../api';
import { moderates, routeOf, type Action } from './rights';

export interface ModerationView {
  role: Role;
  /** By identity; empty for who isn't a moderator. Who isn't in it has no mark. */
  people: ReadonlyMap<string, PersonStanding>;
  waiting: readonly Waiting[];
}

const plain = { isModerator: false, isOnStage: false, isChatBlocked: false, isDeafened: false, maySpeak: false, mayShow: false };
export const standingOf = (view: ModerationView, identity: string): PersonStanding =>
  view.people.get(identity) ?? { identity, ...plain };

/** Changes come in bursts (ms); between words of the server one looks now and then, often while somebody waits. */
const SETTLE_MS = 250;
const LOOK_MS = 60_000;
/** What all in a room hear at once they don't all ask about at once. */
const SPREAD_MS = 2000;
const WAITING_MS = 8000;

export class Moderation {
  private view: ModerationView;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Infinity;
  private over = false;

  /** `ask` makes a request with the token of whoever this is, a fresh one where the old one ran out. */
  constructor(private readonly room: string, role: Role, private readonly ask: Ask, private readonly hooks: {
    onKnock: (name: string) => void; onSettings: (settings: RoomSettings) => void;
  }) {
    this.view = { role, people: new Map(), waiting: [] };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getView = (): ModerationView => this.view;

  private show(some: Partial<ModerationView>): void {
    this.view = { ...this.view, ...some };
    this.listeners.forEach((listener) => listener());
  }

  /** In the meeting: a moderator needs to know the others. */
  start(): void {
    this.stale(false);
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  /** What is known may be out of date. What isn't about this person (`mine`) is of interest to moderators only. */
  stale(mine: boolean): void {
    if (mine || moderates(this.view.role)) this.wait(SETTLE_MS);
  }

  /** The room's settings have changed. */
  changed(): void {
    this.wait(SETTLE_MS + (moderates(this.view.role) ? 0 : Math.random() * SPREAD_MS));
  }

  private wait(ms: number): void {
    if (this.over || Date.now() + ms >= this.due) return;
    clearTimeout(this.timer);
    this.due = Date.now() + ms;
    this.timer = setTimeout(() => void this.read(), ms);
  }

  private async read(): Promise<void> {
    this.due = Infinity;
    try {
      const { role, people = [], settings } = await this.ask((token) => api.standing(this.room, token));
      if (this.over) return;
      this.show({ role, people: new Map(people.map((one) => [one.identity, one])) });
      this.hooks.onSettings(settings);
      const waiting = moderates(role) ? await this.ask((token) => api.knocks(this.room, token)) : [];
      if (this.over) return;
      const before = new Set(this.view.waiting.map(({ identity }) => identity));
      this.show({ waiting });
      for (const { identity, name } of waiting) if (!before.has(identity)) this.hooks.onKnock(name);
    } catch {
      // Asked again below, or with the next word: what is shown meanwhile is refused by the server where it is wrong.
    }
    if (moderates(this.view.role)) this.wait(this.view.waiting.length > 0 ? WAITING_MS : LOOK_MS);
  }

  /** Throws what the server answers when it doesn't. */
  async act(action: Action, identity: string): Promise<void> {
    try {
      await this.ask((token) => api.moderate(this.room, routeOf(action, identity), token));
    } finally {
      this.stale(false);
    }
  }

  async answer(identity: string, admit: boolean): Promise<void> {
    try {
      await this.ask((token) => api.moderate(this.room, [admit ? 'admit' : 'refuse', identity], token));
      this.show({ waiting: this.view.waiting.filter((one) => one.identity !== identity) });
    } finally {
      this.stale(false);
    }
  }
}
