// SPDX-License-Identifier: Apache-2.0
// Why a camera or microphone can't be used, and where exactly to set that right in this browser.
// Pure: what the browser reported goes in, keys of sentences come out. Run by node in tests/browser, so types only.
import type { Key } from './i18n';

export type Browser =
  | 'chrome' | 'edge' | 'firefox' | 'safari' | 'iosSafari' | 'iosOther' | 'androidChrome' | 'androidFirefox'
  | 'samsung' | 'inApp' | 'other';
export type System = 'windows' | 'macos' | 'linux' | 'chromeos' | 'android' | 'ios' | 'other';

export interface Place {
  browser: Browser;
  system: System;
}

/** What is known when a device was refused. */
export interface Refusal {
  /** name and message of the DOMException. */
  name: string;
  message: string;
  /** window.isSecureContext. */
  secure: boolean;
  /** navigator.mediaDevices.getUserMedia is there. */
  supported: boolean;
  /** False when the Permissions-Policy of this page, or of the page around it, forbids the device. */
  allowed: boolean;
}

export type Device = 'camera' | 'microphone' | 'both';
export type Why =
  | 'denied' | 'dismissed' | 'system' | 'missing' | 'busy' | 'gone' | 'insecure' | 'policy' | 'unsupported' | 'failed';

export interface Explanation {
  why: Why;
  /** What happened; its {device} is the text of `device`. */
  what: Key;
  device: Key;
  /** What the person can do about it. */
  how: Key;
}

/** Which browser this is, as far as it matters for where its settings are. `touchPoints`: navigator.maxTouchPoints. */
export function placeOf(userAgent: string, touchPoints: number): Place {
  const is = (pattern: RegExp) => pattern.test(userAgent);
  // An iPad calls itself a Mac; no Mac has a touch screen.
  const ios = is(/iPhone|iPad|iPod/) || (is(/Macintosh/) && touchPoints > 1);
  const system: System = ios ? 'ios' : is(/Android/) ? 'android' : is(/Windows/) ? 'windows' : is(/CrOS/) ? 'chromeos' :
    is(/Macintosh/) ? 'macos' : is(/Linux/) ? 'linux' : 'other';
  return { system, browser: browserOf(is, system) };
}

function browserOf(is: (pattern: RegExp) => boolean, system: System): Browser {
  if (is(/FBAN|FBAV|Instagram|Line\/|MicroMessenger|; wv\)/)) return 'inApp';
  if (system === 'ios') {
    if (is(/CriOS|FxiOS|EdgiOS|OPiOS|OPT\/|DuckDuckGo|Brave/)) return 'iosOther';
    return is(/Safari\//) ? 'iosSafari' : 'inApp';
  }
  if (is(/SamsungBrowser/)) return 'samsung';
  if (is(/Firefox\//)) return system === 'android' ? 'androidFirefox' : 'firefox';
  if (system === 'android') return is(/Chrome\//) ? 'androidChrome' : 'other';
  if (is(/Edg\//)) return 'edge';
  if (is(/Chrome\/|Chromium\//)) return 'chrome';
  return is(/Safari\//) && system === 'macos' ? 'safari' : 'other';
}

/** The cause behind what getUserMedia or getDisplayMedia threw: names of the standard and of older browsers. */
export function whyOf(refusal: Refusal): Why {
  const { name, message } = refusal;
  if (!refusal.supported) return refusal.secure ? 'unsupported' : 'insecure';
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      if (!refusal.allowed) return 'policy';
      if (/system/i.test(message)) return 'system'; // Chrome: "Permission denied by system"
      return /dismissed/i.test(message) ? 'dismissed' : 'denied'; // Chrome: "Permission dismissed"
    case 'SecurityError':
      return 'policy';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      return 'missing';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy';
    case 'OverconstrainedError':
    case 'ConstraintNotSatisfiedError':
      return 'gone';
    default:
      return 'failed';
  }
}

/** Where to look: the browser's own setting, the system's, or neither. */
function howOf(why: Why, { browser, system }: Place): Key {
  switch (why) {
    case 'denied': return `allow.${browser}`;
    // In an app's own browser it is that app which the system must allow, and mostly can't be.
    case 'system': return browser === 'inApp' ? 'allow.inApp' : `allow.system.${system}`;
    // A system that hides its devices from the browser looks like one without any, or like one in use.
    case 'missing': return system === 'other' ? 'device.connect' : `device.connect.${system}`;
    case 'busy': return system === 'windows' ? 'device.free.windows' : 'device.free';
    case 'unsupported': return browser === 'inApp' ? 'allow.inApp' : 'device.how.unsupported';
    default: return `device.how.${why}`;
  }
}

export function explainDevice(device: Device, refusal: Refusal, place: Place): Explanation {
  const why = whyOf(refusal);
  return { why, what: `device.${why}`, device: `device.name.${device}`, how: howOf(why, place) };
}
