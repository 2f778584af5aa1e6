// SPDX-License-Identifier: Apache-2.0
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { api, ApiError, type Room } from '../api';
import { formatDate, t, tn } from '../i18n';
import { linkTo } from '../roomname';
import { Link, navigate } from '../router';
import { useSession } from '../session';
import type { Managing } from '../manage/Manage';
import { CopyIcon, GlobeIcon, LockIcon, MoreIcon, PlusIcon, RecordIcon, TrashIcon } from '../ui/icons';
import { MenuButton } from '../ui/Menu';
import { CopyButton, Heading, Loading, Page, Problem, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';

const Manage = lazy(() => import('../manage/Manage'));
const managed = ['settings', 'invitations', 'bans'] as const satisfies Managing[];

function RoomRow({ room, onDelete, onManage }: { room: Room; onDelete: () => void; onManage: (what: Managing) => void }) {
  const limit = room.maxParticipants > 0 ? tn('rooms.limit', room.maxParticipants) : t('rooms.noLimit');
  return (
    <li className={room.isActive ? 'room' : 'room ended'} data-testid="room" data-room={room.name}>
      <div className="room-text">
        <h2>{room.name}</h2>
        <p className="hint">
          <span className="tag">{room.isPublic && !room.settings.requireApproval ? <GlobeIcon /> : <LockIcon />}
            {room.settings.requireApproval ? t('rooms.approval') : room.isPublic ? t('rooms.public') : t('rooms.private')}</span>
          {room.mode === 'webinar' && <span className="tag">{t('new.webinar')}</span>}
          {!room.isActive && <span className="tag warn">{t('rooms.ended')}</span>}
          <span>{limit}</span>
          <span>{t('rooms.created', { when: formatDate(room.createdAt) })}</span>
        </p>
      </div>
      <div className="room-actions">
        <CopyButton className="quiet" link={linkTo(room.name)} label={t('rooms.copy')}
          named={t('rooms.copyNamed', { room: room.name })}><CopyIcon /></CopyButton>
        <button type="button" className="quiet danger" onClick={onDelete} data-testid="delete-room"
          aria-label={t('rooms.deleteNamed', { room: room.name })}><TrashIcon /><span>{t('rooms.delete')}</span></button>
        <MenuButton label={t('rooms.manageNamed', { room: room.name })} testId="manage-room" className="quiet"
            groups={[...(room.isActive ? [managed.map((what) => ({ id: what, label: t(`manage.${what}`), act: () => onManage(what) }))] : []),
            [{ id: 'recordings', label: t('recordings.title'), act: () => navigate(`/rooms/${room.id}/recordings`) }]]}><MoreIcon /></MenuButton>
        <Link className="button primary" href={`/m/${room.name}`} data-testid="open-room"
          aria-label={t(room.isActive ? 'rooms.openNamed' : 'rooms.reopenNamed', { room: room.name })}>
          {room.isActive ? t('rooms.open') : t('rooms.reopen')}
        </Link>
      </div>
    </li>
  );
}

function Confirm({ room, onAnswer }: { room: Room; onAnswer: (yes: boolean) => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current?.showModal(), []);
  return (
    <dialog ref={ref} className="card" aria-labelledby="confirm-title" onClose={() => onAnswer(false)}>
      <h2 id="confirm-title">{t('rooms.confirm.title', { room: room.name })}</h2>
      <p>{t('rooms.confirm.text')}</p>
      <div className="actions">
        <button type="button" onClick={() => onAnswer(false)}>{t('rooms.confirm.no')}</button>
        <button type="button" className="primary danger" data-testid="confirm-delete"
          onClick={() => onAnswer(true)}>{t('rooms.confirm.yes')}</button>
      </div>
    </dialog>
  );
}

export function Rooms() {
  const isSuperadmin = useSession()?.isSuperadmin === true;
  const [rooms, setRooms] = useState<Room[] | null>(null);
  const [problem, setProblem] = useSentence();
  const [said, setSaid] = useSentence();
  const [asking, setAsking] = useState<Room | null>(null);
  const [managing, setManaging] = useState<{ room: Room; what: Managing } | null>(null);
  // Deleting is a job on the server: what was asked for is hidden here until the list agrees.
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set());

  const load = useCallback(async () => {
    setProblem(null);
    try {
      setRooms(await api.rooms());
    } catch (err) {
      setProblem(() => explain(err));
    }
  }, []);
  useEffect(() => void load(), [load]);

  const answer = async (room: Room, yes: boolean) => {
    setAsking(null);
    if (!yes) return;
    setProblem(null);
    try {
      await api.deleteRoom(room.id);
    } catch (err) {
      // 404: it is gone already; 409: its deletion is under way.
      if (!(err instanceof ApiError && (err.status === 404 || err.status === 409))) {
        setProblem(() => explain(err));
        return;
      }
    }
    setDeleted((before) => new Set(before).add(room.id));
    setSaid(() => t('rooms.deleted', { room: room.name }));
  };

  const shown = rooms?.filter((room) => !deleted.has(room.id));
  return (
    <Page title={t('rooms.title')}>
      <div className="title-row">
        <Heading>{t('rooms.title')}</Heading>
        <span className="actions">
          {isSuperadmin && <Link href="/recordings" className="button" data-testid="all-recordings"><RecordIcon />{t('recordings.all')}</Link>}
          <Link href="/new" className="button primary" data-testid="new-room"><PlusIcon />{t('nav.new')}</Link>
        </span>
      </div>
      <Problem>{problem}</Problem>
      <p className="said" role="status">{said}</p>
      {problem && !rooms && <button type="button" onClick={() => void load()}>{t('rooms.retry')}</button>}
      {!shown && !problem && <Loading />}
      {shown && shown.length === 0 && (
        <div className="card empty">
          <h2>{t('rooms.empty.title')}</h2>
          <p>{t('rooms.empty.text')}</p>
          <Link href="/new" className="button">{t('nav.new')}</Link>
        </div>
      )}
      {shown && shown.length > 0 && (
        <ul className="rooms">
          {shown.map((room) => <RoomRow key={room.id} room={room} onDelete={() => setAsking(room)}
            onManage={(what) => setManaging({ room, what })} />)}
        </ul>
      )}
      {managing && (
        <Suspense fallback={null}>
          <Manage {...managing} ask={(request) => request()} onClose={() => setManaging(null)} onChanged={() => {
            setSaid(() => t('manage.saved', { room: managing.room.name }));
            void load();
          }} />
        </Suspense>
      )}
      {asking && <Confirm room={asking} onAnswer={(yes) => void answer(asking, yes)} />}
    </Page>
  );
}
