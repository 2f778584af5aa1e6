// SPDX-License-Identifier: Apache-2.0
// Light or dark: the system's wish, unless the person chose otherwise on this device.

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'bedrud.theme';
const WISH = '(prefers-color-scheme: dark)';
const media = { auto: WISH, light: 'not all', dark: 'all' } as const;

export function theme(): Theme {
  try {
    const chosen = localStorage.getItem(KEY);
    if (chosen === 'light' || chosen === 'dark') return chosen;
  } catch {
    // storage refused
  }
  return 'auto';
}

/** The dark tokens stand in one media rule of tokens.css: made to hold always, never, or by the system's wish. */
let rules: CSSMediaRule[] | undefined;
function apply(next: Theme): void {
  rules ??= [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .filter((rule): rule is CSSMediaRule => rule instanceof CSSMediaRule && rule.media.mediaText === WISH);
  for (const rule of rules) rule.media.mediaText = media[next];
  document.documentElement.style.colorScheme = next === 'auto' ? '' : next;
}
apply(theme());
window.addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) apply(theme());
});

export function setTheme(next: Theme): void {
  try {
    if (next === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // for this page only
  }
  apply(next);
}
