// SPDX-License-Identifier: Apache-2.0
// Above the stage: which meeting this is, for how long, over which way, and what is wrong with it.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useConnectionQualityIndicator, useParticipants } from '@livekit/components-react';
import { RoomEvent } from 'livekit-client';
import { clock, t, tn } from '../i18n';
import { linkTo } from '../roomname';
import { CopyIcon, GridIcon, QualityIcon, SpeakerViewIcon } from '../ui/icons';
import { CopyButton } from '../ui/parts';
import type { Call } from './call';
import { Dialog } from '../ui/Dialog';
import type { Route } from './route';
import type { View } from './Stage';
import { qualityText } from './Tile';

/** Time since `since` (ms since 1970), each second. */
function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="elapsed" role="timer" aria-label={t('meeting.elapsed')} title={t('meeting.elapsed')} data-testid="elapsed">
      {clock(Math.max(0, Math.floor((now - since) / 1000)))}</span>
  );
}

const LOOK_MS = 3000;

/** The route of picture and sound, asked for now and then while the page is seen. */
function useRoute(call: Call): Route | null {
  const [route, setRoute] = useState<Route | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let gone = false;
    const look = async () => {
      const found = document.hidden ? undefined : await call.route().catch(() => null);
      if (gone) return;
      if (found !== undefined) setRoute(found);
      timer = setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [call]);
  return route;
}

const wayOf = (route: Route | null) => route === null ? 'unknown' : route.relayed ? 'relayed' : 'direct';

function Connection({ call }: { call: Call }) {
  const { quality } = useConnectionQualityIndicator({ participant: call.room.localParticipant });
  const route = useRoute(call);
  const [open, setOpen] = useState(false);
  const way = wayOf(route);
  const transport = route?.transport?.toUpperCase() ?? '';
  const name = t('route.label', { quality: qualityText(quality), route: [t(`route.${way}`), transport].filter(Boolean).join(' ') });
  return (
    <>
      <button type="button" className="chip" onClick={() => setOpen(true)} aria-label={name} title={name} aria-haspopup="dialog"
        data-testid="route" data-route={way} data-transport={route?.transport ?? ''} data-quality={quality}>
        <span className={`quality ${quality}`}><QualityIcon /></span>
        <span className="chip-text">{t(`route.${way}`)}{transport && ` · ${transport}`}</span>
      </button>
      {open && (
        <Dialog title={t('route.title')} onClose={() => setOpen(false)} testId="route-dialog">
          <p>{t(`route.${way}Text`)}</p>
          <dl className="facts">
            <div><dt>{t('route.quality')}</dt><dd>{qualityText(quality)}</dd></div>
            <div><dt>{t('route.way')}</dt><dd>{t(`route.${way}`)}</dd></div>
            <div><dt>{t('route.transport')}</dt><dd>{transport || t('quality.unknown')}</dd></div>
            <div><dt>{t('route.rtt')}</dt><dd>{route?.rtt == null ? t('quality.unknown') : t('route.ms', { n: route.rtt })}</dd></div>
          </dl>
        </Dialog>
      )}
    </>
  );
}

function Count() {
  const people = useParticipants({ updateOnlyOn: [RoomEvent.ParticipantConnected, RoomEvent.ParticipantDisconnected] });
  return <span className="meeting-count" data-testid="count">{tn('people.count', people.length)}</span>;
}

/** Everybody sees that the meeting is recorded. */
function Recorded({ call }: { call: Call }) {
  const { isOn } = useSyncExternalStore(call.recorder.subscribe, call.recorder.getView);
  return isOn && <span className="recorded" title={t('recording.isOn')} data-testid="recorded"><span className="dot" />{t('recording.badge')}</span>;
}

export function Top({ call, room, view, onView }: { call: Call; room: string; view: View; onView: (view: View) => void }) {
  const { state, since } = useSyncExternalStore(call.subscribe, call.getView);
  const other = view === 'grid' ? 'speaker' : 'grid';
  const name = other === 'grid' ? t('meeting.viewGrid') : t('meeting.viewSpeaker');
  return (
    <header className="meeting-top">
      <h1>{room}</h1>
      {since > 0 && <Elapsed since={since} />}
      {state === 'connected' && <Count />}
      <Recorded call={call} />
      <span className="meeting-tools">
        {state === 'connected' && <Connection call={call} />}
        <button type="button" className="chip" onClick={() => onView(other)} aria-label={name} title={name} data-testid="view"
          data-view={view}>{other === 'grid' ? <GridIcon /> : <SpeakerViewIcon />}</button>
        <CopyButton className="chip" link={linkTo(room)} label={t('rooms.copy')} named={t('lobby.copy')}>
          <CopyIcon />
        </CopyButton>
      </span>
    </header>
  );
}

/** Whether the browser thinks that it has a network. */
function useOnline(): boolean {
  return useSyncExternalStore((changed) => {
    window.addEventListener('online', changed);
    window.addEventListener('offline', changed);
    return () => {
      window.removeEventListener('online', changed);
      window.removeEventListener('offline', changed);
    };
  }, () => navigator.onLine);
}

/** What is interrupted, as far as is known, and what the person can do. */
export function Trouble({ call }: { call: Call }) {
  const { state, lost, tries } = useSyncExternalStore(call.subscribe, call.getView);
  const online = useOnline();
  if (state === 'connected') return null;
  const what = lost === null ? null : online ? lost : 'network';
  return (
    <div className="banner" data-testid="call-state" data-lost={what ?? ''}>
      <span className="spinner" aria-hidden="true" />
      <span>{what === null ? t('meeting.connecting') : <><strong>{t(`trouble.${what}`)}</strong> {t(`trouble.${what}Text`)}</>}</span>
      {/* A number that changes isn't read out: what matters has been said. */}
      {tries > 0 && <span className="banner-count" aria-hidden="true">{t('trouble.try', { n: tries })}</span>}
      {state === 'rejoining' && (
        <>
          <button type="button" className="small" onClick={() => call.hurry()} data-testid="try-now">{t('trouble.now')}</button>
          <button type="button" className="small" onClick={() => call.leave()} data-testid="give-up">{t('trouble.giveUp')}</button>
        </>
      )}
    </div>
  );
}
