// SPDX-License-Identifier: Apache-2.0
// What was recorded: of one room for its people, of all rooms for superadmins.
import { useCallback, useEffect, useRef, useState, type MouseEvent, type SyntheticEvent } from 'react';
import { api, type Recording, type Recordings, type Role } from '../api';
import { clock, formatDate, formatSize, said as quoted, t, tn } from '../i18n';
import { Link } from '../router';
import { useSession } from '../session';
import { Dialog } from '../ui/Dialog';
import { BackIcon, CloseIcon, DownloadIcon, NextIcon, PlayIcon, TrashIcon } from '../ui/icons';
import { Heading, Loading, Page, Problem, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';

/** Between two looks while something is under way, in ms. */
const LOOK_MS = 2500;
const PER_PAGE = 50;

/** States that go on by themselves. */
const moves = ({ state }: Recording) => state !== 'completed' && state !== 'failed';
/** One that runs isn't deleted: it is stopped first. */
const runs = ({ state }: Recording) => state === 'pending' || state === 'starting' || state === 'active' || state === 'stopping';
/** One that can be deleted still. */
const still = (one: Recording) => !runs(one) && one.state !== 'deleting';

function Player({ recording, name }: { recording: Recording; name: string }) {
  const [failed, setFailed] = useState(false);
  const resumed = useRef(0);
  /** A link into S3 is good for a while only: fetched anew where it broke off, once for each place. */
  const resume = ({ currentTarget: media }: SyntheticEvent<HTMLMediaElement>) => {
    const { currentTime, paused } = media;
    if (currentTime <= resumed.current) {
      setFailed(true);
      return;
    }
    resumed.current = currentTime;
    media.load();
    media.currentTime = currentTime;
    if (!paused) media.play().catch(() => undefined);
  };
  const media = { controls: true, preload: 'metadata', src: `${recording.fileUrl}?inline=1`, 'aria-label': name, onError: resume } as const;
  if (failed) return <p className="problem" role="alert" data-testid="unplayable">{t('recordings.unplayable')}</p>;
  return recording.recordingType === 'audio' ? <audio className="player" {...media} data-testid="player" />
    : <video className="player" playsInline {...media} data-testid="player" />;
}

function Row({ recording, named, chosen, onChoose, onDelete, onProblem }: {
  recording: Recording;
  /** Says of which room it is. */
  named: boolean;
  chosen?: boolean; onChoose?: (on: boolean) => void;
  /** Null for who may not. */
  onDelete: (() => void) | null; onProblem: (err: unknown) => void;
}) {
  const [open, setOpen] = useState(false);
  const { state, fileUrl, durationMs, fileSize, error } = recording;
  const when = formatDate(recording.createdAt);
  const name = (what: string) => t('recordings.named', { what, when });
  const first = (then: () => void) => {
    api.recordingFile(recording).then(then, onProblem);
  };
  const download = (event: MouseEvent) => {
    event.preventDefault();
    if (fileUrl) first(() => location.assign(fileUrl));
  };
  return (
    <li className="room recording" data-testid="recording" data-id={recording.id} data-state={state}>
      {onChoose && <input type="checkbox" className="choose" checked={chosen} disabled={!still(recording)} data-testid="choose"
        aria-label={t('recordings.choose', { when })} onChange={(e) => onChoose(e.target.checked)} />}
      <div className="room-text">
        <h2>{t('recordings.when', { when })}</h2>
        <p className="hint">
          <span className={state === 'completed' ? 'tag' : 'tag warn'} data-testid="recording-state">
            {state === 'active' && <span className="dot" />}{t(`recordings.state.${state}`)}</span>
          {named && <span>{t('recordings.room', { room: recording.roomName })}</span>}
          {recording.recordingType === 'audio' && <span>{t('recordings.sound')}</span>}
          {durationMs > 0 && <span>{t('recordings.length', { length: clock(Math.round(durationMs / 1000)) })}</span>}
          {fileSize > 0 && <span>{formatSize(fileSize)}</span>}
        </p>
        {error && <p className={state === 'failed' ? 'fault' : 'hint'} data-testid="recording-error">{quoted(error)}</p>}
      </div>
      <div className="room-actions">
        {fileUrl && (
          <>
            <button type="button" className="quiet" aria-expanded={open} aria-label={name(t(open ? 'recordings.hide' : 'recordings.play'))}
              data-testid="play" onClick={() => (open ? setOpen(false) : first(() => setOpen(true)))}>
              {open ? <CloseIcon /> : <PlayIcon />}<span>{t(open ? 'recordings.hide' : 'recordings.play')}</span></button>
            <a className="button quiet" href={fileUrl} download aria-label={name(t('recordings.download'))} data-testid="download"
              onClick={download}><DownloadIcon /><span>{t('recordings.download')}</span></a>
          </>
        )}
        {onDelete && still(recording) && (
          <button type="button" className="quiet danger" aria-label={name(t('recordings.delete'))} data-testid="delete-recording"
            onClick={onDelete}><TrashIcon /><span>{t('recordings.delete')}</span></button>
        )}
      </div>
      {open && fileUrl && <Player recording={recording} name={t('recordings.when', { when })} />}
    </li>
  );
}

/** A page of what `fetch` finds about something, asked for again while something in it goes on. */
function useRecordings(fetch: (page: number) => Promise<Recordings>, about: unknown) {
  const [list, setList] = useState<Recordings | null>(null);
  const [page, setPage] = useState(1);
  const [problem, setProblem] = useSentence();
  const latest = useRef(() => fetch(page));
  latest.current = () => fetch(page);
  const load = useCallback(async () => {
    try {
      setList(await latest.current());
      setProblem(null);
    } catch (err) {
      setProblem(() => explain(err));
    }
  }, []);
  useEffect(() => void load(), [load, about, page]);
  useEffect(() => {
    if (!list?.recordings.some(moves)) return;
    const timer = setTimeout(() => void latest.current().then(setList, () => setList({ ...list })), LOOK_MS);
    return () => clearTimeout(timer);
  }, [list]);
  return { list, page, setPage, problem, setProblem, load };
}

/** To older and newer ones, where there is more than one page. */
function Turn({ page, total, onTurn }: { page: number; total: number; onTurn: (page: number) => void }) {
  const pages = Math.max(1, Math.ceil(total / PER_PAGE));
  if (pages === 1) return null;
  return (
    <nav className="turn" aria-label={t('recordings.title')}>
      <button type="button" className="round plain" aria-label={t('recordings.back')} disabled={page === 1} onClick={() => onTurn(page - 1)}><BackIcon /></button>
      <span>{t('recordings.page', { page, pages })}</span>
      <button type="button" className="round plain" aria-label={t('recordings.next')} disabled={page >= pages} onClick={() => onTurn(page + 1)}><NextIcon /></button>
    </nav>
  );
}

function Confirm({ title, onAnswer }: { title: string; onAnswer: (yes: boolean) => void }) {
  return (
    <Dialog title={title} onClose={() => onAnswer(false)} testId="confirm-recordings">
      <p>{t('recordings.confirm.text')}</p>
      <div className="actions">
        <button type="button" onClick={() => onAnswer(false)}>{t('recordings.confirm.no')}</button>
        <button type="button" className="primary danger" data-testid="confirm-yes" onClick={() => onAnswer(true)}>{t('recordings.delete')}</button>
      </div>
    </Dialog>
  );
}

function Empty() {
  return <div className="card empty"><h2>{t('recordings.none')}</h2><p>{t('recordings.noneText')}</p></div>;
}

/** The heading takes the focus when the button that had it goes with its row. */
const refocus = () => document.querySelector('h1')?.focus();

function RoomRecordings({ room }: { room: string }) {
  const { list, page, setPage, problem, setProblem, load } = useRecordings((at) => api.recordings(room, PER_PAGE, undefined, at), room);
  const [role, setRole] = useState<Role>('participant');
  const [said, setSaid] = useSentence();
  const [asking, setAsking] = useState<Recording | 'all' | null>(null);
  useEffect(() => {
    api.standing(room).then(({ role: mine }) => setRole(mine), () => undefined); // then nothing is offered to delete
  }, [room]);
  const mayDelete = role === 'owner' || role === 'superadmin';
  const fail = (err: unknown) => setProblem(() => explain(err));
  const answer = async (which: Recording | 'all', yes: boolean) => {
    setAsking(null);
    if (!yes) return;
    refocus();
    try {
      if (which === 'all') await api.deleteAllRecordings(room);
      else await api.deleteRecording(room, which.id);
      setSaid(() => (which === 'all' ? t('recordings.deletedAll') : tn('recordings.deleted', 1)));
      await load();
    } catch (err) {
      fail(err);
    }
  };
  const name = list?.recordings[0]?.roomName;
  const title = name ? t('recordings.of', { room: name }) : t('recordings.title');
  return (
    <Page title={title}>
      <div className="title-row">
        <Heading>{title}</Heading>
        <div className="title-actions">
          {mayDelete && list && list.recordings.filter(still).length > 1 && (
            <button type="button" className="quiet danger" data-testid="delete-all" onClick={() => setAsking('all')}>
              <TrashIcon />{t('recordings.deleteAll')}</button>
          )}
          <Link href="/dashboard" className="button"><BackIcon />{t('nav.rooms')}</Link>
        </div>
      </div>
      <Problem>{problem}</Problem>
      <p className="said" role="status">{said}</p>
      {problem && !list && <button type="button" onClick={() => void load()}>{t('rooms.retry')}</button>}
      {!list && !problem && <Loading />}
      {list?.recordings.length === 0 && <Empty />}
      {list && list.recordings.length > 0 && (
        <ul className="rooms">
          {list.recordings.map((one) => <Row key={one.id} recording={one} named={false} onDelete={mayDelete ? () => setAsking(one) : null} onProblem={fail} />)}
        </ul>
      )}
      {list && <Turn page={page} total={list.total} onTurn={setPage} />}
      {asking && <Confirm title={asking === 'all' ? t('recordings.confirm.all') : tn('recordings.confirm.title', 1)}
        onAnswer={(yes) => void answer(asking, yes)} />}
    </Page>
  );
}

function AllRecordings() {
  const { list, page, setPage, problem, setProblem, load } = useRecordings((at) => api.allRecordings(at, PER_PAGE), null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<string[] | null>(null);
  const [said, setSaid] = useSentence();
  const isSuperadmin = useSession()?.isSuperadmin === true;
  const fail = (err: unknown) => setProblem(() => explain(err));
  const rows = list?.recordings ?? [];
  const ready = rows.filter(still).map(({ id }) => id);
  const picked = ready.filter((id) => chosen.has(id));
  const choose = (ids: string[], on: boolean) =>
    setChosen((before) => new Set([...[...before].filter((id) => !ids.includes(id)), ...(on ? ids : [])]));
  const answer = async (ids: string[], yes: boolean) => {
    setAsking(null);
    if (!yes) return;
    refocus();
    try {
      const results = Object.values(await api.deleteRecordings(ids));
      const failed = results.filter(({ success }) => !success);
      const gone = results.length - failed.length;
      setChosen(new Set());
      await load();
      setSaid(gone > 0 ? () => tn('recordings.deleted', gone) : null);
      if (failed.length > 0) setProblem(() => tn('recordings.notDeleted', failed.length, { why: quoted(failed[0]?.error ?? '') }));
    } catch (err) {
      fail(err);
    }
  };
  const turn = (to: number) => {
    setChosen(new Set());
    setPage(to);
  };
  return (
    <Page title={t('recordings.all')}>
      <div className="title-row">
        <Heading>{t('recordings.all')}</Heading>
        <Link href="/dashboard" className="button"><BackIcon />{t('nav.rooms')}</Link>
      </div>
      <p className="lead">{t('recordings.allLead')}</p>
      <Problem>{problem}</Problem>
      <p className="said" role="status">{said}</p>
      {problem && !list && <button type="button" onClick={() => void load()}>{t('rooms.retry')}</button>}
      {!list && !problem && <Loading />}
      {list && rows.length === 0 && <Empty />}
      {rows.length > 0 && isSuperadmin && (
        <div className="title-row">
          <label className="choose-all">
            <input type="checkbox" className="choose" checked={ready.length > 0 && picked.length === ready.length} disabled={ready.length === 0}
              data-testid="choose-all" onChange={(e) => choose(ready, e.target.checked)} />
            <span>{t('recordings.chooseAll')}</span>
          </label>
          <button type="button" className="danger" disabled={picked.length === 0} data-testid="delete-chosen"
            onClick={() => setAsking(picked)}><TrashIcon />{t('recordings.deleteChosen', { n: picked.length })}</button>
        </div>
      )}
      <ul className="rooms">
        {rows.map((one) => <Row key={one.id} recording={one} named chosen={chosen.has(one.id)} onChoose={(on) => choose([one.id], on)}
          onDelete={() => setAsking([one.id])} onProblem={fail} />)}
      </ul>
      {list && <Turn page={page} total={list.total} onTurn={turn} />}
      {asking && <Confirm title={tn('recordings.confirm.title', asking.length)} onAnswer={(yes) => void answer(asking, yes)} />}
    </Page>
  );
}

export default ({ room }: { room?: string }) => (room === undefined ? <AllRecordings /> : <RoomRecordings room={room} />);
