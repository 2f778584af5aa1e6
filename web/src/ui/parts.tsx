// SPDX-License-Identifier: Apache-2.0
// The few parts that every page is made of.
import {
  useEffect, useId, useRef, useState, type InputHTMLAttributes, type ReactNode,
} from 'react';
import { api } from '../api';
import { languages, setLanguage, t, tn, useLanguage, type Language } from '../i18n';
import { Link, navigate } from '../router';
import { useSession } from '../session';
import { setTheme, theme, type Theme } from '../theme';
import { Logo } from './icons';

export function useTitle(page: string): void {
  useEffect(() => {
    document.title = page ? t('app.title', { page }) : t('app.name');
  }, [page]);
}

/** A sentence kept as how to say it, so that it follows a change of language; "" while there is none. */
export function useSentence(): [string, (say: (() => string) | null) => void] {
  const [kept, keep] = useState<{ say: () => string } | null>(null);
  return [kept ? kept.say() : '', (say) => keep(say && { say })];
}

let first = true;

/**
 * A page's heading: takes the focus when the page changes, so that a screen reader says where we are. The first one
 * doesn't: the browser itself says what it has loaded.
 */
export function Heading({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const free = document.activeElement === null || document.activeElement === document.body;
    if (free && !first) ref.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  return <h1 ref={ref} tabIndex={-1}>{children}</h1>;
}

export function Page({ children, narrow, title }: { children: ReactNode; narrow?: boolean; title: string }) {
  useTitle(title);
  return (
    <div className="page">
      <a className="skip" href="#content">{t('app.skip')}</a>
      <TopBar />
      <main id="content" className={narrow ? 'content narrow' : 'content'}>{children}</main>
      <footer className="footer"><Preferences /></footer>
    </div>
  );
}

/** Language and appearance, kept on this device. */
export function Preferences() {
  const language = useLanguage();
  const [look, setLook] = useState(theme);
  const ids = [useId(), useId()];
  return (
    <div className="preferences">
      <div className="preference">
        <label htmlFor={ids[0]}>{t('app.language')}</label>
        <select id={ids[0]} value={language} data-testid="language" onChange={(e) => setLanguage(e.target.value as Language)}>
          {Object.entries(languages).map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
        </select>
      </div>
      <div className="preference">
        <label htmlFor={ids[1]}>{t('app.theme')}</label>
        <select id={ids[1]} value={look} data-testid="theme" onChange={(e) => {
          setLook(e.target.value as Theme);
          setTheme(e.target.value as Theme);
        }}>
          {(['auto', 'light', 'dark'] as const).map((one) => <option key={one} value={one}>{t(`app.theme.${one}`)}</option>)}
        </select>
      </div>
    </div>
  );
}

function TopBar() {
  const session = useSession();
  const signOut = () => {
    void api.logout().then(() => navigate('/'));
  };
  return (
    <header className="topbar">
      <Link href="/" className="brand" aria-label={`${t('app.name')}, ${t('nav.home')}`}>
        <Logo /><span>{t('app.name')}</span>
      </Link>
      <nav aria-label={t('nav.label')}>
        {session ? (
          <>
            <Link href="/dashboard">{t('nav.rooms')}</Link>
            <span className="who" title={t('nav.signedInAs', { name: session.name })}>{session.name}</span>
            <button type="button" className="quiet" onClick={signOut} data-testid="sign-out">
              {t('nav.signOut')}
            </button>
          </>
        ) : (
          <>
            <Link href="/auth/login">{t('nav.signIn')}</Link>
            <Link href="/auth/register" className="wide-only">{t('nav.register')}</Link>
          </>
        )}
      </nav>
    </header>
  );
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
  fault?: string | null;
  beside?: ReactNode;
}

export function Field({ label, hint, fault, beside, ...input }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-row">
        <input id={id} aria-invalid={fault ? true : undefined} aria-describedby={described || undefined} {...input} />
        {beside}
      </div>
      {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
      {fault && <p className="fault" id={`${id}-fault`}>{fault}</p>}
    </div>
  );
}

export function PasswordField(props: FieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Field {...props} type={shown ? 'text' : 'password'} beside={
      <button type="button" className="quiet small" aria-label={shown ? t('login.hideNamed') : t('login.showNamed')}
        onClick={() => setShown(!shown)}>
        {shown ? t('login.hide') : t('login.show')}
      </button>
    } />
  );
}

export function Switch({ label, checked, onChange, testId }: {
  label: string; checked: boolean; onChange: (on: boolean) => void; testId?: string;
}) {
  return (
    <label className="switch">
      <input type="checkbox" role="switch" checked={checked} data-testid={testId}
        onChange={(e) => onChange(e.target.checked)} />
      <span className="switch-track" aria-hidden="true" />
      <span>{label}</span>
    </label>
  );
}

/** A problem, said once and read out; keeps its place empty so that nothing jumps. */
export function Problem({ children }: { children: ReactNode }) {
  return <div role="alert">{children ? <p className="problem" data-testid="problem">{children}</p> : null}</div>;
}

/** Copies a link and says so in the button itself. */
export function CopyButton({ link, label, named, className, children }: {
  link: string; label: string; named?: string; className?: string; children?: ReactNode;
}) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state !== 'done') return;
    const timer = setTimeout(() => setState('idle'), 2500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setState('done');
    } catch {
      setState('failed'); // no clipboard outside HTTPS: show the link instead
    }
  };
  return (
    <>
      <button type="button" className={className} onClick={() => void copy()} data-testid="copy-link"
        aria-label={state === 'done' ? t('rooms.copied') : named ?? label}>
        {children}<span>{state === 'done' ? t('rooms.copied') : label}</span>
      </button>
      {state === 'failed' && <span className="hint" role="status">{t('rooms.copyFailed', { link })}</span>}
    </>
  );
}

/** What the server said where it lets nobody in, and the countdown to the next try; `until` in ms since 1970. */
export function Again({ sentence, until, onTry, onStop }: {
  sentence: string; until: number; onTry: () => void; onStop?: () => void;
}) {
  const left = useCountdown(until);
  const latest = useRef(onTry);
  latest.current = onTry;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(), Math.max(0, until - Date.now()));
    return () => clearTimeout(timer);
  }, [until]);
  return (
    <div className="refused" data-testid="again">
      {/* Read out once: the number that changes isn't. */}
      <p role="alert">{sentence}</p>
      <p data-testid="again-in">{left > 0 ? tn('again.in', left) : t('app.loading')}</p>
      <p className="actions">
        <button type="button" className="small" onClick={onTry} data-testid="again-now">{t('again.now')}</button>
        {onStop && <button type="button" className="small" onClick={onStop} data-testid="again-stop">{t('again.stop')}</button>}
      </p>
    </div>
  );
}

export function Loading({ text }: { text?: string }) {
  return <p className="loading" role="status"><span className="spinner" aria-hidden="true" />{text ?? t('app.loading')}</p>;
}

/** Seconds left until `until` (ms since 1970), counting down to 0. */
export function useCountdown(until: number): number {
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [n, setN] = useState(left);
  useEffect(() => {
    setN(left());
    if (until <= Date.now()) return;
    const timer = setInterval(() => setN(left()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return n;
}
