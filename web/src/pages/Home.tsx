// SPDX-License-Identifier: Apache-2.0
import { useState, type FormEvent } from 'react';
import { t, type Key } from '../i18n';
import { markIn } from '../invitation';
import { fault, normalise } from '../roomname';
import { Link, navigate } from '../router';
import { useSession } from '../session';
import { PlusIcon } from '../ui/icons';
import { Field, Heading, Page } from '../ui/parts';

/** A sentence of the catalogue with `{signIn}` and `{register}` as links. */
function Invitation() {
  const parts = t('home.create.signedOut').split(/(\{signIn\}|\{register\})/);
  return (
    <p className="hint">
      {parts.map((part, i) =>
        part === '{signIn}' ? <Link key={i} href="/auth/login?next=%2Fnew">{t('home.create.signIn')}</Link> :
        part === '{register}' ? <Link key={i} href="/auth/register?next=%2Fnew">{t('home.create.register')}</Link> :
        part)}
    </p>
  );
}

function Art() {
  const face = (x: number, y: number, who: string) => (
    <g className={`art-${who}`} transform={`translate(${x} ${y})`}>
      <rect width="150" height="106" rx="16" className="art-tile" />
      <circle cx="75" cy="44" r="20" className="art-skin" />
      <path d="M33 106c3-25 20-37 42-37s39 12 42 37z" className="art-shirt" />
    </g>
  );
  return (
    <svg className="art" viewBox="0 0 346 270" role="img" aria-label={t('home.art')}>
      <rect x="6" y="6" width="334" height="258" rx="26" className="art-frame" />
      {face(18, 18, 'a')}{face(178, 18, 'b')}{face(18, 134, 'c')}{face(178, 134, 'd')}
      <rect x="178" y="18" width="150" height="106" rx="16" className="art-speaking" />
      <g className="art-bar">
        <rect x="108" y="222" width="130" height="34" rx="17" className="art-pill" />
        <circle cx="135" cy="239" r="9" /><circle cx="162" cy="239" r="9" /><circle cx="189" cy="239" r="9" />
        <rect x="205" y="230" width="24" height="18" rx="9" className="art-leave" />
      </g>
    </svg>
  );
}

export function Home() {
  const session = useSession();
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<Key | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = normalise(typed);
    const wrong = fault(name);
    if (wrong) setProblem(wrong);
    else navigate(`/m/${name}${markIn(typed)}`);
  };
  return (
    <Page title="">
      <section className="hero">
        <div className="hero-text">
          <Heading>{t('home.title')}</Heading>
          <p className="lead">{t('home.lead')}</p>
          <form className="card join-box" onSubmit={submit} noValidate>
            <Field label={t('home.join.label')} placeholder={t('home.join.placeholder')} value={typed}
              hint={t('home.join.hint')} fault={problem && t(problem)} autoCapitalize="none" autoComplete="off"
              spellCheck={false} enterKeyHint="go" data-testid="room-name"
              onChange={(e) => {
                setTyped(e.target.value);
                setProblem(null);
              }}
              beside={<button className="primary" data-testid="join-room">{t('home.join.button')}</button>} />
          </form>
          {session ? (
            <p><Link href="/new" className="button"><PlusIcon />{t('home.create.signedIn')}</Link></p>
          ) : <Invitation />}
        </div>
        <Art />
      </section>
      <ul className="points">
        {([1, 2, 3] as const).map((n) => (
          <li key={n}><h2>{t(`home.point${n}.title`)}</h2><p>{t(`home.point${n}.text`)}</p></li>
        ))}
      </ul>
    </Page>
  );
}
