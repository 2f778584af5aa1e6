// SPDX-License-Identifier: Apache-2.0
// The pages for a door that is closed, or closed behind you: each says why and what to do next.
import type { ReactNode } from 'react';
import { ApiError, type Archived } from '../api';
import { said, span, t, tn, type Key } from '../i18n';
import { Link } from '../router';
import { useSession } from '../session';
import {
  ClockIcon, CloseIcon, GlobeIcon, LeaveIcon, LockIcon, PeopleIcon, ScreenIcon, WeakIcon,
} from '../ui/icons';
import { Again, Heading, Page, useCountdown } from '../ui/parts';

export type GateKind =
  | 'badName' | 'missing' | 'full' | 'private' | 'approval' | 'banned' | 'ended' | 'archived' | 'kicked'
  | 'deleted' | 'suspended' | 'duplicate' | 'unreachable' | 'offline' | 'busy' | 'guestsOff' | 'left' | 'error'
  | 'lost' | 'gaveUp' | 'noPath' | 'restarting' | 'uninvited' | 'network';

export interface Gate {
  kind: GateKind;
  /** The server's own sentence, where it tells more than ours. */
  said?: string;
  archived?: Archived;
  /** When another try makes sense, in ms since 1970. */
  until?: number;
}

/** The page for what the server answered to join, guest-join, check or refresh-token. */
export function gateOf(err: unknown): Gate {
  if (!(err instanceof ApiError)) return { kind: 'error' };
  const sentence = err.message;
  switch (err.status) {
    case 0: return { kind: 'offline' };
    case 400: return { kind: 'badName', said: sentence };
    case 404: return { kind: 'missing' };
    case 410: return { kind: 'ended' };
    case 429: return { kind: 'busy', until: Date.now() + (err.retryAfter || 60) * 1000 };
    case 403: break;
    case 503:
      // A responder's own says why (a drain before a restart, mostly) and passes; a web server's has no sentence.
      return sentence ? { kind: 'restarting', said: sentence, until: Date.now() + (err.retryAfter || 10) * 1000 } : { kind: 'error' };
    default: return { kind: 'error', said: sentence };
  }
  const text = sentence.toLowerCase();
  if (text.includes('your network')) return { kind: 'network' };
  if (text.includes('invitation')) return { kind: 'uninvited' };
  for (const word of ['full', 'private', 'banned', 'approval', 'suspended'] as const) {
    if (text.includes(word)) return { kind: word };
  }
  if (text.includes('removed')) return { kind: 'kicked', until: err.retryAfter ? Date.now() + err.retryAfter * 1000 : undefined };
  return { kind: 'guestsOff', said: sentence };
}

type Action = 'retry' | 'rejoin' | 'ask' | 'signIn' | 'home' | 'rooms' | 'new' | 'reopen';

/** What a person can do at each gate, the likeliest first. */
const actions: Record<GateKind, Action[]> = {
  badName: ['home'],
  missing: ['home', 'new'],
  full: ['retry', 'home'],
  private: ['ask', 'signIn', 'home'],
  approval: ['ask', 'home'],
  uninvited: ['ask', 'signIn', 'home'],
  network: ['signIn', 'home'],
  banned: ['home'],
  ended: ['home', 'new'],
  archived: ['reopen', 'rooms'],
  kicked: ['home', 'rejoin'],
  deleted: ['home', 'new'],
  suspended: ['home'],
  duplicate: ['rejoin', 'home'],
  unreachable: ['retry', 'home'],
  offline: ['retry', 'home'],
  busy: ['retry', 'home'],
  guestsOff: ['signIn', 'home'],
  left: ['rejoin', 'home'],
  error: ['retry', 'home'],
  lost: ['rejoin', 'home'],
  gaveUp: ['rejoin', 'home'],
  noPath: ['retry', 'home'],
  restarting: ['home'],
};

