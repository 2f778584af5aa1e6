// SPDX-License-Identifier: Apache-2.0
import { memo, useCallback, useSyncExternalStore } from 'react';
import {
  isTrackReference, useConnectionQualityIndicator, useIsMuted, useIsSpeaking, useParticipantAttribute,
  useParticipantInfo, VideoTrack, type TrackReferenceOrPlaceholder,
} from '@livekit/components-react';
import { ConnectionQuality, Track, TrackEvent, type Participant, type TrackPublication } from 'livekit-client';
import { t, useLanguage } from '../i18n';
import { GridIcon, HandIcon, MicOffIcon, PinIcon, QualityIcon } from '../ui/icons';
import { HAND } from './hands';

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

/** LiveKit's quality words are those of our catalogue. */
export const qualityText = (quality: ConnectionQuality) => t(`quality.${quality}`);

/** Bars for a participant's connection, drawn again only when it changes. */
export function Quality({ participant }: { participant: Participant }) {
  const { quality } = useConnectionQualityIndicator({ participant });
  if (quality === ConnectionQuality.Unknown) return null;
  const label = t('quality.label', { quality: qualityText(quality) });
  return (
    <span className={`quality ${quality}`} role="img" aria-label={label} title={label} data-testid="quality"
      data-quality={quality}><QualityIcon /></span>
  );
}

function Label({ participant, name, screen, host }: {
  participant: Participant; name: string; screen: boolean; host: boolean;
}) {
  const muted = useIsMuted({ participant, source: Track.Source.Microphone });
  const shown = screen
    ? (participant.isLocal ? t('meeting.yourScreen') : t('meeting.screenOf', { name }))
    : participant.isLocal ? t('meeting.nameYou', { name }) : name;
  return (
    <p className="tile-label">
      {!screen && muted && <span className="tile-muted" role="img" aria-label={t('meeting.muted')}><MicOffIcon /></span>}
      <span className="tile-name">{shown}</span>
      {!screen && host && <span className="tag">{t('meeting.host')}</span>}
      {!screen && <Quality participant={participant} />}
    </p>
  );
}

/** The picture is here: not yet for who has just come, and not any more for who was cut off from the others. */
function useHere(publication: TrackPublication | undefined): boolean {
  const subscribe = useCallback((changed: () => void) => {
    // (Unsubscribed comes before it is so.)
    publication?.on(TrackEvent.SubscriptionStatusChanged, changed);
    return () => publication?.off(TrackEvent.SubscriptionStatusChanged, changed);
  }, [publication]);
  return useSyncExternalStore(subscribe, () => publication?.track !== undefined);
}

const publicationOf = (track: TrackReferenceOrPlaceholder) => (isTrackReference(track) ? track.publication : undefined);

export const keyOf = (track: TrackReferenceOrPlaceholder) => `${track.participant.identity}/${track.source}`;

interface Props {
  track: TrackReferenceOrPlaceholder;
  host: boolean;
  /** Shown large; pinned: because the person wants so. */
  large?: boolean;
  pinned?: boolean;
  /** Asked to show the tile of this key large, or with "" none. Must stay the same function. */
  onPin: (key: string) => void;
}

function DrawnTile({ track, host, large, pinned, onPin }: Props) {
  useLanguage(); // drawn on its own, since it is kept
  const { participant, source } = track;
  const info = useParticipantInfo({ participant });
  const speaking = useIsSpeaking(participant);
  const screen = source === Track.Source.ScreenShare;
  const hand = Number(useParticipantAttribute(HAND, { participant })) > 0 && !screen;
  const name = info.name || participant.name || participant.identity;
  const off = useIsMuted(track);
  const here = useHere(publicationOf(track));
  const video = isTrackReference(track) && !off && here ? track : null;
  const pin = pinned ? t('meeting.unpin') : t('meeting.pin', { name });
  const classes = ['tile', large && 'large', screen && 'screen', speaking && !screen && 'speaking',
    participant.isLocal && !screen && 'mine'].filter(Boolean).join(' ');
  return (
    <figure className={classes} data-testid="tile" data-identity={participant.identity}
      data-name={name} data-source={source} data-local={participant.isLocal}>
      {video ? <VideoTrack trackRef={video} /> : (
        <div className={`avatar hue-${hue(participant.identity)}`} aria-hidden="true"><span>{initials(name)}</span></div>
      )}
      {hand && <span className="tile-hand" role="img" aria-label={t('meeting.handRaised')} data-testid="tile-hand"><HandIcon /></span>}
      <figcaption>
        <Label participant={participant} name={name} screen={screen} host={host} />
      </figcaption>
      <button type="button" className="tile-pin" onClick={() => onPin(pinned ? '' : keyOf(track))} aria-label={pin}
        title={pin} data-testid="pin">
        {pinned ? <GridIcon /> : <PinIcon />}
      </button>
    </figure>
  );
}

/** LiveKit's hooks make new track references on each change in the room: only a change of this one draws. */
export const Tile = memo(DrawnTile, (old, now) =>
  old.track.participant === now.track.participant && old.track.source === now.track.source &&
  publicationOf(old.track) === publicationOf(now.track) &&
  publicationOf(old.track)?.track === publicationOf(now.track)?.track &&
  old.host === now.host && old.large === now.large && old.pinned === now.pinned && old.onPin === now.onPin);
