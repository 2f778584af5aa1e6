// SPDX-License-Identifier: Apache-2.0
// /m/<room>: from the link to the meeting. checking → lobby → meeting, and a gate wherever the way ends.
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { api, ApiError, type Admission, type Archived } from '../api';
import { loadChoices, saveChoices, skipsCheck } from '../devices';
import { t } from '../i18n';
import { forgetInvitation, invitationTo } from '../invitation';
import { fault } from '../roomname';
import { session, useSession } from '../session';
import { Loading, Page, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';
import { gateOf, GatePage, type Gate } from './gates';
import { Knock } from './Knock';
import { Lobby } from './Lobby';

// The LiveKit part is most of the app's size: fetched while the person checks the camera.
const loadMeeting = () => import('../meeting/Meeting');
const Meeting = lazy(loadMeeting);

type Stage =
  | { at: 'checking' }
  | { at: 'lobby'; asks?: boolean }
  | { at: 'knock' }
  | { at: 'meeting'; admission: Admission }
  | { at: 'gate'; gate: Gate };

const NAME = 'bedrud.name';

function keptName(): string {
  try {
    return localStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}

const SEATS = 'bedrud.seats';

/** The rooms this browser has sat in lately: its seat may still be counted, so "full" needn't be true for it. */
function seats(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(SEATS) ?? '[]');
    return Array.isArray(kept) ? kept.filter((room) => typeof room === 'string') : [];
  } catch {
    return [];
  }
}

function remember(room: string, guestName: string | null): void {
  try {
    localStorage.setItem(SEATS, JSON.stringify([room, ...seats().filter((other) => other !== room)].slice(0, 20)));
    if (guestName !== null) localStorage.setItem(NAME, guestName);
  } catch {
    // storage refused: nothing is remembered
  }
}

const isArchived = (got: Admission | Archived): got is Archived =>
  'status' in got && got.status === 'archived_owned';

/** What stands at the door before anyone knocks. Only a hint: joining is what decides. */
async function look(room: string): Promise<Stage> {
  const wrong = fault(room);
  if (wrong) return { at: 'gate', gate: { kind: 'badName' } };
  try {
    if (session()) {
      const got = await api.join(room, invitationTo(room));
      return isArchived(got) ? { at: 'gate', gate: { kind: 'archived', archived: got } } : { at: 'lobby' };
    }
    await api.check(room);
  } catch (err) {
    const status = err instanceof ApiError ? err.status : -1;
    if (status === 401 && !session()) return look(room); // the session ended: go on as a guest
    const gate = gateOf(err);
    // A guest whose tries are used up can still check the camera; joining says how long to wait.
    // An invitation is looked at when its bearer comes in; where somebody lets people in, one asks after the camera check.
    if (gate.kind === 'approval') return { at: 'lobby', asks: true };
    if (gate.kind === 'private' && invitationTo(room)) return { at: 'lobby' };
    if (gate.kind === 'busy' || (gate.kind === 'full' && seats().includes(room))) return { at: 'lobby' };
    return { at: 'gate', gate };
  }
  return { at: 'lobby' };
}

/** Opens an ended room of the caller's again, as it was. Who may join is told by our server only: else just the owner. */
async function reopen(archived: Archived): Promise<void> {
  const { name, mode, settings, isPublic = false, maxParticipants = 0 } = archived;
  await api.createRoom({ name, mode, settings, isPublic, maxParticipants });
}

