// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from 'react';
import { useIsSpeaking, useParticipants } from '@livekit/components-react';
import { RoomEvent, type Participant } from 'livekit-client';
import { t, tn } from '../i18n';
import { CameraIcon, CameraOffIcon, CloseIcon, HandIcon, MicIcon, MicOffIcon } from '../ui/icons';
import { inLine } from './hands';
import { hue, initials, Quality } from './Tile';

/**
 * What the participant's metadata says of its role. A participant can change its own metadata, so this is shown and
 * nothing else: what a moderator may do is decided by the server.
 */
function isModerator(participant: Participant): boolean {
  try {
    const { accesses } = JSON.parse(participant.metadata || '{}') as { accesses?: unknown };
    return Array.isArray(accesses) && accesses.includes('moderator');
  } catch {
    return false;
  }
}

function Person({ participant, host, place }: { participant: Participant; host: boolean; place: number }) {
  const speaking = useIsSpeaking(participant);
  const name = participant.name || participant.identity;
  const mic = participant.isMicrophoneEnabled;
  const camera = participant.isCameraEnabled;
  return (
    <li className={speaking ? 'person speaking' : 'person'} data-testid="person" data-identity={participant.identity}>
      <span className={`avatar small hue-${hue(participant.identity)}`} aria-hidden="true"><span>{initials(name)}</span></span>
      <span className="person-text">
        <span className="person-name">{participant.isLocal ? t('meeting.nameYou', { name }) : name}</span>
        {host && <span className="tag">{t('meeting.host')}</span>}
        {!host && isModerator(participant) && <span className="tag">{t('meeting.moderator')}</span>}
      </span>
      {place > 0 && (
        <span className="person-hand" role="img" aria-label={t('meeting.handPlace', { n: place })}
          title={t('meeting.handPlace', { n: place })} data-testid="person-hand"><HandIcon />{place}</span>
      )}
      <Quality participant={participant} />
      <span className={mic ? 'state' : 'state not'} role="img" aria-label={mic ? t('meeting.unmuted') : t('meeting.muted')}>
        {mic ? <MicIcon /> : <MicOffIcon />}</span>
      <span className={camera ? 'state' : 'state not'} role="img"
        aria-label={camera ? t('meeting.cameraOn') : t('meeting.cameraOff')}>
        {camera ? <CameraIcon /> : <CameraOffIcon />}</span>
    </li>
  );
}

const events = [
  RoomEvent.ParticipantConnected, RoomEvent.ParticipantDisconnected, RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantMetadataChanged, RoomEvent.ParticipantAttributesChanged, RoomEvent.TrackMuted, RoomEvent.TrackUnmuted,
  RoomEvent.TrackPublished, RoomEvent.TrackUnpublished, RoomEvent.LocalTrackPublished, RoomEvent.LocalTrackUnpublished,
  RoomEvent.ConnectionStateChanged,
];

export function PeoplePanel({ host, onClose }: { host: string; onClose: () => void }) {
  const people = useParticipants({ updateOnlyOn: events });
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  // Raised hands first, in their order: whoever leads the talk sees who is next.
  const line = inLine(people);
  const sorted = [...line, ...people.filter((one) => !line.includes(one))];
  return (
    <aside className="panel" aria-label={t('meeting.people')} data-testid="people-panel"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <div className="panel-head">
        <h2 ref={title} tabIndex={-1}>{t('meeting.people')} <span className="hint">{tn('people.count', people.length)}</span></h2>
        <button type="button" className="round plain" aria-label={t('meeting.close')} onClick={onClose}><CloseIcon /></button>
      </div>
      <ul className="people" tabIndex={0} aria-label={t('meeting.people')}>
        {sorted.map((one) => (
          <Person key={one.identity} participant={one} host={one.identity === host} place={line.indexOf(one) + 1} />
        ))}
      </ul>
    </aside>
  );
}
