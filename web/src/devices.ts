// SPDX-License-Identifier: Apache-2.0
// Camera, microphone and speaker before a meeting: what the person chose, and what the browser gives.
import { useEffect, useState } from 'react';
import { explainDevice, placeOf, type Device, type Refusal } from './deviceproblem';
import { t } from './i18n';

export interface Choices {
  cameraOn: boolean;
  microphoneOn: boolean;
  /** Device ids; "" is the browser's own choice. */
  camera: string;
  microphone: string;
  speaker: string;
}

const KEY = 'bedrud.devices';
const fresh: Choices = { cameraOn: true, microphoneOn: true, camera: '', microphone: '', speaker: '' };

export function loadChoices(): Choices {
  const choices = { ...fresh };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    for (const key of Object.keys(fresh) as (keyof Choices)[]) {
      if (typeof kept[key] === typeof fresh[key]) Object.assign(choices, { [key]: kept[key] });
    }
  } catch {
    // nothing kept, or not by us
  }
  return choices;
}

export function saveChoices(choices: Choices): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // kept for this page only
  }
}

const SKIP = 'bedrud.skipCheck';

/** The person doesn't want to see the camera check again. */
export function skipsCheck(): boolean {
  try {
    return localStorage.getItem(SKIP) === '1';
  } catch {
    return false;
  }
}

export function setSkipsCheck(skip: boolean): void {
  try {
    if (skip) localStorage.setItem(SKIP, '1');
    else localStorage.removeItem(SKIP);
  } catch {
    // storage refused: the check is shown
  }
}

type Kind = 'audio' | 'video';
interface Want {
  kind: Kind;
  device: string;
  give: (stream: MediaStream) => void;
  fail: (err: unknown) => void;
}

let wants: Want[] = [];

const limits = (want: Want): MediaTrackConstraints => ({
  ...(want.device ? { deviceId: { ideal: want.device } } : {}),
  ...(want.kind === 'video' ? { width: { ideal: 1280 }, height: { ideal: 720 } } : {}),
});

const ask = (some: Want[]) =>
  navigator.mediaDevices.getUserMedia(Object.fromEntries(some.map((want) => [want.kind, limits(want)])));

async function serve(): Promise<void> {
  const all = wants;
  wants = [];
  try {
    const both = await ask(all);
    for (const { kind, give } of all) {
      give(new MediaStream(kind === 'audio' ? both.getAudioTracks() : both.getVideoTracks()));
    }
  } catch (err) {
    // One of two may be missing: ask for each alone before giving up on it.
    if (all.length === 1) all[0]?.fail(err);
    else for (const want of all) await ask([want]).then(want.give, want.fail);
  }
}

/** Opens a device. What is asked for in one go becomes one question to the person. */
function open(kind: Kind, device: string): Promise<MediaStream> {
  return new Promise((give, fail) => {
    if (wants.length === 0) queueMicrotask(() => void serve());
    wants.push({ kind, device, give, fail });
  });
}

/** What the browser says about a device it didn't give. */
export function refusalOf(err: unknown, device: Device): Refusal {
  const policy = (document as { featurePolicy?: { allowsFeature: (name: string) => boolean } }).featurePolicy;
  const forbids = (name: 'camera' | 'microphone') =>
    device !== (name === 'camera' ? 'microphone' : 'camera') && policy?.allowsFeature(name) === false;
  return {
    name: err instanceof Error ? err.name : '',
    message: err instanceof Error ? err.message : '',
    secure: window.isSecureContext,
    supported: typeof navigator.mediaDevices?.getUserMedia === 'function',
    allowed: !forbids('camera') && !forbids('microphone'),
  };
}

/** Two sentences: what is wrong with the device, and what to do about it in this browser. */
export function explainRefusal(device: Device, refusal: Refusal): { why: string; what: string; how: string } {
  const { why, what, device: named, how } =
    explainDevice(device, refusal, placeOf(navigator.userAgent, navigator.maxTouchPoints));
  return { why, what: t(what, { device: t(named) }), how: t(how) };
}

export interface Preview {
  stream: MediaStream | null;
  fault: Refusal | null;
  pending: boolean;
}

const off: Preview = { stream: null, fault: null, pending: false };

/** The browser's record of the person's permission, where it keeps one that a page may read. */
async function permission(kind: Kind): Promise<PermissionStatus | undefined> {
  // Older browsers know no such names, or no such question.
  return navigator.permissions?.query({ name: (kind === 'video' ? 'camera' : 'microphone') as PermissionName })
    .catch(() => undefined);
}

/**
 * A device's live stream while `on`; given back when it isn't, or when the page goes. After a refusal it is asked for
 * again when `tries` changes, or the permission.
 */
export function usePreview(kind: Kind, on: boolean, device: string, tries: number): Preview {
  const [changes, setChanges] = useState(0);
  const [state, setState] = useState<Preview>(off);
  useEffect(() => {
    if (!on) return;
    if (!navigator.mediaDevices?.getUserMedia) {
      setState({ ...off, fault: refusalOf(null, kind === 'video' ? 'camera' : 'microphone') });
      return () => setState(off);
    }
    let gone = false;
    let mine: MediaStream | null = null;
    let watched: PermissionStatus | undefined;
    const stop = () => mine?.getTracks().forEach((track) => track.stop());
    setState({ ...off, pending: true });
    open(kind, device).then((stream) => {
      mine = stream;
      if (gone) stop();
      else setState({ ...off, stream });
    }, (err: unknown) => {
      if (gone) return;
      setState({ ...off, fault: refusalOf(err, kind === 'video' ? 'camera' : 'microphone') });
      void permission(kind).then((status) => {
        if (gone || !status) return;
        watched = status;
        watched.onchange = () => setChanges((n) => n + 1);
      });
    });
    return () => {
      gone = true;
      if (watched) watched.onchange = null;
      stop();
      setState(off);
    };
  }, [kind, on, device, tries, changes]);
  return state;
}

/** The devices there are; their names appear once the person has allowed one (`allowed` then changes). */
export function useDevices(allowed: unknown): MediaDeviceInfo[] {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (!media?.enumerateDevices) return;
    let gone = false;
    const look = () => {
      media.enumerateDevices().then((found) => {
        if (!gone) setDevices(found.filter((device) => device.deviceId !== ''));
      }, () => undefined);
    };
    look();
    media.addEventListener('devicechange', look);
    return () => {
      gone = true;
      media.removeEventListener('devicechange', look);
    };
  }, [allowed]);
  return devices;
}

export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;

/** Plays two short notes on a speaker. */
export async function playTestSound(speaker: string): Promise<void> {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const gain = context.createGain();
  gain.connect(out);
  const at = context.currentTime;
  for (const [i, pitch] of [523.25, 659.25].entries()) {
    const note = context.createOscillator();
    note.frequency.value = pitch;
    note.connect(gain);
    note.start(at + i * 0.25);
    note.stop(at + i * 0.25 + 0.22);
    if (i === 1) note.onended = () => void context.close();
  }
  gain.gain.setValueAtTime(0.001, at);
  gain.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
  const player = new Audio();
  player.srcObject = out.stream;
  if (speaker && canChooseSpeaker) await player.setSinkId(speaker).catch(() => undefined);
  await player.play();
}
