// SPDX-License-Identifier: Apache-2.0
// The fields of a room that its owner decides, for a new one and for one there is.
import type { RoomSettings } from '../api';
import { t } from '../i18n';
import { Field, Switch } from './parts';
import { useServer } from './server';

export interface RoomFields {
  isPublic: boolean;
  settings: Pick<RoomSettings, 'requireApproval' | 'allowAudio' | 'allowVideo' | 'allowChat' | 'recordingsAllowed'>;
  /** As typed. */
  max: string;
}

/** How many people a typed number lets in at once; null when it is none. */
export const maxOf = (typed: string) => (/^\d{1,4}$/.test(typed.trim()) && Number(typed) <= 1000 ? Number(typed) : null);

/** One of some, of which each says what it means. */
export function Choices<T extends string>({ legend, name, value, of, onChange }: {
  legend: string; name: string; value: T; of: readonly { value: T; label: string; hint: string }[]; onChange: (value: T) => void;
}) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {of.map((one) => (
        <label key={one.value} className="choice">
          <input type="radio" name={name} checked={value === one.value} data-testid={`${name}-${one.value}`} onChange={() => onChange(one.value)} />
          <span><strong>{one.label}</strong><span className="hint">{one.hint}</span></span>
        </label>
      ))}
    </fieldset>
  );
}

type Access = 'public' | 'approval' | 'private';

export function RoomForm({ room, onChange, maxFault }: { room: RoomFields; onChange: (room: RoomFields) => void; maxFault: string | null }) {
  const { isPublic, settings, max } = room;
  const canRecord = useServer()?.recordingsEnabled === true;
  const allowed = (key: 'allowAudio' | 'allowVideo' | 'allowChat' | 'recordingsAllowed', label: string) => (
    <Switch label={label} checked={settings[key]} testId={key} onChange={(on) => onChange({ ...room, settings: { ...settings, [key]: on } })} />
  );
  return (
    <>
      <Choices<Access> legend={t('new.access')} name="access" value={settings.requireApproval ? 'approval' : isPublic ? 'public' : 'private'}
        of={(['public', 'approval', 'private'] as const).map((value) => ({ value, label: t(`new.${value}`), hint: t(`new.${value}Hint`) }))}
        onChange={(access) => onChange({
          ...room, isPublic: access !== 'private', settings: { ...settings, requireApproval: access === 'approval' },
        })} />
      <fieldset>
        <legend>{t('new.allow')}</legend>
        {allowed('allowAudio', t('new.audio'))}
        {allowed('allowVideo', t('new.video'))}
        {allowed('allowChat', t('new.chat'))}
        {canRecord && allowed('recordingsAllowed', t('new.record'))}
      </fieldset>
      <Field label={t('new.max')} hint={t('new.maxHint')} fault={maxFault} value={max} inputMode="numeric"
        className="short" data-testid="max-participants" onChange={(e) => onChange({ ...room, max: e.target.value })} />
    </>
  );
}
