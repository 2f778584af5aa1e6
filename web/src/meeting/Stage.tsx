// SPDX-License-Identifier: Apache-2.0
// Who is seen, and how large: a grid of everyone, or one large picture with the others beside it.
import { useEffect, useRef, useState, type RefObject } from 'react';
import {
  isTrackReference, usePagination, useTracks, type TrackReferenceOrPlaceholder,
} from '@livekit/components-react';
import { Track } from 'livekit-client';
import { t } from '../i18n';
import { linkTo } from '../roomname';
import { BackIcon, CopyIcon, NextIcon } from '../ui/icons';
import { CopyButton } from '../ui/parts';
import { Tile } from './Tile';

const GAP = 10;

interface Layout {
  columns: number;
  /** Tiles that fit on one page. */
  fits: number;
  width: number;
  height: number;
}

/** The arrangement of n tiles in a box that makes them largest, none narrower than a face needs. */
export function arrange(n: number, boxWidth: number, boxHeight: number): Layout {
  const upright = boxWidth < boxHeight * 0.8;
  const shape = upright ? 1 : 16 / 9;
  const least = upright ? 120 : 180;
  const fits = Math.max(1, Math.floor((boxWidth + GAP) / (least + GAP)) *
    Math.floor((boxHeight + GAP) / (least / shape + GAP)));
  const count = Math.max(1, Math.min(n, fits));
  let best: Layout = { columns: 1, fits, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const width = Math.min((boxWidth - GAP * (columns - 1)) / columns, ((boxHeight - GAP * (rows - 1)) / rows) * shape);
    if (width > best.width) best = { columns, fits, width: Math.floor(width), height: Math.floor(width / shape) };
  }
  return best;
}

function useLayout(ref: RefObject<HTMLElement | null>, n: number): Layout {
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
  return arrange(n, box.width, box.height);
}

export const keyOf = (track: TrackReferenceOrPlaceholder) => `${track.participant.identity}/${track.source}`;

interface GridProps {
  tracks: TrackReferenceOrPlaceholder[];
  host: string;
  onPin: (key: string) => void;
}

function Grid({ tracks, host, onPin }: GridProps) {
  const ref = useRef<HTMLDivElement>(null);
  const layout = useLayout(ref, tracks.length);
  const page = usePagination(layout.fits, tracks);
  const size = { '--tile-width': `${layout.width}px`, '--tile-height': `${layout.height}px` };
  return (
    <div className="grid-box" ref={ref}>
      <div className="grid" style={size as React.CSSProperties}>
        {page.tracks.map((track) => (
          <Tile key={keyOf(track)} track={track} host={host} onPin={() => onPin(keyOf(track))} />
        ))}
      </div>
      {page.totalPageCount > 1 && (
        <div className="pager">
          <button type="button" className="round" onClick={page.prevPage} aria-label={t('meeting.pageBack')}><BackIcon /></button>
          <span>{t('meeting.page', { page: page.currentPage, pages: page.totalPageCount })}</span>
          <button type="button" className="round" onClick={page.nextPage} aria-label={t('meeting.pageNext')}><NextIcon /></button>
        </div>
      )}
    </div>
  );
}

function Alone({ room }: { room: string }) {
  return (
    <div className="alone">
      <h2>{t('meeting.alone')}</h2>
      <p>{t('meeting.aloneText')}</p>
      <code>{linkTo(room)}</code>
      <CopyButton className="button" link={linkTo(room)} label={t('rooms.copy')}><CopyIcon /></CopyButton>
    </div>
  );
}

export function Stage({ room, host, connected }: { room: string; host: string; connected: boolean }) {
  const tracks = useTracks(
    [{ source: Track.Source.Camera, withPlaceholder: true }, { source: Track.Source.ScreenShare, withPlaceholder: false }],
    { onlySubscribed: false },
  );
  // null: nothing chosen, so a shared screen is shown large; "" : the person wants the grid all the same.
  const [pinned, setPinned] = useState<string | null>(null);
  const screens = tracks.filter((track) => isTrackReference(track) && track.source === Track.Source.ScreenShare);
  const newest = screens.length > 0 ? screens[screens.length - 1] : undefined;
  const newestKey = newest && keyOf(newest);
  useEffect(() => setPinned(null), [newestKey]);

  const large = tracks.find((track) => keyOf(track) === (pinned ?? newestKey));
  const people = new Set(tracks.map((track) => track.participant.identity)).size;
  return (
    <main className="stage" aria-label={t('meeting.stage')} data-testid="stage">
      {large ? (
        <div className="focus">
          <Tile track={large} host={host} large onPin={() => setPinned('')} />
          <div className="strip">
            {tracks.filter((track) => track !== large).map((track) => (
              <Tile key={keyOf(track)} track={track} host={host} onPin={() => setPinned(keyOf(track))} />
            ))}
          </div>
        </div>
      ) : <Grid tracks={tracks} host={host} onPin={setPinned} />}
      {connected && people === 1 && !large && <Alone room={room} />}
    </main>
  );
}
