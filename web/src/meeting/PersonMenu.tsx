// SPDX-License-Identifier: Apache-2.0
// What a moderator can do with one person: the menu, and the question before what can't be taken back at once.
import { useState, useSyncExternalStore } from 'react';
import type { Participant } from 'livekit-client';
import { t, type Key } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { MoreIcon } from '../ui/icons';
import { MenuButton } from '../ui/Menu';
import type { Call } from './call';
import { standingOf } from './moderation';
import { actionsFor, type Action } from './rights';

const dangerous = (action: Action): action is 'kick' | 'ban' => action === 'kick' || action === 'ban';

/** What may be done with this person now. */
export function useActions(call: Call, participant: Participant, owner: boolean): Action[][] {
  const view = useSyncExternalStore(call.moderation.subscribe, call.moderation.getView);
  return actionsFor(view.role, {
    self: participant.isLocal, owner, standing: standingOf(view, participant.identity), microphone: participant.isMicrophoneEnabled,
    camera: participant.isCameraEnabled, screen: participant.isScreenShareEnabled,
  }, call.rules());
}

export interface Chosen {
  action: Action;
  identity: string;
  name: string;
}

export function PersonMenu({ groups, participant, name, onChoose }: {
  groups: Action[][]; participant: Participant; name: string; onChoose: (chosen: Chosen) => void;
}) {
  const [asking, setAsking] = useState<'kick' | 'ban' | null>(null);
  const choose = (action: Action) => onChoose({ action, identity: participant.identity, name });
  return (
    <>
      <MenuButton label={t('act.menu', { name })} testId="person-menu" groups={groups.map((group) => group.map((action) => ({
        id: action, label: t(`act.${action}` as Key), danger: dangerous(action),
        act: () => (dangerous(action) ? setAsking(action) : choose(action)),
      })))}><MoreIcon /></MenuButton>
      {asking && (
        <Dialog title={t(`confirm.${asking}.title`, { name })} onClose={() => setAsking(null)} testId={`confirm-${asking}`}>
          <p>{t(`confirm.${asking}.text`)}</p>
          <div className="actions">
            <button type="button" onClick={() => setAsking(null)}>{t('confirm.no')}</button>
            <button type="button" className="primary danger" data-testid="confirm-yes" onClick={() => {
              setAsking(null);
              choose(asking);
            }}>{t(`act.${asking}`)}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}
