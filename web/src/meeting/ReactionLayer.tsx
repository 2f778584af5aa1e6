// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { t } from '../i18n';
import { useSentence } from '../ui/parts';
import { emojis, type Reactions } from './reactions';

/** How often reactions are read out at most, in ms. */
const SAY_MS = 3000;

/** The reactions that float now; read out one at a time, and not each of a shower. */
export function ReactionLayer({ reactions }: { reactions: Reactions }) {
  const floating = useSyncExternalStore(reactions.subscribe, reactions.get);
  const [said, setSaid] = useSentence();
  const last = useRef({ id: 0, at: 0 });
  const newest = floating[floating.length - 1];
  useEffect(() => {
    if (!newest || newest.name === '' || newest.id <= last.current.id || Date.now() - last.current.at < SAY_MS) return;
    last.current = { id: newest.id, at: Date.now() };
    setSaid(() => t('meeting.reacted', { name: newest.name, what: t(emojis[newest.emoji]) }));
  }, [newest]);
  return (
    <>
      <div className="reactions" aria-hidden="true">
        {floating.map((one) => (
          <span key={one.id} className="floating" style={{ '--at': one.at } as React.CSSProperties} data-testid="reaction"
            data-emoji={one.emoji}>
            <span className="floating-emoji">{one.emoji}</span>
            <span className="floating-name">{one.name || t('meeting.you')}</span>
          </span>
        ))}
      </div>
      <p className="unseen" role="status" data-testid="reaction-said">{said}</p>
    </>
  );
}
