// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { formatTime, t } from '../i18n';
import { CloseIcon, SendIcon } from '../ui/icons';
import { useSentence } from '../ui/parts';
import type { Call } from './call';
import { MAX_CHARS, pieces, type Line } from './chat';

function Message({ line }: { line: Line }) {
  return (
    <li className={line.name === '' ? 'line mine' : 'line'} data-testid="chat-line">
      <p className="line-head">
        <strong>{line.name || t('meeting.you')}</strong> <time>{formatTime(line.at)}</time>
      </p>
      <p className="line-text">
        {pieces(line.text).map((piece, i) => piece.link
          ? <a key={i} href={piece.text} target="_blank" rel="noopener noreferrer nofollow">{piece.text}</a>
          : <span key={i}>{piece.text}</span>)}
      </p>
    </li>
  );
}

export function ChatPanel({ call, lines, onClose }: { call: Call; lines: readonly Line[]; onClose: () => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useSentence();
  const list = useRef<HTMLOListElement>(null);
  const atEnd = useRef(true);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const element = list.current;
    if (element && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);

  const send = async () => {
    const said = text.trim();
    if (!said) return;
    if (said.length > MAX_CHARS) {
      setProblem(() => t('chat.long'));
      return;
    }
    try {
      atEnd.current = true;
      await call.say(said);
      setText('');
      setProblem(null);
    } catch {
      setProblem(() => t('chat.failed'));
    }
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape') onClose();
  };
  return (
    <aside className="panel" aria-label={t('chat.title')} data-testid="chat-panel">
      <div className="panel-head">
        <h2>{t('chat.title')}</h2>
        <button type="button" className="round plain" aria-label={t('meeting.close')} onClick={onClose}><CloseIcon /></button>
      </div>
      <ol ref={list} className="lines" aria-live="polite" tabIndex={0} aria-label={t('chat.title')}
        onScroll={(e) => {
          const box = e.currentTarget;
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
        }}>
        {lines.length === 0 && <li className="hint">{t('chat.empty')}</li>}
        {lines.map((line) => <Message key={`${line.from} ${line.id}`} line={line} />)}
      </ol>
      {problem && <p className="problem" role="alert">{problem}</p>}
      {!call.mayTalkInText() && <p className="hint chat-shut" role="status" data-testid="chat-shut">{t('chat.shut')}</p>}
      {call.mayTalkInText() && <form className="say" onSubmit={(e: FormEvent) => {
        e.preventDefault();
        void send();
      }}>
        <textarea ref={input} rows={1} value={text} aria-label={t('chat.label')} placeholder={t('chat.label')}
          data-testid="chat-input" onChange={(e) => setText(e.target.value)} onKeyDown={key} />
        <button className="primary square" aria-label={t('chat.send')} data-testid="chat-send"><SendIcon /></button>
      </form>}
    </aside>
  );
}
