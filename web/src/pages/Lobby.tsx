// SPDX-License-Identifier: Apache-2.0
// The camera check: see yourself, see that your microphone hears you, choose devices, then go in.
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { canChooseSpeaker, explainRefusal, playTestSound, setSkipsCheck, skipsCheck, useDevices, usePreview, type Choices } from '../devices';
import { said, t, tn } from '../i18n';
import { linkTo } from '../roomname';
import { Link } from '../router';
import { useSession } from '../session';
import { CameraIcon, CameraOffIcon, CopyIcon, MicIcon, MicOffIcon, SpeakerIcon } from '../ui/icons';
import { Again, CopyButton, Field, Heading, Page, Problem, Switch, useCountdown } from '../ui/parts';
import { Refused } from '../ui/refused';
import type { Gate } from './gates';

/** How loud the microphone is, drawn each frame without asking React. */
function Level({ stream }: { stream: MediaStream | null }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = bar.current;
    if (!element || !stream) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    const source = context.createMediaStreamSource(stream);
    source.connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    let frame = 0;
    let count = 0;
    const draw = () => {
      analyser.getByteTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
      const level = Math.min(1, Math.sqrt(sum / samples.length) * 4);
      element.style.setProperty('--level', level.toFixed(3));
      if (count++ % 15 === 0) element.setAttribute('aria-valuenow', String(Math.round(level * 100)));
      frame = requestAnimationFrame(draw);
    };
    draw();
    // Some browsers hold an audio context until the person touches the page.
    const wake = () => void context.resume();
    wake();
    window.addEventListener('pointerdown', wake);
    window.addEventListener('keydown', wake);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('pointerdown', wake);
      window.removeEventListener('keydown', wake);
      source.disconnect();
      void context.close();
      element.style.setProperty('--level', '0');
      element.setAttribute('aria-valuenow', '0');
    };
  }, [stream]);
  return (
    <div ref={bar} className="level" role="meter" aria-label={t('lobby.level')} aria-valuemin={0} aria-valuemax={100}
      aria-valuenow={0} data-testid="level"><span /></div>
  );
}

function DeviceSelect({ label, kind, devices, value, inUse, onChange, testId }: {
  label: string; kind: MediaDeviceKind; devices: MediaDeviceInfo[]; value: string; inUse?: MediaStream | null;
  onChange: (id: string) => void; testId: string;
}) {
  const id = useId();
  const mine = devices.filter((device) => device.kind === kind);
  // Nothing chosen: show what the browser chose, where it tells.
  const shown = [value, inUse?.getTracks()[0]?.getSettings().deviceId ?? '', 'default']
    .find((wanted) => mine.some((device) => device.deviceId === wanted)) ?? '';
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={shown} data-testid={testId}
        onChange={(e) => onChange(e.target.value === 'default' ? '' : e.target.value)}>
        {shown === '' && <option value="">{t('lobby.deviceDefault')}</option>}
        {mine.map((device, i) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || t('lobby.deviceNumber', { n: i + 1 })}
          </option>
        ))}
      </select>
    </div>
  );
}

const bytes = (text: string) => new TextEncoder().encode(text).length;

