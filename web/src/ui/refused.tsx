// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';
import type { Device, Refusal } from '../deviceproblem';
import { explainRefusal } from '../devices';
import { t } from '../i18n';

/** Why a device can't be used, where to set that right, and the button to try again. */
export function Refused({ device, refusal, onRetry, children }: {
  device: Device; refusal: Refusal; onRetry: () => void; children?: ReactNode;
}) {
  const { why, what, how } = explainRefusal(device, refusal);
  return (
    <div className="refused" role="alert" data-testid="refused" data-why={why} data-device={device}>
      <p><strong>{what}</strong> {how}</p>
      <p className="actions">
        <button type="button" className="small" onClick={onRetry} data-testid="device-retry">{t('device.retry')}</button>
        {children}
      </p>
    </div>
  );
}
