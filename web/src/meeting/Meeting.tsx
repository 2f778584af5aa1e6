// SPDX-License-Identifier: Apache-2.0
// The meeting: stage, side panel, controls. Loaded on demand; everything of LiveKit is imported from here on.
import { useEffect, useReducer, useRef, useState, useSyncExternalStore } from 'react';
import { RoomAudioRenderer, RoomContext, useAudioPlayback, useParticipants } from '@livekit/components-react';
import type { Admission } from '../api';
import type { Choices } from '../devices';
import { t, tn } from '../i18n';
import { linkTo } from '../roomname';
import type { Gate } from '../pages/gates';
import { CopyIcon } from '../ui/icons';
import { CopyButton, useTitle } from '../ui/parts';
import { Call, type Notice } from './call';
import { ChatPanel } from './ChatPanel';
import { Controls, type Panel } from './Controls';
import { PeoplePanel } from './PeoplePanel';
import { Stage } from './Stage';

function say(notice: Notice): string {
  switch (notice.kind) {
    case 'joined': return t('meeting.joined', { name: notice.name });
    case 'left': return t('meeting.left', { name: notice.name });
    case 'cameraFailed':
    case 'microphoneFailed':
    case 'screenFailed': return t(`meeting.${notice.kind}`, { why: notice.why });
    default: return t(`meeting.${notice.kind}`);
  }
}

interface Toast {
  id: number;
  text: string;
}

/** Short notices that go by themselves. */
function useToasts(): [Toast[], (text: string) => void] {
  const [toasts, change] = useReducer((all: Toast[], next: Toast | number) =>
    typeof next === 'number' ? all.filter((toast) => toast.id !== next) : [...all, next].slice(-3), []);
  const count = useRef(0);
  const add = (text: string) => {
    const id = ++count.current;
    change({ id, text });
    setTimeout(() => change(id), 4500);
  };
  return [toasts, add];
}

function SoundBlocked() {
  const { canPlayAudio, startAudio } = useAudioPlayback();
  if (canPlayAudio) return null;
  return (
    <div className="banner" role="alert">
      <span>{t('meeting.soundBlocked')}</span>
      <button type="button" onClick={() => void startAudio()}>{t('meeting.soundStart')}</button>
    </div>
  );
}

function Top({ room, live }: { room: string; live: boolean }) {
  const people = useParticipants();
  return (
    <header className="meeting-top">
      <h1>{room}</h1>
      {live && <span className="meeting-count" data-testid="count">{tn('people.count', people.length)}</span>}
      <CopyButton className="quiet small" link={linkTo(room)} label={t('rooms.copy')} named={t('lobby.copy')}>
        <CopyIcon />
      </CopyButton>
    </header>
  );
}

interface Props {
  admission: Admission;
  choices: Choices;
  renew: (admission: Admission) => Promise<Admission>;
  onEnd: (gate: Gate) => void;
}

export default function Meeting({ admission, choices, renew, onEnd }: Props) {
  const [toasts, toast] = useToasts();
  const [panel, setPanel] = useState<Panel>(null);
  const [read, setRead] = useState(0);
  // One call for one stay: later changes of the props belong to the page around it.
  const [call] = useState(() => new Call(admission, choices, { renew, onEnd, onNotice: (n) => toast(say(n)) }));
  const { state, lines, deafened } = useSyncExternalStore(call.subscribe, call.getView);
  useTitle(t('meeting.title', { room: admission.name }));

  useEffect(() => {
    void call.start();
    return () => call.dispose();
  }, [call]);

  const heard = lines.filter((line) => line.name !== '').length;
  useEffect(() => {
    if (panel === 'chat') setRead(heard);
  }, [panel, heard]);
  const chatAllowed = admission.settings?.allowChat !== false;
  const status = state === 'connecting' ? t('meeting.connecting') :
    state === 'reconnecting' ? t('meeting.reconnecting') :
    state === 'rejoining' ? t('meeting.rejoining') : '';

  return (
    <RoomContext.Provider value={call.room}>
      <div className={panel ? 'meeting with-panel' : 'meeting'} data-testid="meeting" data-state={state}>
        <Top room={admission.name} live={state === 'connected' || state === 'reconnecting'} />
        <div role="status" className="meeting-status">
          {status && <p className="banner" data-testid="call-state"><span className="spinner" aria-hidden="true" />{status}</p>}
        </div>
        <SoundBlocked />
        <Stage room={admission.name} host={admission.adminId} connected={state === 'connected'} />
        {panel === 'chat' && <ChatPanel call={call} lines={lines} onClose={() => setPanel(null)} />}
        {panel === 'people' && <PeoplePanel host={admission.adminId} onClose={() => setPanel(null)} />}
        <Controls call={call} panel={panel} onPanel={setPanel} unread={Math.max(0, heard - read)}
          chatAllowed={chatAllowed} />
        <div className="toasts" role="status">
          {toasts.map((one) => <p key={one.id} className="toast">{one.text}</p>)}
        </div>
        <RoomAudioRenderer muted={deafened} />
      </div>
    </RoomContext.Provider>
  );
}
