// SPDX-License-Identifier: Apache-2.0
// The bar of buttons. On a narrow screen the rarer ones move into a sheet, so that each stays as large as a thumb.
import { useEffect, useRef, useState, useSyncExternalStore, type MouseEvent, type ReactNode } from 'react';
import { useLocalParticipant, useLocalParticipantPermissions } from '@livekit/components-react';
import { Track } from 'livekit-client';
import { t, tn, type Key } from '../i18n';
import {
  CameraIcon, CameraOffIcon, ChatIcon, HandIcon, LeaveIcon, MicIcon, MicOffIcon, MoreIcon, PeopleIcon, RecordIcon, ScreenIcon,
  SettingsIcon, SmileIcon,
} from '../ui/icons';
import type { Call } from './call';
import { Dialog } from '../ui/Dialog';
import { emojis, type Emoji } from './reactions';

export type Panel = 'chat' | 'people' | null;

function ControlButton({ label, on, off, onClick, testId, className, badge, children, name, expanded, shortcut }: {
  label: string; name?: string; on?: boolean; off?: boolean; onClick: () => void | Promise<void>; testId: string;
  className?: string; badge?: number; children: ReactNode; expanded?: boolean; shortcut?: string;
}) {
  const [busy, setBusy] = useState(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  const click = async (event: MouseEvent<HTMLButtonElement>) => {
    // Pressed with a pointer it gives the focus back, so that the space bar stays the way to talk.
    if (event.detail > 0) event.currentTarget.blur();
    setBusy(true);
    await onClick();
    if (!gone.current) setBusy(false);
  };
  return (
    <button type="button" className={`control ${off ? 'off' : ''} ${on ? 'on' : ''} ${className ?? ''}`} disabled={busy}
      aria-pressed={expanded === undefined && name === undefined ? on : undefined} aria-expanded={expanded}
      aria-keyshortcuts={shortcut} aria-label={name ?? label} title={name ?? label}
      onClick={(event) => void click(event)} data-testid={testId}>
      {children}
      <span className="control-label">{label}</span>
      {' ' /* or label and number would be read as one word */}
      {badge ? <span className="badge" aria-hidden="true">{badge > 99 ? '99+' : badge}</span> : null}
    </button>
  );
}

const canShareScreen = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
const NARROW = '(max-width: 760px)';

function useNarrow(): boolean {
  return useSyncExternalStore((changed) => {
    const query = matchMedia(NARROW);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, () => matchMedia(NARROW).matches);
}

function ReactionRow({ onPick }: { onPick: (emoji: Emoji) => void }) {
  return (
    <div className="reaction-row" role="group" aria-label={t('meeting.react')}>
      {(Object.entries(emojis) as [Emoji, Key][]).map(([emoji, name]) => (
        <button key={emoji} type="button" className="emoji" aria-label={t(name)} title={t(name)} data-testid={`react-${name}`}
          onClick={() => onPick(emoji)}>{emoji}</button>
      ))}
    </div>
  );
}

/** The row of reactions above its button; stays open for more than one, closed by Escape or a click elsewhere. */
function ReactionPicker({ call }: { call: Call }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('.emoji')?.focus();
    const elsewhere = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', elsewhere);
    return () => document.removeEventListener('pointerdown', elsewhere);
  }, [open]);
  const close = () => {
    setOpen(false);
    box.current?.querySelector<HTMLElement>('.control')?.focus();
  };
  return (
    <div className="reaction-picker" ref={box} onKeyDown={(event) => {
      if (event.key !== 'Escape' || !open) return;
      event.stopPropagation();
      close();
    }}>
      <ControlButton label={t('meeting.react')} on={open} expanded={open} testId="react" onClick={() => setOpen(!open)}>
        <SmileIcon /></ControlButton>
      {open && <div className="popover"><ReactionRow onPick={(emoji) => call.react(emoji)} /></div>}
    </div>
  );
}

