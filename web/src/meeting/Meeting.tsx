// SPDX-License-Identifier: Apache-2.0
// The meeting: stage, side panel, controls. Loaded on demand; everything of LiveKit is imported from here on.
import { useCallback, useEffect, useReducer, useRef, useState, useSyncExternalStore } from 'react';
import { RoomAudioRenderer, RoomContext, useAudioPlayback } from '@livekit/components-react';
import { Track } from 'livekit-client';
import type { Admission } from '../api';
import type { Choices } from '../devices';
import { t } from '../i18n';
import type { Gate } from '../pages/gates';
import { CloseIcon } from '../ui/icons';
import { useTitle } from '../ui/parts';
import { Refused } from '../ui/refused';
import { useServer } from '../ui/server';
import { Call, type Notice } from './call';
import { ChatPanel } from './ChatPanel';
import { Controls, type Panel } from './Controls';
import { PeoplePanel } from './PeoplePanel';
import { RecordingDialog, RecordingProblem } from './RecordDialog';
import { ReactionLayer } from './ReactionLayer';
import { Keys, Settings } from './Settings';
import { moderates } from './rights';
import { useShortcuts, type Shortcut } from './shortcuts';
import { Stage, type View } from './Stage';
import { Top, Trouble } from './Top';

function say(notice: Notice): string {
  switch (notice.kind) {
    case 'joined':
    case 'left':
    case 'handUp':
    case 'knocked': return t(`meeting.${notice.kind}`, { name: notice.name });
    case 'said': return t('meeting.said', { name: notice.name, text: notice.text.slice(0, 120) });
    case 'recordingOn': return t('recording.isOn');
    case 'recordingOff': return t('recording.isOff');
    case 'recordingReady': return t('recording.ready');
    case 'screenFailed': return t('meeting.screenFailed', { why: notice.why });
    default: return t(`meeting.${notice.kind}`);
  }
}

interface Toast {
  id: number;
  say: () => string;
  /** What was written: not shown over the chat, where it stands anyway. */
  chat: boolean;
}

/** Short notices that go by themselves. */
function useToasts(): [Toast[], (say: () => string, chat: boolean) => void] {
  const [toasts, change] = useReducer((all: Toast[], next: Toast | number) =>
    typeof next === 'number' ? all.filter((toast) => toast.id !== next) : [...all, next].slice(-3), []);
  const count = useRef(0);
  const add = useCallback((say: () => string, chat: boolean) => {
    const id = ++count.current;
    change({ id, say, chat });
    setTimeout(() => change(id), 4500);
  }, []);
  return [toasts, add];
}

function SoundBlocked() {
  const { canPlayAudio, startAudio } = useAudioPlayback();
  if (canPlayAudio) return null;
  return (
    <div className="banner" role="alert">
      <span>{t('meeting.soundBlocked')}</span>
      <button type="button" className="small" onClick={() => void startAudio()}>{t('meeting.soundStart')}</button>
    </div>
  );
}

/** A device that the browser refused during the meeting. */
function RefusedDevice({ call }: { call: Call }) {
  const { refused } = useSyncExternalStore(call.subscribe, call.getView);
  if (!refused) return null;
  const { device, refusal } = refused;
  const retry = () => {
    call.forgive();
    if (device !== 'microphone') void call.setCamera(true);
    if (device !== 'camera') void call.setMicrophone(true);
  };
  return (
    <Refused device={device} refusal={refusal} onRetry={retry}>
      <button type="button" className="round plain" aria-label={t('meeting.close')} onClick={() => call.forgive()}><CloseIcon /></button>
    </Refused>
  );
}

/** A moderator's wish to hear or see this person, who answers it. */
function Asked({ call }: { call: Call }) {
  const { asked } = useSyncExternalStore(call.subscribe, call.getView);
  if (!asked) return null;
  const answer = (yes: boolean) => {
    call.answer(yes);
    document.querySelector<HTMLElement>('.controls .control')?.focus(); // the button goes
  };
  return (
    <div className="banner" role="alert" data-testid="asked" data-asked={asked}>
      <span>{t(`asked.${asked}`)}</span>
      <button type="button" className="small" data-testid="asked-yes" onClick={() => answer(true)}>{t('asked.yes')}</button>
      <button type="button" className="small" data-testid="asked-no" onClick={() => answer(false)}>{t('asked.no')}</button>
    </div>
  );
}

const VIEW = 'bedrud.view';

function keptView(): View {
  try {
    return localStorage.getItem(VIEW) === 'speaker' ? 'speaker' : 'grid';
  } catch {
    return 'grid';
  }
}

interface Props {
  admission: Admission;
  choices: Choices;
  renew: (admission: Admission) => Promise<Admission>;
  why: (admission: Admission) => Promise<Gate | null>;
  onEnd: (gate: Gate) => void;
}

