// SPDX-License-Identifier: Apache-2.0
// A failed request as a sentence a person can act on.
import { ApiError } from '../api';
import { said, t, tn } from '../i18n';

export function explain(err: unknown): string {
  if (!(err instanceof ApiError)) return t('error.unknown');
  if (err.status === 0) return t('error.offline');
  if (err.status === 429) {
    return err.retryAfter > 0 ? tn('error.wait', err.retryAfter) : t('error.waitSoon');
  }
  if (err.status === 401) return t('error.signedOut');
  // Of a bad gateway it is our server that says what it means: a web server's has no sentence.
  if (err.status >= 500 && (err.status === 500 || !err.message)) return t('error.server');
  return err.message ? said(err.message) : t('error.unknown');
}
