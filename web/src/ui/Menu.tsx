// SPDX-License-Identifier: Apache-2.0
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

export interface MenuItem {
  id: string;
  label: string;
  danger?: boolean;
  act: () => void;
}

/** Space that is kept between the menu and the window's edge, in px. */
const EDGE = 8;

/** The open menu: arrows, Home, End and first letters move; Escape and Tab close it. Groups are set apart by a line. */
function Menu({ id, label, groups, button, last, onClose }: {
  id: string; label: string; groups: MenuItem[][]; button: HTMLElement; last: boolean; onClose: (back: boolean) => void;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const items = () => [...ref.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? []];
  const place = () => {
    const menu = ref.current;
    if (!menu) return;
    const from = button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = menu;
    const within = (at: number, size: number, room: number) => Math.max(EDGE, Math.min(at, room - size - EDGE));
    const below = from.bottom + height + EDGE <= innerHeight || from.top < height;
    menu.style.left = `${within(from.right - width, width, innerWidth)}px`;
    menu.style.top = `${within(below ? from.bottom : from.top - height, height, innerHeight)}px`;
  };
  useLayoutEffect(() => {
    place();
    items().at(last ? -1 : 0)?.focus();
  }, []);
  useEffect(() => {
    const elsewhere = (event: Event) => {
      const { target } = event;
      if (target instanceof Node && (ref.current?.contains(target) || button.contains(target))) return;
      close.current(false);
    };
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('scroll', elsewhere, true);
    window.addEventListener('resize', place);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('scroll', elsewhere, true);
      window.removeEventListener('resize', place);
    };
  }, [button]);
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Tab') {
      onClose(true); // the button has the focus when the browser moves on
      return;
    }
    const all = items();
    const now = all.indexOf(document.activeElement as HTMLElement);
    const letter = event.key.length === 1 && event.key !== ' ' ? event.key.toLowerCase() : '';
    const starts = (one: HTMLElement) => one.innerText.toLowerCase().startsWith(letter);
    const next = event.key === 'ArrowDown' ? all[(now + 1) % all.length]
      : event.key === 'ArrowUp' ? all.at(now - 1)
        : event.key === 'Home' ? all[0]
          : event.key === 'End' ? all.at(-1)
            : letter ? [...all.slice(now + 1), ...all.slice(0, now + 1)].find(starts) : undefined;
    if (event.key === 'Escape') onClose(true);
    else if (!next && !letter) return;
    event.preventDefault(); // no shortcut of the meeting's, and no scrolling
    next?.focus();
  };
  return (
    <div ref={ref} id={id} className="menu" role="menu" aria-label={label} onKeyDown={key} data-testid="menu">
      {groups.map((group, i) => (
        <div key={i} role="group" className="menu-group">
          {group.map((item) => (
            <button key={item.id} type="button" role="menuitem" tabIndex={-1} className={item.danger ? 'menu-item danger' : 'menu-item'}
              data-testid={`do-${item.id}`} onClick={() => {
                onClose(true);
                item.act();
              }}>{item.label}</button>
          ))}
        </div>
      ))}
    </div>
  );
}

/** A button that opens a menu; nothing where there is nothing to choose. */
export function MenuButton({ label, groups, testId, className = 'round plain', children }: {
  label: string; groups: MenuItem[][]; testId: string; className?: string; children: ReactNode;
}) {
  const [open, setOpen] = useState<'first' | 'last' | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  if (groups.length === 0) return null;
  const close = (back: boolean) => {
    setOpen(null);
    if (back) button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" className={className} aria-label={label} title={label} aria-haspopup="menu"
        aria-expanded={open !== null} aria-controls={open ? id : undefined} data-testid={testId}
        onClick={() => setOpen(open ? null : 'first')} onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          setOpen(event.key === 'ArrowDown' ? 'first' : 'last');
        }}>{children}</button>
      {open && button.current &&
        <Menu id={id} label={label} groups={groups} button={button.current} last={open === 'last'} onClose={close} />}
    </>
  );
}
