// SPDX-License-Identifier: Apache-2.0
import { t } from '../i18n';
import { Link } from '../router';
import { Heading, Page } from '../ui/parts';

export function Lost() {
  return (
    <Page narrow title={t('lost.title')}>
      <div className="gate" data-testid="lost">
        <Heading>{t('lost.title')}</Heading>
        <p className="lead">{t('lost.text')}</p>
        <p className="actions"><Link className="button primary" href="/">{t('gate.home')}</Link></p>
      </div>
    </Page>
  );
}
