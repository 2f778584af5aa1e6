// SPDX-License-Identifier: Apache-2.0
// Having the meeting recorded: what there is to start and stop, how far it has come, and why not.
import { useId, useState, useSyncExternalStore } from 'react';
import type { RecordingWish } from '../api';
import { t } from '../i18n';
import { Dialog } from '../ui/Dialog';
import { CloseIcon } from '../ui/icons';
import { Problem, Switch } from '../ui/parts';
import type { Call } from './call';
import type { RecordingView } from './recorder';

/** How far a recording is, in words; null where there is nothing to tell. */
function progress({ state }: RecordingView): string | null {
  switch (state) {
    case null:
    case 'failed':
    case 'deleting': return null;
    case 'asking': return t('recording.asking');
    case 'pending': return t('recording.now.starting');
    default: return t(`recording.now.${state}`);
  }
}

type Layout = NonNullable<RecordingWish['layout']>;
const layouts: readonly Layout[] = ['grid', 'speaker', 'single-speaker'];

/** How people are arranged in the picture; '' leaves it to the server. */
function LayoutPicker({ layout, onPick }: { layout: Layout | ''; onPick: (layout: Layout | '') => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t('recording.layout')}</label>
      <select id={id} value={layout} data-testid="recording-layout" onChange={(e) => onPick(e.target.value as Layout | '')}>
        <option value="">{t('recording.layout.usual')}</option>
        {layouts.map((one) => <option key={one} value={one}>{t(`recording.layout.${one}`)}</option>)}
      </select>
    </div>
  );
}

export function RecordingDialog({ call, onClose }: { call: Call; onClose: () => void }) {
  const view = useSyncExternalStore(call.recorder.subscribe, call.recorder.getView);
  const [audioOnly, setAudioOnly] = useState(false);
  const [layout, setLayout] = useState<Layout | ''>('');
  const { state, problem } = view;
  const running = state === 'active' || state === 'starting' || state === 'stopping' || state === 'pending';
  const now = progress(view);
  const busy = state === 'asking' || state === 'stopping' || state === 'pending';
  const wish = { audioOnly, ...(layout && !audioOnly ? { layout } : {}) };
  return (
    <Dialog title={t('recording.title')} onClose={onClose} testId="recording-dialog">
      <p className="hint">{t('recording.lead')}</p>
      <p className="recording-now" role="status" data-testid="recording-now" data-state={state ?? ''}>
        {now && (busy || state === 'starting' || state === 'processing') && <span className="spinner" aria-hidden="true" />}
        {state === 'active' && <span className="dot" />}
        {now}
      </p>
      <Problem>{problem?.()}</Problem>
      {!running && !busy && !audioOnly && <LayoutPicker layout={layout} onPick={setLayout} />}
      {!running && !busy && <Switch label={t('recording.audioOnly')} checked={audioOnly} onChange={setAudioOnly} testId="audio-only" />}
      {call.signedIn && <p><a href={`/rooms/${call.roomId}/recordings`} target="_blank" rel="noreferrer"
        data-testid="recordings-link">{t('recording.list')}</a></p>}
      <div className="actions">
        <button type="button" className={running ? 'primary danger' : 'primary'} disabled={busy} data-testid={running ? 'recording-stop' : 'recording-start'}
          onClick={() => void (running ? call.recorder.end() : call.recorder.begin(wish))}>{t(running ? 'recording.stop' : 'recording.start')}</button>
      </div>
    </Dialog>
  );
}

/** What went wrong with a recording while its dialogue is closed. */
export function RecordingProblem({ call }: { call: Call }) {
  const { problem } = useSyncExternalStore(call.recorder.subscribe, call.recorder.getView);
  if (!problem) return null;
  return (
    <div className="banner closable" role="alert" data-testid="recording-problem">
      <span>{problem()}</span>
      <button type="button" className="round plain" aria-label={t('recording.close')} onClick={() => call.recorder.forgive()}><CloseIcon /></button>
    </div>
  );
}
