// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState, type FormEvent } from 'react';
import { api, type PublicSettings } from '../api';
import { t } from '../i18n';
import { Link, navigate, nextPath, withNext } from '../router';
import { Field, Heading, Page, PasswordField, Problem, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';

const bytes = (text: string) => new TextEncoder().encode(text).length;

export function Register() {
  const [settings, setSettings] = useState<PublicSettings | null>(null);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [invite, setInvite] = useState(() => new URLSearchParams(location.search).get('invite') ?? '');
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useSentence();
  const [busy, setBusy] = useState(false);
  const [mailed, setMailed] = useState(false);
  const next = nextPath();

  useEffect(() => {
    let gone = false;
    // Only to show the right form; registering itself is what the server decides on.
    api.settings().then((got) => gone || setSettings(got)).catch(() => undefined);
    return () => {
      gone = true;
    };
  }, []);

  const nameFault = bytes(name.trim()) < 2 ? t('register.nameShort') : null;
  const passwordFault = bytes(password) < 12 ? t('register.short') : bytes(password) > 128 ? t('register.long') : null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (nameFault || passwordFault) return;
    setBusy(true);
    setProblem(null);
    try {
      if (await api.register(name.trim(), email, password, invite.trim())) navigate(next, 'replace');
      else setMailed(true);
    } catch (err) {
      setProblem(() => explain(err));
      setBusy(false);
    }
  };

  if (mailed) {
    return (
      <Page narrow title={t('register.verify.title')}>
        <Heading>{t('register.verify.title')}</Heading>
        <p className="lead">{t('register.verify.text', { email })}</p>
        <p><Link className="button primary" href={withNext('/auth/login', next)}>{t('nav.signIn')}</Link></p>
      </Page>
    );
  }
  if (settings && !settings.registrationEnabled) {
    return (
      <Page narrow title={t('register.closed')}>
        <Heading>{t('register.closed')}</Heading>
        <p className="lead">{t('register.closedText')}</p>
        <p><Link className="button primary" href="/">{t('gate.home')}</Link></p>
      </Page>
    );
  }
  return (
    <Page narrow title={t('register.title')}>
      <Heading>{t('register.title')}</Heading>
      <p className="lead">{t('register.lead')}</p>
      <form className="card" onSubmit={(e) => void submit(e)}>
        <Field label={t('register.name')} name="name" autoComplete="name" required hint={t('register.nameHint')}
          fault={tried ? nameFault : null} value={name} data-testid="name" onChange={(e) => setName(e.target.value)} />
        <Field label={t('login.email')} type="email" name="email" autoComplete="username" required value={email}
          data-testid="email" onChange={(e) => setEmail(e.target.value)} />
        <PasswordField label={t('login.password')} name="password" autoComplete="new-password" required
          hint={t('register.passwordHint')} fault={tried ? passwordFault : null} value={password}
          data-testid="password" onChange={(e) => setPassword(e.target.value)} />
        {settings?.tokenRegistrationOnly && (
          <Field label={t('register.invite')} hint={t('register.inviteHint')} required value={invite}
            autoComplete="off" data-testid="invite" onChange={(e) => setInvite(e.target.value)} />
        )}
        <Problem>{problem}</Problem>
        <button className="primary" disabled={busy} data-testid="submit">{t('register.button')}</button>
      </form>
      <p>{t('register.have')} <Link href={withNext('/auth/login', next)}>{t('nav.signIn')}</Link></p>
    </Page>
  );
}