export function RoomPage({ room }: { room: string }) {
  const signedIn = useSession()?.userId;
  const [stage, setStage] = useState<Stage>({ at: 'checking' });
  const [choices, setChoices] = useState(loadChoices);
  const [name, setName] = useState(keptName);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useSentence();
  const [until, setUntil] = useState(0);
  const [again, setAgain] = useState<Gate | null>(null);
  const skipped = useRef(false);

  useEffect(() => {
    // The same link with an invitation, opened where the door was found closed: the page isn't loaded anew.
    const invited = () => {
      if (invitationTo(room)) setStage((now) => (now.at === 'gate' || now.at === 'knock' ? { at: 'checking' } : now));
    };
    window.addEventListener('hashchange', invited);
    return () => window.removeEventListener('hashchange', invited);
  }, [room]);

  useEffect(() => {
    if (stage.at !== 'checking') return;
    let gone = false;
    void loadMeeting().catch(() => undefined);
    void look(room).then((next) => {
      if (gone) return;
      setStage(next);
      // Straight in for whoever doesn't want the camera check; once, so that a refusal is seen.
      if (next.at === 'lobby' && skipsCheck() && (session() || name.trim()) && !skipped.current) {
        skipped.current = true;
        void enter();
      }
    });
    return () => {
      gone = true;
    };
  }, [room, stage.at]);

  /** `admitted`: somebody just let this person in, so that asking once more leads nowhere. */
  const enter = async (admitted = false) => {
    setBusy(true);
    setProblem(null);
    saveChoices(choices);
    try {
      // A join token is short-lived: it is fetched now, not when the page was opened.
      const invitation = invitationTo(room);
      const got = session() ? await api.join(room, invitation) : await api.guestJoin(room, name.trim(), invitation);
      if (isArchived(got)) {
        setStage({ at: 'gate', gate: { kind: 'archived', archived: got } });
      } else {
        remember(room, session() ? null : name.trim());
        forgetInvitation(room);
        setStage({ at: 'meeting', admission: got });
      }
    } catch (err) {
      refused(err, admitted);
    }
    setBusy(false);
  };

  const refused = (err: unknown, admitted: boolean) => {
    const gate = gateOf(err);
    if (gate.kind === 'uninvited') forgetInvitation(room);
    const asks = gate.kind === 'approval' || (gate.kind === 'private' && stage.at === 'lobby' && stage.asks);
    if (asks && !admitted) {
      setUntil(0);
      setStage({ at: 'knock' });
      return;
    }
    if (admitted && ['busy', 'restarting', 'offline', 'error'].includes(gate.kind)) {
      setUntil(gate.until ?? Date.now() + 5000);
      return;
    }
    setAgain(gate.kind === 'restarting' ? gate : null);
    if (gate.kind === 'restarting') return;
    if (gate.kind === 'busy') setUntil(gate.until ?? 0);
    else if (gate.kind === 'badName' || gate.kind === 'offline' || gate.kind === 'error') setProblem(() => explain(err));
    else setStage({ at: 'gate', gate });
  };

  /** A fresh join token for someone who is in the meeting already. */
  const renew = useCallback(async (admission: Admission): Promise<Admission> => {
    if (session()) return { ...admission, ...(await api.refreshToken(room)) };
    try {
      if (admission.accessToken) return { ...admission, ...(await api.refreshToken(room, admission.accessToken)) };
    } catch (err) {
      if (!(err instanceof ApiError) || err.status !== 401) throw err;
    }
    return api.guestJoin(room, name.trim());
  }, [room, name]);

  const why = useCallback(async ({ accessToken }: Admission): Promise<Gate | null> => {
    try {
      await api.refreshToken(room, session() ? undefined : accessToken);
    } catch (err) {
      const gate = gateOf(err);
      if (gate.kind === 'banned' || gate.kind === 'kicked' || gate.kind === 'suspended') return gate;
    }
    return null;
  }, [room]);

  const lookAgain = () => {
    skipped.current = false;
    setProblem(null);
    setStage({ at: 'checking' });
  };
  const openAgain = async (archived: Archived) => {
    setBusy(true);
    setProblem(null);
    try {
      await reopen(archived);
      lookAgain();
    } catch (err) {
      if (err instanceof ApiError && err.status === 409) lookAgain(); // somebody was faster: look who
      else setProblem(() => explain(err));
    }
    setBusy(false);
  };

  switch (stage.at) {
    case 'checking':
      return <Page title={t('lobby.room', { room })}><Loading text={t('lobby.checking')} /></Page>;
    case 'lobby':
      return <Lobby key={signedIn ?? 'guest'} room={room} choices={choices} onChoices={setChoices} name={name}
        onName={setName} onEnter={() => void enter()} busy={busy} problem={problem} until={until}
        asks={stage.asks === true} again={again} onStop={() => setAgain(null)} />;
    case 'knock':
      return <Knock room={room} name={signedIn ? null : name.trim()} onAdmitted={() => void enter(true)} retryAt={until}
        onEnd={(gate) => setStage(gate ? { at: 'gate', gate } : { at: 'lobby', asks: true })} problem={problem} />;
    case 'gate':
      return <GatePage gate={stage.gate} room={room} onRetry={lookAgain} onAsk={() => setStage({ at: 'lobby', asks: true })}
        onReopen={(a) => void openAgain(a)}
        problem={problem} busy={busy} />;
    case 'meeting':
      return (
        <Suspense fallback={<div className="meeting"><Loading text={t('meeting.connecting')} /></div>}>
          <Meeting admission={stage.admission} choices={choices} renew={renew} why={why}
            onEnd={(gate) => setStage({ at: 'gate', gate })} />
        </Suspense>
      );
  }
}
