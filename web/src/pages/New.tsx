// SPDX-License-Identifier: Apache-2.0
import { useState, type FormEvent } from 'react';
import { api, ApiError } from '../api';
import { said, t, type Key } from '../i18n';
import { fault, generate, linkTo, normalise } from '../roomname';
import { navigate } from '../router';
import { DiceIcon } from '../ui/icons';
import { Field, Heading, Page, Problem, Switch, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';

function Access({ open, onChange }: { open: boolean; onChange: (open: boolean) => void }) {
  const choice = (value: boolean, label: string, hint: string, testId: string) => (
    <label className="choice">
      <input type="radio" name="access" checked={open === value} data-testid={testId}
        onChange={() => onChange(value)} />
      <span><strong>{label}</strong><span className="hint">{hint}</span></span>
    </label>
  );
  return (
    <fieldset>
      <legend>{t('new.access')}</legend>
      {choice(true, t('new.public'), t('new.publicHint'), 'access-public')}
      {choice(false, t('new.private'), t('new.privateHint'), 'access-private')}
    </fieldset>
  );
}

export function New() {
  const [name, setName] = useState(generate);
  const [open, setOpen] = useState(true);
  const [allow, setAllow] = useState({ allowAudio: true, allowVideo: true, allowChat: true });
  const [max, setMax] = useState('20');
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
    const people = /^\d{1,4}$/.test(max.trim()) ? Number(max) : -1;
    setNameFault(wrong);
    setMaxFault(people < 0 || people > 1000 ? 'new.maxBad' : null);
    if (wrong || people < 0 || people > 1000) return;
    setBusy(true);
    setProblem(null);
    try {
      const made = await api.createRoom({
        name: clean, isPublic: open, maxParticipants: people, mode: 'standard',
        settings: { ...allow, requireApproval: false, e2ee: false, isPersistent: false, recordingsAllowed: true },
      });
      navigate(`/m/${made.name}`);
    } catch (err) {
      failed(err);
    }
  };
  const allowed = (key: keyof typeof allow, label: string) => (
    <Switch label={label} checked={allow[key]} testId={key}
      onChange={(on) => setAllow({ ...allow, [key]: on })} />
  );

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
        <Access open={open} onChange={setOpen} />
        <fieldset>
          <legend>{t('new.allow')}</legend>
          {allowed('allowAudio', t('new.audio'))}
          {allowed('allowVideo', t('new.video'))}
          {allowed('allowChat', t('new.chat'))}
        </fieldset>
        <Field label={t('new.max')} hint={t('new.maxHint')} fault={maxFault && t(maxFault)} value={max} inputMode="numeric"
          className="short" data-testid="max-participants" onChange={(e) => setMax(e.target.value)} />
        <Problem>{problem}</Problem>
        <button className="primary" disabled={busy} data-testid="submit">{t('new.button')}</button>
      </form>
    </Page>
  );
}
