// SPDX-License-Identifier: Apache-2.0
import {
  isTrackReference, useConnectionQualityIndicator, useIsMuted, useIsSpeaking, useParticipantInfo, VideoTrack,
  type TrackReferenceOrPlaceholder,
} from '@livekit/components-react';
import { ConnectionQuality, Track, type Participant } from 'livekit-client';
import { t } from '../i18n';
import { GridIcon, MicOffIcon, PinIcon, WeakIcon } from '../ui/icons';

/** One of six colours for a person without a picture, the same on every screen. */
export function hue(identity: string): number {
  let sum = 0;
  for (const char of identity) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? [...(words[words.length - 1] ?? '')][0] ?? '' : '';
  return (first + last).toUpperCase();
}

function Label({ participant, name, screen, host }: {
  participant: Participant; name: string; screen: boolean; host: boolean;
}) {
  const muted = useIsMuted({ participant, source: Track.Source.Microphone });
  const { quality } = useConnectionQualityIndicator({ participant });
  const weak = quality === ConnectionQuality.Poor || quality === ConnectionQuality.Lost;
  const shown = screen
    ? (participant.isLocal ? t('meeting.yourScreen') : t('meeting.screenOf', { name }))
    : participant.isLocal ? t('meeting.nameYou', { name }) : name;
  return (
    <p className="tile-label">
      {!screen && muted && <span className="tile-muted" role="img" aria-label={t('meeting.muted')}><MicOffIcon /></span>}
      <span className="tile-name">{shown}</span>
      {!screen && host && <span className="tag">{t('meeting.host')}</span>}
      {!screen && weak && <span role="img" aria-label={t('meeting.quality')} title={t('meeting.quality')}><WeakIcon /></span>}
    </p>
  );
}

export function Tile({ track, host, large, onPin }: {
  track: TrackReferenceOrPlaceholder; host: string; large?: boolean; onPin: () => void;
}) {
  const { participant, source } = track;
  const info = useParticipantInfo({ participant });
  const speaking = useIsSpeaking(participant);
  const screen = source === Track.Source.ScreenShare;
  const name = info.name || participant.name || participant.identity;
  const video = isTrackReference(track) && !track.publication.isMuted ? track : null;
  const classes = ['tile', large && 'large', screen && 'screen', speaking && !screen && 'speaking',
    participant.isLocal && !screen && 'mine'].filter(Boolean).join(' ');
  return (
    <figure className={classes} data-testid="tile" data-identity={participant.identity}
      data-name={name} data-source={source} data-local={participant.isLocal}>
      {video ? <VideoTrack trackRef={video} /> : (
        <div className={`avatar hue-${hue(participant.identity)}`} aria-hidden="true"><span>{initials(name)}</span></div>
      )}
      <figcaption>
        <Label participant={participant} name={name} screen={screen} host={participant.identity === host} />
      </figcaption>
      <button type="button" className="tile-pin" onClick={onPin}
        aria-label={large ? t('meeting.unpin') : t('meeting.pin', { name })}
        title={large ? t('meeting.unpin') : t('meeting.pin', { name })}>
        {large ? <GridIcon /> : <PinIcon />}
      </button>
    </figure>
  );
}
