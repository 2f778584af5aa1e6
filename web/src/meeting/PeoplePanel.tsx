// SPDX-License-Identifier: Apache-2.0
import { lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useIsSpeaking, useParticipants } from '@livekit/components-react';
import { RoomEvent, type Participant } from 'livekit-client';
import type { Waiting } from '../api';
import { t, tn, type Key } from '../i18n';
import type { Managing } from '../manage/Manage';
import { CameraIcon, CameraOffIcon, CloseIcon, HandIcon, MicIcon, MicOffIcon } from '../ui/icons';
import { useSentence } from '../ui/parts';
import { explain } from '../ui/problem';
import type { Call } from './call';
import { inLine } from './hands';
import { standingOf } from './moderation';
import { PersonMenu, useActions, type Chosen } from './PersonMenu';
import { answerToHand, moderates } from './rights';
import { hue, initials, Quality } from './Tile';

const Manage = lazy(() => import('../manage/Manage'));

function Person({ call, participant, host, moderator, place, onChoose }: {
  call: Call; participant: Participant; host: boolean; moderator: boolean; place: number; onChoose: (chosen: Chosen) => void;
}) {
  const groups = useActions(call, participant, host);
  const speaking = useIsSpeaking(participant);
  const name = participant.name || participant.identity;
  const mic = participant.isMicrophoneEnabled;
  const camera = participant.isCameraEnabled;
  const answer = place > 0 ? answerToHand(groups) : undefined;
  return (
    <li className={speaking ? 'person speaking' : 'person'} data-testid="person" data-identity={participant.identity}>
      <span className={`avatar small hue-${hue(participant.identity)}`} aria-hidden="true"><span>{initials(name)}</span></span>
      <span className="person-text">
        <span className="person-name">{participant.isLocal ? t('meeting.nameYou', { name }) : name}</span>
        {host && <span className="tag">{t('meeting.host')}</span>}
        {!host && moderator && <span className="tag">{t('meeting.moderator')}</span>}
        {place > 0 && (
          <span className="person-hand" role="img" aria-label={t('meeting.handPlace', { n: place })}
            title={t('meeting.handPlace', { n: place })} data-testid="person-hand"><HandIcon />{place}</span>
        )}
        {answer && <button type="button" className="small" data-testid="answer-hand" aria-label={t('act.named', { what: t(`act.${answer}` as Key), name })}
          onClick={() => onChoose({ action: answer, identity: participant.identity, name })}>{t(`act.${answer}` as Key)}</button>}
      </span>
      <Quality participant={participant} />
      <span className={mic ? 'state' : 'state not'} role="img" aria-label={mic ? t('meeting.unmuted') : t('meeting.muted')}>
        {mic ? <MicIcon /> : <MicOffIcon />}</span>
      <span className={camera ? 'state' : 'state not'} role="img"
        aria-label={camera ? t('meeting.cameraOn') : t('meeting.cameraOff')}>
        {camera ? <CameraIcon /> : <CameraOffIcon />}</span>
      <PersonMenu groups={groups} participant={participant} name={name} onChoose={onChoose} />
    </li>
  );
}

const events = [
  RoomEvent.ParticipantConnected, RoomEvent.ParticipantDisconnected, RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantMetadataChanged, RoomEvent.ParticipantPermissionsChanged, RoomEvent.ParticipantAttributesChanged, RoomEvent.TrackMuted, RoomEvent.TrackUnmuted,
  RoomEvent.TrackPublished, RoomEvent.TrackUnpublished, RoomEvent.LocalTrackPublished, RoomEvent.LocalTrackUnpublished,
  RoomEvent.ConnectionStateChanged,
];

