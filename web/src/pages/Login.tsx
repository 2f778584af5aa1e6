// SPDX-License-Identifier: Apache-2.0
import { useState, type FormEvent } from 'react';
import { api, ApiError } from '../api';
import { t } from '../i18n';
import { Link, navigate, nextPath, withNext } from '../router';
import { Field, Heading, Page, PasswordField, Problem, useSentence } from '../ui/parts';
import { explain } from '../ui/problem';

function reason(err: unknown, email: string): string {
  if (err instanceof ApiError && err.status === 401) return t('login.wrong');
  if (err instanceof ApiError && err.status === 403 && err.body.requiresVerification === true) {
    return t('login.unverified', { email: typeof err.body.email === 'string' ? err.body.email : email });
  }
  return explain(err);
}

export function Login() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useSentence();
  const [busy, setBusy] = useState(false);
  const next = nextPath();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await api.login(email, password);
      navigate(next, 'replace');
    } catch (err) {
      setProblem(() => reason(err, email));
      setBusy(false);
    }
  };
  return (
    <Page narrow title={t('login.title')}>
      <Heading>{t('login.title')}</Heading>
      <p className="lead">{t('login.lead')}</p>
      <form className="card" onSubmit={(e) => void submit(e)}>
        <Field label={t('login.email')} type="email" name="email" autoComplete="username" required value={email}
          data-testid="email" onChange={(e) => setEmail(e.target.value)} />
        <PasswordField label={t('login.password')} name="password" autoComplete="current-password" required
          value={password} data-testid="password" onChange={(e) => setPassword(e.target.value)} />
        <Problem>{problem}</Problem>
        <button className="primary" disabled={busy} data-testid="submit">{t('login.button')}</button>
      </form>
      <p>{t('login.noAccount')} <Link href={withNext('/auth/register', next)}>{t('nav.register')}</Link></p>
      <p className="hint">{t('login.guest')}</p>
    </Page>
  );
}
