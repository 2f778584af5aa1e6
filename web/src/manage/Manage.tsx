// SPDX-License-Identifier: Apache-2.0
// What a room's owner and moderators decide about it: its settings, who is invited, who is banned. One dialogue each.
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import { api, type Ask, type Ban, type RoomFacts, type RoomInvitation } from '../api';
import { formatDate, t, type Key } from '../i18n';
import { invitationLink } from '../invitation';
import { Dialog } from '../ui/Dialog';
import { CopyIcon } from '../ui/icons';
import { CopyButton, Field, Loading, Problem, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';
import { maxOf, RoomForm, type RoomFields } from '../ui/roomform';

export type Managing = 'settings' | 'invitations' | 'bans';

interface Props {
  room: RoomFacts;
  ask: Ask;
  onClose: () => void;
  onChanged: (room: RoomFacts) => void;
}

function fieldsOf({ isPublic = false, maxParticipants = 0, settings = {} }: RoomFacts): RoomFields {
  const { requireApproval = false, allowAudio = true, allowVideo = true, allowChat = true, recordingsAllowed = false } = settings;
  return { isPublic, settings: { requireApproval, allowAudio, allowVideo, allowChat, recordingsAllowed }, max: String(maxParticipants) };
}

function SettingsForm({ room, ask, onClose, onChanged }: Props) {
  const [fields, setFields] = useState(() => fieldsOf(room));
  const [maxFault, setMaxFault] = useState<Key | null>(null);
  const [problem, setProblem] = useSentence();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const maxParticipants = maxOf(fields.max);
    setMaxFault(maxParticipants === null ? 'new.maxBad' : null);
    if (maxParticipants === null) return;
    setBusy(true);
    setProblem(null);
    try {
      const { isPublic, settings } = fields;
      onChanged(await ask((token) => api.changeRoom(room.id, { isPublic, maxParticipants, settings }, token)));
      onClose();
    } catch (err) {
      setProblem(() => explain(err));
      setBusy(false);
    }
  };
  return (
    <form className="manage" onSubmit={(e) => void submit(e)} noValidate>
      <RoomForm room={fields} onChange={setFields} maxFault={maxFault && t(maxFault)} />
      <Problem>{problem}</Problem>
      <div className="actions">
        <button type="button" onClick={onClose}>{t('confirm.no')}</button>
        <button className="primary" disabled={busy} data-testid="save-room">{t('manage.save')}</button>
      </div>
    </form>
  );
}

/** A list that the server keeps: what it holds, why it couldn't be had, and how it is changed. */
function useKept<T>(fetch: () => Promise<T[]>): [T[] | null, string, (act: () => Promise<unknown>) => Promise<boolean>] {
  const [list, setList] = useState<T[] | null>(null);
  const [problem, setProblem] = useSentence();
  const latest = useRef(fetch);
  latest.current = fetch;
  const change = useCallback(async (act: () => Promise<unknown>) => {
    setProblem(null);
    try {
      await act();
      setList(await latest.current());
      return true;
    } catch (err) {
      setProblem(() => explain(err));
      return false;
    }
  }, []);
  useEffect(() => void change(async () => undefined), [change]);
  return [list, problem, change];
}

/** Of no use any more, and why; null while it can be used. */
const spent = ({ usedAt, expiresAt }: RoomInvitation) =>
  usedAt ? 'invite.used' : Date.parse(expiresAt) <= Date.now() ? 'invite.expired' : null;

function Invitations({ room, ask }: Props) {
  const [list, problem, change] = useKept(() => ask((token) => api.invitations(room.id, token)));
  const [email, setEmail] = useState('');
  const [made, setMade] = useState<RoomInvitation | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const invite = async (event: FormEvent) => {
    event.preventDefault();
    const to = email.trim();
    await change(async () => {
      setMade(await ask((token) => api.invite(room.id, to ? { email: to } : {}, token)));
      setEmail('');
    });
  };
  const link = made?.token && invitationLink(room.name, made.token);
  return (
    <>
      <form className="manage" onSubmit={(e) => void invite(e)} noValidate>
        <p className="hint">{t('invite.lead')}</p>
        <Field label={t('invite.email')} hint={t('invite.emailHint')} type="email" autoComplete="off" value={email} data-testid="invite-email"
          onChange={(e) => setEmail(e.target.value)}
          beside={<button className="primary" data-testid="invite">{t('invite.make')}</button>} />
      </form>
      <div role="status">
        {link && (
          <div className="made" data-testid="invitation-made">
            <p>{t('invite.made')}</p>
            <code>{link}</code>
            <CopyButton className="button primary small" link={link} label={t('invite.copy')}><CopyIcon /></CopyButton>
          </div>
        )}
      </div>
      <Problem>{problem}</Problem>
      <h3 ref={heading} tabIndex={-1}>{t('invite.list')}</h3>
      {!list && !problem && <Loading />}
      {list?.length === 0 && <p className="hint">{t('invite.none')}</p>}
      <ul className="kept">
        {list?.map((one) => {
          const why = spent(one);
          return (
            <li key={one.id} data-testid="invitation">
              <span className="person-text">
                <span className="person-name">{one.email || t('invite.anyone')}</span>
                <span className="hint">{why ? t(why) : t('invite.until', { when: formatDate(one.expiresAt) })}</span>
              </span>
              {!why && (
                <button type="button" className="small quiet danger" data-testid="revoke" onClick={() => {
                  heading.current?.focus(); // the button goes
                  if (made?.id === one.id) setMade(null);
                  void change(() => ask((token) => api.revoke(room.id, one.id, token)));
                }}>{t('invite.revoke')}</button>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Bans({ room, ask }: Props) {
  const [list, problem, change] = useKept<Ban>(() => ask((token) => api.bans(room.id, token)));
  const [said, setSaid] = useSentence();
  const heading = useRef<HTMLParagraphElement>(null);
  const lift = async ({ identity, name }: Ban) => {
    heading.current?.focus();
    if (await change(() => ask((token) => api.moderate(room.id, ['unban', identity], token)))) setSaid(() => t('did.unban', { name }));
  };
  return (
    <>
      <p className="hint" ref={heading} tabIndex={-1}>{t('bans.lead')}</p>
      <Problem>{problem}</Problem>
      <p className="said" role="status">{said}</p>
      {!list && !problem && <Loading />}
      {list?.length === 0 && <p>{t('bans.none')}</p>}
      <ul className="kept">
        {list?.map((one) => (
          <li key={one.identity} data-testid="ban" data-identity={one.identity}>
            <span className="person-text">
              <span className="person-name">{one.name}</span>
              <span className="hint">{one.until ? t('bans.until', { when: formatDate(one.until) }) : t('bans.banned')}</span>
            </span>
            <button type="button" className="small" aria-label={t('act.named', { what: t('bans.lift'), name: one.name })} data-testid="unban"
              onClick={() => void lift(one)}>{t('bans.lift')}</button>
          </li>
        ))}
      </ul>
    </>
  );
}

const bodies = { settings: SettingsForm, invitations: Invitations, bans: Bans };

export default function Manage({ what, ...props }: Props & { what: Managing }) {
  const Body = bodies[what];
  return (
    <Dialog title={t(`manage.${what}`)} onClose={props.onClose} testId={`manage-${what}-dialog`}>
      <Body {...props} />
    </Dialog>
  );
}
