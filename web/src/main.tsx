// SPDX-License-Identifier: Apache-2.0
import { Component, lazy, Suspense, useEffect, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { t, useLanguage } from './i18n';
import { Home } from './pages/Home';
import { Login } from './pages/Login';
import { Lost } from './pages/Lost';
import { New } from './pages/New';
import { Register } from './pages/Register';
import { RoomPage } from './pages/RoomPage';
import { Rooms } from './pages/Rooms';
import { navigate, usePath, withNext } from './router';
import { useSession } from './session';
import { Loading, Page, useTitle } from './ui/parts';
import './theme';
import './styles/tokens.css';
import './styles/app.css';
import './styles/meeting.css';

/** Pages for people with an account: anyone else signs in first and then comes back. */
function Members({ path, children }: { path: string; children: ReactNode }) {
  const signedIn = useSession() !== null;
  useEffect(() => {
    if (!signedIn) navigate(withNext('/auth/login', path), 'replace');
  }, [signedIn, path]);
  return signedIn ? children : null;
}

const Recordings = lazy(() => import('./pages/Recordings'));

/** Of a room, or of all. */
function Recorded({ room }: { room?: string }) {
  const waiting = <Page title={t('recordings.title')}><Loading /></Page>;
  return <Suspense fallback={waiting}><Recordings room={room} /></Suspense>;
}

function App() {
  useLanguage();
  const path = usePath().replace(/(.)\/+$/, '$1');
  const room = /^\/m\/([^/]+)$/.exec(path)?.[1];
  if (room !== undefined) {
    let name = room;
    try {
      name = decodeURIComponent(room);
    } catch {
      // not UTF-8: no room has that name, and the page says so
    }
    name = name.trim().toLowerCase();
    return <RoomPage key={name} room={name} />;
  }
  const recorded = /^\/rooms\/([0-9a-f-]+)\/recordings$/.exec(path)?.[1];
  if (recorded !== undefined) return <Members path={path}><Recorded key={recorded} room={recorded} /></Members>;
  switch (path) {
    case '/': return <Home />;
    case '/auth':
    case '/auth/login': return <Login />;
    case '/auth/register': return <Register />;
    case '/dashboard': return <Members path={path}><Rooms /></Members>;
    case '/recordings': return <Members path={path}><Recorded /></Members>;
    case '/new': return <Members path={path}><New /></Members>;
    default: return <Lost />;
  }
}

function Crash() {
  useLanguage();
  useTitle(t('crash.title'));
  return (
    <div className="page">
      <main className="content narrow">
        <div className="gate" data-testid="crash">
          <h1>{t('crash.title')}</h1>
          <p className="lead">{t('crash.text')}</p>
          <p className="actions">
            <button type="button" className="primary" onClick={() => location.reload()}>{t('gate.reload')}</button>
          </p>
        </div>
      </main>
    </div>
  );
}

class Guard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };
  static getDerivedStateFromError() {
    return { broken: true };
  }
  override render() {
    return this.state.broken ? <Crash /> : this.props.children;
  }
}

const root = document.getElementById('app');
if (root) createRoot(root).render(<Guard><App /></Guard>);