export function Lobby({ room, choices, onChoices, name, onName, onEnter, busy, problem, until, asks, again, onStop }: {
  room: string; choices: Choices; onChoices: (choices: Choices) => void; name: string;
  onName: (name: string) => void; onEnter: () => void; busy: boolean; problem: string; until: number;
  /** Somebody inside lets people in. */
  asks: boolean;
  /** The server lets nobody in: what it said, and when it is asked again. */
  again: Gate | null; onStop: () => void;
}) {
  const session = useSession();
  const [tries, setTries] = useState(0);
  const [skip, setSkip] = useState(skipsCheck);
  const video = usePreview('video', choices.cameraOn, choices.camera, tries);
  const audio = usePreview('audio', choices.microphoneOn, choices.microphone, tries);
  const devices = useDevices(video.stream ?? audio.stream);
  const [tried, setTried] = useState(false);
  const wait = useCountdown(until);
  const player = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (player.current) player.current.srcObject = video.stream;
  }, [video.stream]);

  const length = bytes(name.trim());
  const nameFault = session ? null : length === 0 ? t('lobby.nameMissing') : length > 50 ? t('lobby.nameLong') : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!nameFault && wait === 0) onEnter();
  };
  const set = (some: Partial<Choices>) => onChoices({ ...choices, ...some });
  const retry = () => setTries(tries + 1);
  // One refusal of both is said once.
  const same = video.fault && audio.fault && video.fault.name === audio.fault.name;

  return (
    <Page title={t('lobby.room', { room })}>
      <form className="lobby" onSubmit={submit} noValidate data-testid="lobby">
        <div className="lobby-see">
          <div className={video.stream ? 'preview live' : 'preview'}>
            <video ref={player} autoPlay playsInline muted aria-label={t('lobby.preview')} data-testid="preview" />
            {!video.stream && (
              <p className="preview-off">{video.pending ? t('lobby.starting') :
                choices.cameraOn && video.fault ? explainRefusal('camera', video.fault).what : t('lobby.cameraOff')}</p>
            )}
            <div className="preview-controls">
              <button type="button" className={choices.microphoneOn ? 'round' : 'round off'} data-testid="toggle-mic"
                aria-label={choices.microphoneOn ? t('lobby.turnMicrophoneOff') : t('lobby.turnMicrophoneOn')}
                title={choices.microphoneOn ? t('lobby.microphoneOn') : t('lobby.microphoneOff')}
                onClick={() => set({ microphoneOn: !choices.microphoneOn })}>
                {choices.microphoneOn ? <MicIcon /> : <MicOffIcon />}
              </button>
              <button type="button" className={choices.cameraOn ? 'round' : 'round off'} data-testid="toggle-camera"
                aria-label={choices.cameraOn ? t('lobby.turnCameraOff') : t('lobby.turnCameraOn')}
                title={choices.cameraOn ? t('lobby.cameraOn') : t('lobby.cameraOff')}
                onClick={() => set({ cameraOn: !choices.cameraOn })}>
                {choices.cameraOn ? <CameraIcon /> : <CameraOffIcon />}
              </button>
            </div>
          </div>
          <div className="level-row">
            {choices.microphoneOn ? <MicIcon /> : <MicOffIcon />}
            <Level stream={audio.stream} />
          </div>
          {video.fault && <Refused device={same ? 'both' : 'camera'} refusal={video.fault} onRetry={retry}>
            <span className="hint">{t('device.without')}</span></Refused>}
          {audio.fault && !same && <Refused device="microphone" refusal={audio.fault} onRetry={retry}>
            <span className="hint">{t('device.without')}</span></Refused>}
        </div>
        <div className="lobby-say card">
          <Heading>{t('lobby.title')}</Heading>
          <p className="room-line"><strong data-testid="lobby-room">{room}</strong>
            <CopyButton className="quiet small" link={linkTo(room)} label={t('rooms.copy')} named={t('lobby.copy')}>
              <CopyIcon />
            </CopyButton>
          </p>
          {session ? <p className="hint">{t('lobby.as', { name: session.name })}</p> : (
            <Field label={t('lobby.name')} hint={t('lobby.nameHint')} fault={tried ? nameFault : null} value={name}
              autoComplete="name" maxLength={60} enterKeyHint="go" data-testid="guest-name"
              onChange={(e) => onName(e.target.value)} />
          )}
          <div>
            <Switch label={t('lobby.skip')} checked={skip} testId="skip-check" onChange={(on) => {
              setSkip(on);
              setSkipsCheck(on);
            }} />
            {skip && <p className="hint">{t('lobby.skipHint')}</p>}
          </div>
          <Problem>{wait > 0 ? tn('error.wait', wait) : problem}</Problem>
          {again?.said && again.until && <Again sentence={said(again.said)} until={again.until} onTry={onEnter} onStop={onStop} />}
          <button className="primary large" disabled={busy || wait > 0} data-testid="enter">
            {busy ? t('lobby.joining') : asks ? t('lobby.ask') : t('lobby.join')}
          </button>
          {asks && <p className="hint">{t('lobby.asks')}</p>}
          {!session && (
            <p className="hint">{t('lobby.haveAccount')}{' '}
              <Link href={`/auth/login?next=${encodeURIComponent(`/m/${room}`)}`}>{t('nav.signIn')}</Link></p>
          )}
        </div>
        <div className="lobby-devices">
          <DeviceSelect label={t('lobby.camera')} kind="videoinput" devices={devices} value={choices.camera}
            inUse={video.stream} testId="choose-camera" onChange={(camera) => set({ camera })} />
          <DeviceSelect label={t('lobby.microphone')} kind="audioinput" devices={devices} value={choices.microphone}
            inUse={audio.stream} testId="choose-mic" onChange={(microphone) => set({ microphone })} />
          {canChooseSpeaker && (
            <DeviceSelect label={t('lobby.speaker')} kind="audiooutput" devices={devices} value={choices.speaker}
              testId="choose-speaker" onChange={(speaker) => set({ speaker })} />
          )}
          <button type="button" className="quiet small" onClick={() => void playTestSound(choices.speaker)}>
            <SpeakerIcon /><span>{t('lobby.test')}</span>
          </button>
        </div>
      </form>
    </Page>
  );
}