export default function Meeting({ admission, choices, renew, why, onEnd }: Props) {
  const [toasts, toast] = useToasts();
  const [panel, setPanel] = useState<Panel>(null);
  const [dialog, setDialog] = useState<'settings' | 'keys' | 'recording' | null>(null);
  const [view, setView] = useState<View>(keptView);
  const [talking, setTalking] = useState(false);
  const [read, setRead] = useState(0);
  const shown = useRef(panel);
  shown.current = panel;
  // One call for one stay: later changes of the props belong to the page around it.
  const [call] = useState(() => new Call(admission, choices, {
    renew, why, onEnd, onNotice: (n) => {
      if (n.kind !== 'said' || (chatAllowed && shown.current !== 'chat')) toast(() => say(n), n.kind === 'said');
    },
  }));
  const { state, lines, deafened, hand, spotlight } = useSyncExternalStore(call.subscribe, call.getView);
  const { waiting, role } = useSyncExternalStore(call.moderation.subscribe, call.moderation.getView);
  const canRecord = useServer()?.recordingsEnabled === true;
  const rules = call.rules();
  const chatAllowed = rules.chat;
  const audience = rules.stage && state === 'connected' && !call.mayPublish(Track.Source.Microphone) && !call.mayPublish(Track.Source.Camera);
  useTitle(t('meeting.title', { room: admission.name }));

  useEffect(() => {
    void call.start();
    return () => call.dispose();
  }, [call]);

  const heard = lines.filter((line) => line.name !== '').length;
  useEffect(() => {
    if (panel === 'chat') setRead(heard);
  }, [panel, heard]);

  const changeView = (next: View) => {
    setView(next);
    try {
      localStorage.setItem(VIEW, next);
    } catch {
      // kept for this page only
    }
  };
  /** Opens a panel, or closes it and gives the focus back to its button. */
  const openPanel = (next: Panel) => {
    const inside = document.activeElement?.closest('.panel');
    setPanel(next);
    if (next === null && panel && inside) document.querySelector<HTMLElement>(`.controls [data-testid=${panel}], .controls [data-testid=more]`)?.focus();
  };
  const toggle = (which: 'chat' | 'people') => openPanel(panel === which ? null : which);
  const local = call.room.localParticipant;
  const act = (shortcut: Shortcut, down: boolean) => {
    switch (shortcut) {
      case 'talk':
        if (!call.mayPublish(Track.Source.Microphone) || (down && local.isMicrophoneEnabled) || (!down && !talking)) return;
        setTalking(down);
        void call.setMicrophone(down);
        return;
      case 'microphone':
        if (call.mayPublish(Track.Source.Microphone)) void call.setMicrophone(!local.isMicrophoneEnabled);
        return;
      case 'camera': if (call.mayPublish(Track.Source.Camera)) void call.setCamera(!local.isCameraEnabled); return;
      case 'hand': if (call.mayRaiseHand()) void call.setHand(!hand); return;
      case 'chat': if (chatAllowed) toggle('chat'); return;
      case 'people': toggle('people'); return;
      case 'view': changeView(view === 'grid' ? 'speaker' : 'grid'); return;
      case 'help': setDialog('keys');
    }
  };
  useShortcuts(act);

  return (
    <RoomContext.Provider value={call.room}>
      <div className={panel ? 'meeting with-panel' : 'meeting'} data-testid="meeting" data-state={state}>
        <Top call={call} room={admission.name} view={view} onView={changeView} />
        <div className="meeting-status">
          <div role="status"><Trouble call={call} /></div>
          <SoundBlocked />
          <div role="status">
            {deafened && <p className="banner" data-testid="deafened">{t('meeting.deafenedNow')}</p>}
            {audience && <p className="banner" data-testid="audience">{t('meeting.audience')}</p>}
          </div>
          <Asked call={call} />
          {dialog !== 'recording' && <RecordingProblem call={call} />}
          <RefusedDevice call={call} />
        </div>
        <Stage live={call.room} room={admission.name} host={admission.adminId} connected={state === 'connected'} view={view}
          audience={rules.stage} spotlight={spotlight} />
        {panel === 'chat' && chatAllowed && <ChatPanel call={call} lines={lines} onClose={() => openPanel(null)} />}
        {panel === 'people' && <PeoplePanel call={call} host={admission.adminId} onDid={(did) => toast(did, false)} onClose={() => openPanel(null)} />}
        <Controls call={call} panel={panel} onPanel={openPanel} unread={Math.max(0, heard - read)}
          waiting={waiting.length} chatAllowed={chatAllowed} onSettings={() => setDialog('settings')}
          onRecord={canRecord && moderates(role) ? () => setDialog('recording') : null} />
        <ReactionLayer reactions={call.reactions} />
        <div className="toasts" role="status">
          {talking && <p className="toast" data-testid="talking">{t('meeting.talking')}</p>}
          {toasts.filter((one) => !one.chat || panel !== 'chat').map((one) => <p key={one.id} className="toast">{one.say()}</p>)}
        </div>
        {dialog === 'settings' && <Settings call={call} onClose={() => setDialog(null)} onKeys={() => setDialog('keys')} />}
        {dialog === 'recording' && <RecordingDialog call={call} onClose={() => setDialog(null)} />}
        {dialog === 'keys' && <Keys onClose={() => setDialog(null)} />}
        <RoomAudioRenderer muted={deafened} />
      </div>
    </RoomContext.Provider>
  );
}
