// SPDX-License-Identifier: Apache-2.0
// Keys that work anywhere in the meeting, except where one types. They can be switched off (WCAG 2.1.4).
import { useEffect, useRef } from 'react';
import type { Key } from '../i18n';

export type Shortcut = 'talk' | 'microphone' | 'camera' | 'hand' | 'chat' | 'people' | 'view' | 'help';

export const shortcuts: readonly { key: string; does: Shortcut; text: Key }[] = [
  { key: ' ', does: 'talk', text: 'keys.talk' },
  { key: 'm', does: 'microphone', text: 'keys.microphone' },
  { key: 'v', does: 'camera', text: 'keys.camera' },
  { key: 'h', does: 'hand', text: 'keys.hand' },
  { key: 'c', does: 'chat', text: 'keys.chat' },
  { key: 'p', does: 'people', text: 'keys.people' },
  { key: 'g', does: 'view', text: 'keys.view' },
  { key: '?', does: 'help', text: 'keys.help' },
];

const OFF = 'bedrud.noShortcuts';

export function shortcutsOn(): boolean {
  try {
    return localStorage.getItem(OFF) !== '1';
  } catch {
    return true;
  }
}

export function setShortcuts(on: boolean): void {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, '1');
  } catch {
    // storage refused: they stay on
  }
}

/** The key belongs to what has the focus: text, a list, a dialogue; the space bar to any control. */
function taken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (!target || document.querySelector('dialog[open]')) return target !== null;
  if (target.closest('input, textarea, select, [contenteditable]')) return true;
  return event.key === ' ' && target.closest('button, a, [tabindex="0"]') !== null;
}

/** Calls `act` for each shortcut; for talk with true while the key is held, then with false. */
export function useShortcuts(act: (shortcut: Shortcut, down: boolean) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    let talking = false;
    const quiet = () => {
      if (talking) latest.current('talk', false);
      talking = false;
    };
    const down = (event: KeyboardEvent) => {
      if (taken(event) || !shortcutsOn()) return;
      const found = shortcuts.find(({ key }) => key === event.key.toLowerCase());
      if (!found) return;
      event.preventDefault();
      if (event.repeat) return;
      talking ||= found.does === 'talk';
      latest.current(found.does, true);
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === ' ') quiet();
    };
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    window.addEventListener('blur', quiet); // the key's end isn't told to a window without focus
    return () => {
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
      window.removeEventListener('blur', quiet);
    };
  }, []);
}
