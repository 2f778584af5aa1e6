// SPDX-License-Identifier: Apache-2.0
import { useState, type FormEvent } from 'react';
import { api, ApiError } from '../api';
import { said, t, type Key } from '../i18n';
import { fault, generate, linkTo, normalise } from '../roomname';
import { navigate } from '../router';
import { DiceIcon } from '../ui/icons';
import { Field, Heading, Page, Problem, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';
import { Choices, maxOf, RoomForm, type RoomFields } from '../ui/roomform';

const usual: RoomFields = {
  isPublic: true, settings: { requireApproval: false, allowAudio: true, allowVideo: true, allowChat: true, recordingsAllowed: true }, max: '20',
};

export function New() {
  const [name, setName] = useState(generate);
  const [mode, setMode] = useState<'standard' | 'webinar'>('standard');
  const [room, setRoom] = useState(usual);
  const [nameFault, setNameFault] = useState<Key | null>(null);
  const [maxFault, setMaxFault] = useState<Key | null>(null);
  const [problem, setProblem] = useSentence();
  const [busy, setBusy] = useState(false);
  const clean = normalise(name);

  const failed = (err: unknown) => {
    setBusy(false);
    if (err instanceof ApiError && err.status === 409) setNameFault('new.taken');
    else if (err instanceof ApiError && err.status === 403) setProblem(() => err.message ? said(err.message) : t('new.limit'));
    else setProblem(() => explain(err));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = fault(clean);
    const people = maxOf(room.max);
    setNameFault(wrong);
    setMaxFault(people === null ? 'new.maxBad' : null);
    if (wrong || people === null) return;
    setBusy(true);
    setProblem(null);
    try {
      const made = await api.createRoom({
        name: clean, isPublic: room.isPublic, maxParticipants: people, mode,
        settings: { ...room.settings, e2ee: false, isPersistent: false },
      });
      navigate(`/m/${made.name}`);
    } catch (err) {
      failed(err);
    }
  };

  return (
    <Page narrow title={t('new.title')}>
      <Heading>{t('new.title')}</Heading>
      <form className="card" onSubmit={(e) => void submit(e)} noValidate>
        <Field label={t('new.name')} hint={t('new.nameHint')} fault={nameFault && t(nameFault)} value={name} autoCapitalize="none"
          autoComplete="off" spellCheck={false} data-testid="room-name"
          onChange={(e) => {
            setName(e.target.value);
            setNameFault(null);
          }}
          beside={
            <button type="button" className="quiet square" aria-label={t('new.another')} title={t('new.another')}
              onClick={() => {
                setName(generate());
                setNameFault(null);
              }}><DiceIcon /></button>
          } />
        {!fault(clean) && <p className="link-preview"><span className="hint">{t('new.link')}</span> <code>{linkTo(clean)}</code></p>}
        <Choices legend={t('new.mode')} name="mode" value={mode} onChange={setMode}
          of={(['standard', 'webinar'] as const).map((value) => ({ value, label: t(`new.${value}`), hint: t(`new.${value}Hint`) }))} />
        <RoomForm room={room} onChange={setRoom} maxFault={maxFault && t(maxFault)} />
        <Problem>{problem}</Problem>
        <button className="primary" disabled={busy} data-testid="submit">{t('new.button')}</button>
      </form>
    </Page>
  );
}
