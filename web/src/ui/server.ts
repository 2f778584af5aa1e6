// SPDX-License-Identifier: Apache-2.0
// What this server offers; asked once per page load, and again after a failure.
import { useEffect, useState } from 'react';
import { api, type PublicSettings } from '../api';

let asked: Promise<PublicSettings> | null = null;

/** Null until it is known. */
export function useServer(): PublicSettings | null {
  const [server, setServer] = useState<PublicSettings | null>(null);
  useEffect(() => {
    asked ??= api.settings();
    asked.then(setServer, () => {
      asked = null;
    });
  }, []);
  return server;
}