/** Who waits at the door, the longest waiting first. */
function Door({ waiting, onAnswer, onAll }: {
  waiting: readonly Waiting[]; onAnswer: (who: Waiting, admit: boolean) => void; onAll: () => void;
}) {
  return (
    <section className="door" aria-labelledby="door-title" data-testid="door">
      <div className="panel-head">
        <h3 id="door-title">{t('door.title')}</h3>
        {waiting.length > 1 && <button type="button" className="small" data-testid="admit-all" onClick={onAll}>{t('door.all')}</button>}
      </div>
      <ul>
        {waiting.map((who) => (
          <li key={who.identity} className="person" data-testid="waiting" data-identity={who.identity}>
            <span className="person-text"><span className="person-name">{who.name}</span></span>
            <button type="button" className="small" aria-label={t('act.named', { what: t('door.refuse'), name: who.name })}
              data-testid="refuse" onClick={() => onAnswer(who, false)}>{t('door.refuse')}</button>
            <button type="button" className="small primary" aria-label={t('act.named', { what: t('door.admit'), name: who.name })}
              data-testid="admit" onClick={() => onAnswer(who, true)}>{t('door.admit')}</button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function PeoplePanel({ call, host, onDid, onClose }: {
  call: Call; host: string; onClose: () => void;
  /** Something was done that may not be seen otherwise. */
  onDid: (say: () => string) => void;
}) {
  const people = useParticipants({ updateOnlyOn: events });
  const view = useSyncExternalStore(call.moderation.subscribe, call.moderation.getView);
  const { role, waiting } = view;
  const { room } = useSyncExternalStore(call.subscribe, call.getView);
  const [problem, setProblem] = useSentence();
  const [managing, setManaging] = useState<Managing | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  // Raised hands first, in their order: whoever leads the talk sees who is next.
  const line = inLine(people);
  const sorted = [...line, ...people.filter((one) => !line.includes(one))];
  // What participants write about themselves is no sign of a role: of the others' only moderators know.
  const isModerator = (one: Participant) => (one.isLocal ? moderates(role) : standingOf(view, one.identity).isModerator);
  const attempt = async (done: Promise<void>, say: () => string) => {
    setProblem(null);
    try {
      await done;
      onDid(say);
    } catch (err) {
      setProblem(() => explain(err));
    }
  };
  const choose = ({ action, identity, name }: Chosen) =>
    void attempt(call.moderation.act(action, identity), () => t(`did.${action}` as Key, { name }));
  const answer = ({ identity, name }: Waiting, admit: boolean) => {
    title.current?.focus(); // the buttons go
    void attempt(call.moderation.answer(identity, admit), () => t(admit ? 'did.admit' : 'did.refuse', { name }));
  };
  const admitAll = async () => {
    title.current?.focus();
    for (const { identity, name } of waiting) await attempt(call.moderation.answer(identity, true), () => t('did.admit', { name }));
  };
  const manage = (what: Managing) => (
    <button type="button" className="small quiet" data-testid={`manage-${what}`} onClick={() => {
      setProblem(null);
      setManaging(what);
    }}>{t(`manage.${what}`)}</button>
  );
  return (
    <aside className="panel" aria-label={t('meeting.people')} data-testid="people-panel"
      onKeyDown={(event) => event.key === 'Escape' && !(event.target as Element).closest('dialog') && onClose()}>
      <div className="panel-head">
        <h2 ref={title} tabIndex={-1}>{t('meeting.people')} <span className="hint">{tn('people.count', people.length)}</span></h2>
        <button type="button" className="round plain" aria-label={t('meeting.close')} onClick={onClose}><CloseIcon /></button>
      </div>
      <div role="alert">{problem && <p className="problem" data-testid="people-problem">{problem}</p>}</div>
      {waiting.length > 0 && <Door waiting={waiting} onAnswer={answer} onAll={() => void admitAll()} />}
      <ul className="people" tabIndex={0} aria-label={t('meeting.people')}>
        {sorted.map((one) => (
          <Person key={one.identity} call={call} participant={one} host={one.identity === host} moderator={isModerator(one)} place={line.indexOf(one) + 1}
            onChoose={choose} />
        ))}
      </ul>
      {moderates(role) && (
        <div className="panel-foot">
          {manage('invitations')}{manage('bans')}{role !== 'moderator' && manage('settings')}
        </div>
      )}
      {managing && (
        <Suspense fallback={null}>
          <Manage what={managing} room={room} ask={call.ask} onClose={() => setManaging(null)}
            onChanged={(now) => call.changed(now)} />
        </Suspense>
      )}
    </aside>
  );
}
