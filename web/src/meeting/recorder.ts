// SPDX-License-Identifier: Apache-2.0
// Whether the meeting is recorded, as the server says, and how far a recording has come for who may have it made.
import { api, ApiError, type Ask, type Recording, type RecordingState, type RecordingWish } from '../api';
import { said, t } from '../i18n';
import { explain } from '../ui/problem';

export interface RecordingView {
  /** Recorded now: what everybody is shown. */
  isOn: boolean;
  /** The newest recording's, as far as this person has followed one; `asking` until the server has answered. */
  state: RecordingState | 'asking' | null;
  /** Why it couldn't be begun or ended, or failed. */
  problem: (() => string) | null;
}

/** Between two looks at a recording that is on its way, in ms. */
const LOOK_MS = 1500;
const MOST_FAILURES = 5;
const under: readonly RecordingView['state'][] = ['pending', 'starting', 'stopping', 'processing'];

/** What is set up wrongly (500) has a sentence here, too, and who reads it is who can have it set right. */
const reason = (err: unknown) => (err instanceof ApiError && err.status >= 500 && err.message ? said(err.message) : explain(err));

export class Recorder {
  private view: RecordingView;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The recording that is followed. */
  private id: string;
  private over = false;
  /** What the person was told last. */
  private told = false;
  private failures = 0;

  constructor(private readonly room: string, active: string, private readonly ask: Ask, private readonly hooks: {
    onTurn: (on: boolean) => void; onReady: () => void; follows: () => boolean;
  }) {
    this.id = active;
    this.view = { isOn: active !== '', state: active ? 'active' : null, problem: null };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getView = (): RecordingView => this.view;

  private show(some: Partial<RecordingView>): void {
    this.view = { ...this.view, ...some };
    this.listeners.forEach((listener) => listener());
  }

  private turn(isOn: boolean): void {
    this.show({ isOn });
    if (this.told === isOn) return;
    this.told = isOn;
    this.hooks.onTurn(isOn);
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  /**
   * In the meeting, for the first time or again: what was said meanwhile wasn't heard. The id that join told is there
   * until the file is, so that it is looked at, too.
   */
  arrived(again: boolean): void {
    if (again || this.view.isOn) void this.read();
  }

  /** The server's word to all in the room. */
  heard(on: boolean, id: string): void {
    if (on) this.id = id;
    if (on) this.show({ state: 'active' });
    this.turn(on);
    if (!on && this.hooks.follows()) this.look(0);
    else if (!on) this.show({ state: null });
  }

  forgive(): void {
    this.show({ problem: null });
  }

  private look(ms: number): void {
    clearTimeout(this.timer);
    if (!this.over) this.timer = setTimeout(() => void this.read(), ms);
  }

  private async read(): Promise<void> {
    try {
      const newest = (await this.ask((token) => api.recordings(this.room, 1, token))).recordings[0];
      if (this.over) return;
      this.failures = 0;
      // What was over before anybody here looked is of no interest.
      if (newest && (newest.id === this.id || under.includes(newest.state) || newest.state === 'active')) this.take(newest);
      else this.turn(false);
    } catch {
      // Better to believe that one is recorded than that one isn't. The seat may not be known yet: asked again.
      if (this.over) return;
      if (this.view.isOn) this.turn(true);
      if (this.failures++ < MOST_FAILURES) this.look(LOOK_MS);
    }
    if (under.includes(this.view.state) && this.hooks.follows()) this.look(LOOK_MS);
  }

  private take({ id, state, error }: Recording): void {
    const before = this.view.state;
    this.id = id;
    this.show({ state });
    this.turn(state === 'active');
    if (before === state || before === null || !this.hooks.follows()) return;
    if (state === 'completed') this.hooks.onReady();
    if (state === 'failed') this.show({ problem: () => t('recording.failed', { why: error ? said(error) : '' }) });
  }

  private async attempt(request: (token?: string) => Promise<unknown>): Promise<void> {
    try {
      await this.ask(request);
    } catch (err) {
      this.show({ problem: () => reason(err) });
    }
    await this.read();
  }

  /** Takes as long as LiveKit does to find a recorder: half a second, or half a minute where there is none. */
  async begin(wish: RecordingWish): Promise<void> {
    this.show({ state: 'asking', problem: null });
    await this.attempt(async (token) => {
      this.id = (await api.startRecording(this.room, wish, token)).id;
      this.show({ state: 'starting' });
    });
    if (this.view.state === 'asking') this.show({ state: null });
  }

  async end(): Promise<void> {
    this.show({ problem: null });
    await this.attempt((token) => api.stopRecording(this.room, token));
  }
}