export function Controls({ call, panel, onPanel, unread, waiting, chatAllowed, onSettings, onRecord }: {
  call: Call; panel: Panel; onPanel: (panel: Panel) => void; unread: number; chatAllowed: boolean;
  /** People at the door. */
  waiting: number; onSettings: () => void;
  /** Null for who may not have the meeting recorded. */
  onRecord: (() => void) | null;
}) {
  const local = useLocalParticipant();
  const { state, wantsCamera, wantsMicrophone, hand } = useSyncExternalStore(call.subscribe, call.getView);
  // Without a connection nothing is sent: the buttons then show what will be once it is back.
  const live = state === 'connected' || state === 'reconnecting';
  const microphone = live ? local.isMicrophoneEnabled : wantsMicrophone;
  const camera = live ? local.isCameraEnabled : wantsCamera;
  const screen = live && local.isScreenShareEnabled;
  useLocalParticipantPermissions(); // draws again when a moderator changes them
  const [more, setMore] = useState(false);
  const narrow = useNarrow();
  const toggle = (which: Exclude<Panel, null>) => onPanel(panel === which ? null : which);
  /** What the sheet's buttons do: it goes first, so that the focus comes back before it moves on. */
  const then = (act: () => unknown) => () => {
    setMore(false);
    void act();
  };

  const screenButton = (wrap: typeof then) => live && canShareScreen && call.mayPublish(Track.Source.ScreenShare) && (
    <ControlButton key="screen" label={screen ? t('meeting.screenStop') : t('meeting.screen')} on={screen} testId="screen"
      onClick={wrap(() => call.setScreen(!screen))}><ScreenIcon /></ControlButton>
  );
  const peopleButton = (wrap: typeof then) => (
    <ControlButton key="people" label={t('meeting.people')} name={waiting > 0 ? tn('people.waiting', waiting) : undefined}
      on={panel === 'people'} expanded={panel === 'people'} badge={waiting} testId="people"
      shortcut="p" onClick={wrap(() => toggle('people'))}><PeopleIcon /></ControlButton>
  );
  const settingsButton = (wrap: typeof then) => (
    <ControlButton key="settings" label={t('meeting.settings')} testId="devices" onClick={wrap(onSettings)}><SettingsIcon /></ControlButton>
  );
  const { isOn } = useSyncExternalStore(call.recorder.subscribe, call.recorder.getView);
  // One that runs can be stopped, whatever the room's settings say meanwhile.
  const recordButton = (wrap: typeof then) => live && onRecord && (call.rules().record || isOn) && (
    <ControlButton key="record" label={t(isOn ? 'recording.badge' : 'recording.record')} off={isOn} testId="record"
      onClick={wrap(onRecord)}><RecordIcon /></ControlButton>
  );
  const straight = (act: () => unknown) => () => act() as Promise<void>;
  return (
    <footer className="controls" aria-label={t('meeting.controls')}>
      {call.mayPublish(Track.Source.Microphone) && (
        <ControlButton label={t('meeting.micShort')} off={!microphone} testId="mic" shortcut="m"
          name={microphone ? t('meeting.micOff') : t('meeting.micOn')}
          onClick={() => call.setMicrophone(!microphone)}>
          {microphone ? <MicIcon /> : <MicOffIcon />}
        </ControlButton>
      )}
      {call.mayPublish(Track.Source.Camera) && (
        <ControlButton label={t('meeting.camera')} off={!camera} testId="camera" shortcut="v"
          name={camera ? t('lobby.turnCameraOff') : t('lobby.turnCameraOn')}
          onClick={() => call.setCamera(!camera)}>
          {camera ? <CameraIcon /> : <CameraOffIcon />}
        </ControlButton>
      )}
      {!narrow && screenButton(straight)}
      {live && call.mayRaiseHand() && (
        <ControlButton label={t('meeting.handShort')} name={hand ? t('meeting.handDown') : t('meeting.hand')} on={hand}
          testId="hand" shortcut="h" onClick={() => call.setHand(!hand)}><HandIcon /></ControlButton>
      )}
      {!narrow && live && call.mayTalkInText() && <ReactionPicker call={call} />}
      {chatAllowed && (
        <ControlButton label={t('meeting.chat')} name={unread > 0 ? tn('chat.unread', unread) : t('meeting.chat')}
          on={panel === 'chat'} expanded={panel === 'chat'} badge={unread} testId="chat" shortcut="c"
          onClick={() => toggle('chat')}><ChatIcon /></ControlButton>
      )}
      {!narrow && peopleButton(straight)}
      {!narrow && recordButton(straight)}
      {!narrow && settingsButton(straight)}
      {narrow && (
        <ControlButton label={t('meeting.more')} name={waiting > 0 ? `${t('meeting.more')}, ${tn('people.waiting', waiting)}` : undefined}
          expanded={more} badge={waiting} testId="more" onClick={() => setMore(true)}><MoreIcon /></ControlButton>
      )}
      <ControlButton label={t('meeting.leave')} className="leave" testId="leave"
        onClick={() => call.leave()}><LeaveIcon /></ControlButton>
      {more && narrow && (
        <Dialog title={t('meeting.more')} onClose={() => setMore(false)} sheet>
          {live && call.mayTalkInText() && <ReactionRow onPick={(emoji) => then(() => call.react(emoji))()} />}
          <div className="sheet-buttons">{screenButton(then)}{peopleButton(then)}{recordButton(then)}{settingsButton(then)}</div>
        </Dialog>
      )}
    </footer>
  );
}
