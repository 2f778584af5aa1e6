// SPDX-License-Identifier: Apache-2.0
// Who is seen, and how large: a grid of everyone, or one large picture with the others beside it.
import { useEffect, useRef, useState, type RefObject } from 'react';
import { isTrackReference, usePagination, useTracks, type TrackReferenceOrPlaceholder } from '@livekit/components-react';
import { RoomEvent, Track, type Participant, type Room } from 'livekit-client';
import { t } from '../i18n';
import { linkTo } from '../roomname';
import { BackIcon, CopyIcon, NextIcon } from '../ui/icons';
import { CopyButton } from '../ui/parts';
import { arrange, type Layout } from './layout';
import { keyOf, Tile } from './Tile';

export type View = 'grid' | 'speaker';

function useLayout(ref: RefObject<HTMLElement | null>, n: number, strip: boolean): Layout {
  const [box, setBox] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setBox({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return arrange(n, box.width, box.height, strip);
}

/** How long someone must speak before the picture follows, in ms: a cough isn't a word. */
const FOLLOW_MS = 600;

/** Who speaks, or did so last: the others before oneself. */
function useSpeaker(room: Room, wanted: boolean): Participant | undefined {
  const [speaker, setSpeaker] = useState<Participant>();
  useEffect(() => {
    if (!wanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let next: Participant | undefined;
    const changed = (speakers: Participant[]) => {
      const others = speakers.filter((one) => !one.isLocal);
      // The loudest comes first. Who is shown stays as long as he speaks.
      const found = others.find((one) => one === next) ?? others[0];
      if (found === next) return;
      clearTimeout(timer);
      next = found;
      if (!found) return;
      timer = setTimeout(() => setSpeaker((now) => (now && now !== found && now.isSpeaking ? now : found)), FOLLOW_MS);
    };
    room.on(RoomEvent.ActiveSpeakersChanged, changed);
    return () => {
      clearTimeout(timer);
      room.off(RoomEvent.ActiveSpeakersChanged, changed);
    };
  }, [room, wanted]);
  return speaker;
}

interface TilesProps {
  tracks: TrackReferenceOrPlaceholder[];
  host: string;
  pinned: string;
  onPin: (key: string) => void;
  /** A row beside a large picture, instead of the whole stage. */
  strip?: boolean;
}

/** As many tiles as fit, and a way to the others: what isn't seen isn't drawn, and LiveKit doesn't send it. */
function Tiles({ tracks, host, pinned, onPin, strip = false }: TilesProps) {
  const ref = useRef<HTMLDivElement>(null);
  const layout = useLayout(ref, tracks.length, strip);
  const page = usePagination(layout.fits, tracks);
  const size = { '--tile-width': `${layout.width}px`, '--tile-height': `${layout.height}px` };
  return (
    <div className={strip ? 'tiles strip' : 'tiles'}>
      <div className="grid-box" ref={ref}>
        <div className="grid" style={size as React.CSSProperties}>
          {layout.width > 0 && page.tracks.map((track) => (
            <Tile key={keyOf(track)} track={track} host={track.participant.identity === host}
              pinned={pinned === keyOf(track)} onPin={onPin} />
          ))}
        </div>
      </div>
      {page.totalPageCount > 1 && (
        <div className="pager" data-testid="pager">
          <button type="button" className="round" onClick={page.prevPage} disabled={page.currentPage === 1}
            aria-label={t('meeting.pageBack')}><BackIcon /></button>
          <span aria-live="polite">{t('meeting.page', { page: page.currentPage, pages: page.totalPageCount })}</span>
          <button type="button" className="round" onClick={page.nextPage}
            disabled={page.currentPage === page.totalPageCount} aria-label={t('meeting.pageNext')}><NextIcon /></button>
        </div>
      )}
    </div>
  );
}

function Alone({ room }: { room: string }) {
  return (
    <div className="alone" data-testid="alone">
      <h2>{t('meeting.alone')}</h2>
      <p>{t('meeting.aloneText')}</p>
      <code>{linkTo(room)}</code>
      <CopyButton className="button primary" link={linkTo(room)} label={t('rooms.copy')}><CopyIcon /></CopyButton>
    </div>
  );
}

export function Stage({ live, room, host, connected, view, audience, spotlight }: {
  live: Room; room: string; host: string; connected: boolean; view: View;
  /** Who may not speak is in the audience, and not seen here. */
  audience: boolean;
  /** Whom a moderator wants to be seen large. */
  spotlight: { identity: string } | null;
}) {
  const all = useTracks(
    [{ source: Track.Source.Camera, withPlaceholder: true }, { source: Track.Source.ScreenShare, withPlaceholder: false }],
    { onlySubscribed: false },
  );
  const tracks = audience ? all.filter((track) => isTrackReference(track) || track.participant.permissions?.canPublish !== false) : all;
  // null: nothing chosen, so a shared screen is shown large; "" : the person wants the grid all the same.
  const [pinned, setPinned] = useState<string | null>(null);
  const screens = tracks.filter((track) => isTrackReference(track) && track.source === Track.Source.ScreenShare);
  const newest = screens[screens.length - 1];
  const newestKey = newest && keyOf(newest);
  useEffect(() => setPinned(null), [newestKey, view]);
  useEffect(() => {
    if (spotlight) setPinned(`${spotlight.identity}/${Track.Source.Camera}`);
  }, [spotlight]);
  const speaker = useSpeaker(live, view === 'speaker');

  const people = new Set(all.map((track) => track.participant.identity)).size;
  const find = (key: string | null | undefined) => tracks.find((track) => keyOf(track) === key);
  const camera = (identity?: string) => identity ? find(`${identity}/${Track.Source.Camera}`) : undefined;
  const large = find(pinned) ?? (pinned === '' ? undefined : find(newestKey)) ?? (view === 'speaker' && people > 1
    ? camera(speaker?.identity) ?? tracks.find((track) => !track.participant.isLocal) : undefined);
  const pin = pinned ?? newestKey ?? '';
  return (
    <main className="stage" aria-label={t('meeting.stage')} data-testid="stage" data-view={large ? 'focus' : 'grid'}>
      {large ? (
        <div className={tracks.length > 1 ? 'focus' : 'focus single'}>
          <Tile key={keyOf(large)} track={large} host={large.participant.identity === host} large pinned={pin === keyOf(large)}
            onPin={setPinned} />
          {tracks.length > 1 && (
            <Tiles tracks={tracks.filter((track) => track !== large)} host={host} pinned={pin} onPin={setPinned} strip />
          )}
        </div>
      ) : <Tiles tracks={tracks} host={host} pinned={pin} onPin={setPinned} />}
      {connected && people === 1 && !large && <Alone room={room} />}
    </main>
  );
}