const calm = '';
const sun = 'sun';
const stop = 'stop';
const looks: Record<GateKind, [() => ReactNode, string]> = {
  badName: [GlobeIcon, sun],
  missing: [GlobeIcon, sun],
  full: [PeopleIcon, sun],
  private: [LockIcon, sun],
  approval: [LockIcon, sun],
  uninvited: [LockIcon, sun],
  network: [LockIcon, sun],
  banned: [CloseIcon, stop],
  ended: [ClockIcon, calm],
  archived: [ClockIcon, calm],
  kicked: [CloseIcon, stop],
  deleted: [ClockIcon, calm],
  suspended: [CloseIcon, stop],
  duplicate: [ScreenIcon, sun],
  unreachable: [WeakIcon, stop],
  offline: [WeakIcon, stop],
  busy: [ClockIcon, sun],
  guestsOff: [LockIcon, sun],
  left: [LeaveIcon, calm],
  error: [WeakIcon, stop],
  lost: [WeakIcon, sun],
  gaveUp: [LeaveIcon, calm],
  noPath: [WeakIcon, stop],
  restarting: [ClockIcon, sun],
};

/** The kinds where the server's own sentence is shown beside ours. */
const quoting: ReadonlySet<GateKind> = new Set<GateKind>(['badName', 'guestsOff', 'error']);

export function GatePage({ gate, room, onRetry, onAsk, onReopen, problem, busy }: {
  gate: Gate; room: string; onRetry: () => void; onAsk: () => void; onReopen: (archived: Archived) => void; problem?: string;
  busy?: boolean;
}) {
  const signedIn = useSession() !== null;
  const wait = useCountdown(gate.until ?? 0);
  const [Sign, look] = looks[gate.kind];
  const title = t(`gate.${gate.kind}.title` as Key, { room });
  const button = (action: Action, first: boolean): ReactNode => {
    const style = first ? 'button primary' : 'button';
    switch (action) {
      case 'retry':
      case 'rejoin':
        return <button type="button" key={action} className={style} onClick={onRetry} disabled={wait > 0}
          data-testid={`gate-${action}`}>{action === 'retry' ? t('gate.retry') : t('gate.rejoin')}</button>;
      case 'ask':
        return <button type="button" key={action} className={style} onClick={onAsk} data-testid="gate-ask">{t('lobby.ask')}</button>;
      case 'reopen':
        return <button type="button" key={action} className={style} disabled={busy} data-testid="gate-reopen"
          onClick={() => gate.archived && onReopen(gate.archived)}>{t('gate.reopen')}</button>;
      case 'signIn':
        return signedIn ? null : <Link key={action} className={style}
          href={`/auth/login?next=${encodeURIComponent(`/m/${room}`)}`}>{t('gate.signIn')}</Link>;
      case 'new':
        return signedIn ? <Link key={action} className={style} href="/new">{t('gate.new')}</Link> : null;
      case 'rooms':
        return <Link key={action} className={style} href="/dashboard">{t('gate.rooms')}</Link>;
      case 'home':
        return <Link key={action} className={style} href={signedIn ? '/dashboard' : '/'} data-testid="gate-home">
          {signedIn ? t('gate.rooms') : t('gate.home')}</Link>;
    }
  };
  const shown = actions[gate.kind].filter((action) => action !== 'signIn' || !signedIn);
  return (
    <Page narrow title={title}>
      <div className="gate" data-testid={`gate-${gate.kind}`}>
        <div className={`gate-icon ${look}`}><Sign /></div>
        <Heading>{title}</Heading>
        <p className="lead">{t(`gate.${gate.kind}.text` as Key, { room })}</p>
        {gate.kind === 'busy' && wait > 0 && <p>{tn('error.wait', wait)}</p>}
        {gate.kind === 'kicked' && wait > 0 && <p data-testid="gate-wait">{t('gate.kicked.wait', { time: span(wait) })}</p>}
        {gate.said && quoting.has(gate.kind) && <p className="hint">{t('error.said', { text: gate.said })}</p>}
        {gate.kind === 'restarting' && gate.said && gate.until &&
          <Again sentence={said(gate.said)} until={gate.until} onTry={onRetry} />}
        {problem && <p className="problem" role="alert">{problem}</p>}
        <p className="actions">{shown.map((action, i) => button(action, i === 0))}</p>
      </div>
    </Page>
  );
}
