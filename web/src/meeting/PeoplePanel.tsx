// SPDX-License-Identifier: Apache-2.0
import { useIsSpeaking, useParticipants } from '@livekit/components-react';
import type { Participant } from 'livekit-client';
import { t, tn } from '../i18n';
import { CameraIcon, CameraOffIcon, CloseIcon, MicIcon, MicOffIcon } from '../ui/icons';
import { hue, initials } from './Tile';

function Person({ participant, host }: { participant: Participant; host: boolean }) {
  const speaking = useIsSpeaking(participant);
  const name = participant.name || participant.identity;
  const mic = participant.isMicrophoneEnabled;
  return (
    <li className={speaking ? 'person speaking' : 'person'} data-testid="person" data-identity={participant.identity}>
      <span className={`avatar small hue-${hue(participant.identity)}`} aria-hidden="true"><span>{initials(name)}</span></span>
      <span className="person-name">{participant.isLocal ? t('meeting.nameYou', { name }) : name}</span>
      {host && <span className="tag">{t('meeting.host')}</span>}
      <span role="img" aria-label={mic ? t('meeting.unmuted') : t('meeting.muted')}>{mic ? <MicIcon /> : <MicOffIcon />}</span>
      <span role="img" aria-label={participant.isCameraEnabled ? t('lobby.cameraOn') : t('lobby.cameraOff')}>
        {participant.isCameraEnabled ? <CameraIcon /> : <CameraOffIcon />}</span>
    </li>
  );
}

export function PeoplePanel({ host, onClose }: { host: string; onClose: () => void }) {
  const people = useParticipants();
  return (
    <aside className="panel" aria-label={t('meeting.people')} data-testid="people-panel">
      <div className="panel-head">
        <h2>{t('meeting.people')} <span className="hint">{tn('people.count', people.length)}</span></h2>
        <button type="button" className="round" aria-label={t('meeting.close')} onClick={onClose}><CloseIcon /></button>
      </div>
      <ul className="people">
        {people.map((one) => <Person key={one.identity} participant={one} host={one.identity === host} />)}
      </ul>
    </aside>
  );
}
