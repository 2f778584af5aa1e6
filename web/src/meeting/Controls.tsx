// SPDX-License-Identifier: Apache-2.0
import { useEffect, useId, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { useLocalParticipant, useLocalParticipantPermissions, useMediaDeviceSelect } from '@livekit/components-react';
import { Track } from 'livekit-client';
import { canChooseSpeaker, loadChoices, saveChoices } from '../devices';
import { t, tn } from '../i18n';
import {
  CameraIcon, CameraOffIcon, ChatIcon, LeaveIcon, MicIcon, MicOffIcon, PeopleIcon, ScreenIcon, SettingsIcon,
} from '../ui/icons';
import type { Call } from './call';

export type Panel = 'chat' | 'people' | null;

function ControlButton({ label, on, off, onClick, testId, className, badge, children, name }: {
  label: string; name?: string; on?: boolean; off?: boolean; onClick: () => void | Promise<void>; testId: string;
  className?: string; badge?: number; children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const click = async () => {
    setBusy(true);
    await onClick();
    setBusy(false);
  };
  return (
    <button type="button" className={`control ${off ? 'off' : ''} ${on ? 'on' : ''} ${className ?? ''}`} disabled={busy}
      aria-pressed={on ?? (off === undefined ? undefined : !off)} aria-label={name ?? label} title={name ?? label}
      onClick={() => void click()} data-testid={testId}>
      {children}
      <span className="control-label">{label}</span>
      {badge ? <span className="badge" aria-hidden="true">{badge > 99 ? '99+' : badge}</span> : null}
    </button>
  );
}

function DevicePicker({ label, kind, onPick }: { label: string; kind: MediaDeviceKind; onPick: (id: string) => void }) {
  const id = useId();
  const { devices, activeDeviceId, setActiveMediaDevice } = useMediaDeviceSelect({ kind });
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={activeDeviceId} data-testid={`device-${kind}`}
        onChange={(e) => {
          const device = e.target.value;
          void setActiveMediaDevice(device).then(() => onPick(device), () => undefined);
        }}>
        {devices.map((device, i) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || t('lobby.deviceNumber', { n: i + 1 })}
          </option>
        ))}
      </select>
    </div>
  );
}

function DevicesDialog({ onClose }: { onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current?.showModal(), []);
  const keep = (key: 'camera' | 'microphone' | 'speaker') => (id: string) =>
    saveChoices({ ...loadChoices(), [key]: id === 'default' ? '' : id });
  return (
    <dialog ref={ref} className="card" aria-labelledby="devices-title" onClose={onClose}>
      <h2 id="devices-title">{t('meeting.devices')}</h2>
      <DevicePicker label={t('lobby.camera')} kind="videoinput" onPick={keep('camera')} />
      <DevicePicker label={t('lobby.microphone')} kind="audioinput" onPick={keep('microphone')} />
      {canChooseSpeaker && <DevicePicker label={t('lobby.speaker')} kind="audiooutput" onPick={keep('speaker')} />}
      <div className="actions">
        <button type="button" className="primary" onClick={onClose}>{t('meeting.close')}</button>
      </div>
    </dialog>
  );
}

const canShareScreen = typeof navigator.mediaDevices?.getDisplayMedia === 'function';

export function Controls({ call, panel, onPanel, unread, chatAllowed }: {
  call: Call; panel: Panel; onPanel: (panel: Panel) => void; unread: number; chatAllowed: boolean;
}) {
  const local = useLocalParticipant();
  const { state, wantsCamera, wantsMicrophone } = useSyncExternalStore(call.subscribe, call.getView);
  // Without a connection nothing is sent: the buttons then show what will be once it is back.
  const live = state === 'connected' || state === 'reconnecting';
  const microphone = live ? local.isMicrophoneEnabled : wantsMicrophone;
  const camera = live ? local.isCameraEnabled : wantsCamera;
  const screen = live && local.isScreenShareEnabled;
  useLocalParticipantPermissions(); // draws again when a moderator changes them
  const [devices, setDevices] = useState(false);
  const toggle = (which: Exclude<Panel, null>) => onPanel(panel === which ? null : which);
  return (
    <footer className="controls" aria-label={t('meeting.controls')}>
      {call.mayPublish(Track.Source.Microphone) && (
        <ControlButton label={t('meeting.microphone')} off={!microphone} testId="mic"
          name={microphone ? t('lobby.turnMicrophoneOff') : t('lobby.turnMicrophoneOn')}
          onClick={() => call.setMicrophone(!microphone)}>
          {microphone ? <MicIcon /> : <MicOffIcon />}
        </ControlButton>
      )}
      {call.mayPublish(Track.Source.Camera) && (
        <ControlButton label={t('meeting.camera')} off={!camera} testId="camera"
          name={camera ? t('lobby.turnCameraOff') : t('lobby.turnCameraOn')}
          onClick={() => call.setCamera(!camera)}>
          {camera ? <CameraIcon /> : <CameraOffIcon />}
        </ControlButton>
      )}
      {live && canShareScreen && call.mayPublish(Track.Source.ScreenShare) && (
        <ControlButton label={screen ? t('meeting.screenStop') : t('meeting.screen')}
          on={screen} testId="screen" onClick={() => call.setScreen(!screen)}>
          <ScreenIcon />
        </ControlButton>
      )}
      {chatAllowed && (
        <ControlButton label={t('meeting.chat')} name={unread > 0 ? tn('chat.unread', unread) : t('meeting.chat')}
          on={panel === 'chat'} badge={unread} testId="chat" onClick={() => toggle('chat')}><ChatIcon /></ControlButton>
      )}
      <ControlButton label={t('meeting.people')} on={panel === 'people'} testId="people"
        onClick={() => toggle('people')}><PeopleIcon /></ControlButton>
      <ControlButton label={t('meeting.devices')} testId="devices"
        onClick={() => setDevices(true)}><SettingsIcon /></ControlButton>
      <ControlButton label={t('meeting.leave')} className="leave" testId="leave"
        onClick={() => call.leave()}><LeaveIcon /></ControlButton>
      {devices && <DevicesDialog onClose={() => setDevices(false)} />}
    </footer>
  );
}
