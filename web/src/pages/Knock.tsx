// SPDX-License-Identifier: Apache-2.0
// At the door of a room whose moderators let people in: waiting, let in, or refused for now.
import { useEffect, useRef, useState } from 'react';
import { api, ApiError } from '../api';
import { span, t } from '../i18n';
import { ClockIcon, LockIcon } from '../ui/icons';
import { Heading, Page, useCountdown } from '../ui/parts';
import { steadily } from '../ui/steady';
import { gateOf, type Gate } from './gates';

/** Between two questions whether somebody has decided; asking is also what keeps one in the line. In ms. */
const ASK_MS = 5000;

type State =
  | { at: 'asking' | 'waiting' | 'away' | 'admitted' }
  /** until: when one may ask again, in ms since 1970; 0: not before somebody inside changes their mind. */
  | { at: 'refused'; until: number };

export function Knock({ room, name, onAdmitted, retryAt, onEnd, problem }: {
  room: string;
  /** A guest's; null for who is signed in. */
  name: string | null;
  onAdmitted: () => void;
  /** When somebody who was let in but couldn't enter yet tries again, in ms since 1970; 0 while there is no reason to. */
  retryAt: number;
  /** Another door is closed, too; null: the person doesn't want to wait. */
  onEnd: (gate: Gate | null) => void;
  problem: string;
}) {
  const [state, setState] = useState<State>({ at: 'asking' });
  const latest = useRef({ onAdmitted, onEnd });
  latest.current = { onAdmitted, onEnd };
  const until = state.at === 'refused' ? state.until : 0;
  const wait = useCountdown(until);
  const knocks = state.at === 'asking' || state.at === 'waiting' || state.at === 'away';

  useEffect(() => {
    if (!knocks) return;
    let gone = false;
    let busy = false;
    let notBefore = 0;
    const ask = async () => {
      if (busy || Date.now() < notBefore) return;
      busy = true;
      try {
        const { status, retryAfter = 0 } = await api.knock(room, name);
        if (gone) return;
        if (status === 'admitted') latest.current.onAdmitted();
        setState(status === 'refused' ? { at: 'refused', until: retryAfter && Date.now() + retryAfter * 1000 } : { at: status });
      } catch (err) {
        if (gone) return;
        const gate = gateOf(err);
        const passes = ['offline', 'busy', 'restarting'].includes(gate.kind) || (err instanceof ApiError && err.status >= 500);
        if (!passes) {
          latest.current.onEnd(gate);
          return;
        }
        setState({ at: 'away' });
        notBefore = gate.until ?? 0;
      }
      busy = false;
    };
    void ask();
    const stop = steadily(ASK_MS, () => void ask());
    return () => {
      gone = true;
      stop();
    };
  }, [room, name, knocks]);

  const admitted = state.at === 'admitted';
  useEffect(() => {
    if (!admitted || retryAt === 0) return;
    const timer = setTimeout(() => latest.current.onAdmitted(), Math.max(0, retryAt - Date.now()));
    return () => clearTimeout(timer);
  }, [admitted, retryAt]);

  const refused = state.at === 'refused';
  return (
    <Page narrow title={t(refused ? 'knock.refused' : 'knock.title')}>
      <div className="gate" data-testid={refused ? 'knock-refused' : 'knock'} data-state={state.at}>
        <div className={refused ? 'gate-icon stop' : 'gate-icon sun'}>{refused ? <LockIcon /> : <ClockIcon />}</div>
        <Heading key={String(refused)}>{t(refused ? 'knock.refused' : 'knock.title')}</Heading>
        <div role="status">
          {refused ? <p className="lead">{t(until ? 'knock.refusedText' : 'knock.refusedForNow')}</p>
            : <p className="lead">{t(`knock.${state.at}`, { room })}</p>}
        </div>
        {/* A number that changes isn't read out. */}
        {wait > 0 && <p data-testid="knock-wait">{t('knock.again', { time: span(wait) })}</p>}
        {problem && <p className="problem" role="alert">{problem}</p>}
        {!refused && <p className="loading"><span className="spinner" aria-hidden="true" />{name ?? ''}</p>}
        <p className="actions">
          {refused && until > 0 && <button type="button" className="primary" disabled={wait > 0} data-testid="knock-again"
            onClick={() => setState({ at: 'asking' })}>{t('knock.ask')}</button>}
          <button type="button" data-testid="knock-stop" onClick={() => onEnd(null)}>{t(refused ? 'knock.back' : 'knock.stop')}</button>
        </p>
      </div>
    </Page>
  );
}
