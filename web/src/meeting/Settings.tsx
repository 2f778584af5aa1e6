// SPDX-License-Identifier: Apache-2.0
// Settings inside the meeting: devices, the camera check, keyboard shortcuts; and the list of those.
import { useId, useState } from 'react';
import { useMediaDeviceSelect } from '@livekit/components-react';
import { Track } from 'livekit-client';
import { canChooseSpeaker, loadChoices, saveChoices, setSkipsCheck, skipsCheck } from '../devices';
import { t } from '../i18n';
import { Preferences, Switch } from '../ui/parts';
import type { Call } from './call';
import { Dialog } from '../ui/Dialog';
import { setShortcuts, shortcuts, shortcutsOn } from './shortcuts';

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

export function Settings({ call, onClose, onKeys }: { call: Call; onClose: () => void; onKeys: () => void }) {
  const [check, setCheck] = useState(() => !skipsCheck());
  const [keys, setKeys] = useState(shortcutsOn);
  const keep = (key: 'camera' | 'microphone' | 'speaker') => (id: string) =>
    saveChoices({ ...loadChoices(), [key]: id === 'default' ? '' : id });
  return (
    <Dialog title={t('meeting.settings')} onClose={onClose} testId="settings">
      {call.mayPublish(Track.Source.Camera) &&
        <DevicePicker label={t('lobby.camera')} kind="videoinput" onPick={keep('camera')} />}
      {call.mayPublish(Track.Source.Microphone) &&
        <DevicePicker label={t('lobby.microphone')} kind="audioinput" onPick={keep('microphone')} />}
      {canChooseSpeaker && <DevicePicker label={t('lobby.speaker')} kind="audiooutput" onPick={keep('speaker')} />}
      <Switch label={t('settings.check')} checked={check} testId="show-check" onChange={(on) => {
        setCheck(on);
        setSkipsCheck(!on);
      }} />
      <Switch label={t('settings.shortcuts')} checked={keys} testId="use-shortcuts" onChange={(on) => {
        setKeys(on);
        setShortcuts(on);
      }} />
      <Preferences />
      <div className="actions">
        <button type="button" onClick={onKeys} data-testid="show-keys">{t('settings.keys')}</button>
        <button type="button" className="primary" onClick={onClose}>{t('meeting.close')}</button>
      </div>
    </Dialog>
  );
}

export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('keys.title')} onClose={onClose} testId="keys">
      {!shortcutsOn() && <p className="hint">{t('keys.off')}</p>}
      <dl className="keys">
        {shortcuts.map(({ key, text }) => (
          <div key={key}><dt><kbd>{key === ' ' ? t('keys.space') : key.toUpperCase()}</kbd></dt><dd>{t(text)}</dd></div>
        ))}
      </dl>
    </Dialog>
  );
}
