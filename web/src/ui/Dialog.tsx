// SPDX-License-Identifier: Apache-2.0
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { t } from '../i18n';
import { CloseIcon } from './icons';

/** A dialogue: the browser keeps the focus in it, closes it on Escape and gives the focus back. */
export function Dialog({ title, onClose, sheet, children, testId }: {
  title: string; onClose: () => void; sheet?: boolean; children: ReactNode; testId?: string;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const before = document.activeElement;
    element.showModal();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} className={sheet ? 'card framed sheet' : 'card framed'} aria-labelledby={id} onCancel={onClose} data-testid={testId}
      onClick={(event) => event.target === ref.current && onClose()}>
      <div className="dialog-body">
        <div className="panel-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="round plain" aria-label={t('meeting.close')} onClick={onClose}><CloseIcon /></button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
