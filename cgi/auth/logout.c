/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/auth/logout: end this device's session. */
#include "cgi/auth/auth.h"

enum err
auth_logout(struct door *d)
{
	const char *token;
	struct base_buf *b;
	enum err e = auth_refresh_token(d, &token);

	if (e != ERR_OK || (e = door_auth_cookies(d, NULL)) != ERR_OK)
		return e;
	/* A failing store isn't swallowed: who reads "signed out" must be able to rely on it. */
	e = ident_session_close(d->store, d->arena, d->process->jwt_key, d->caller, token);
	if (e != ERR_OK)
		return e;
	b = door_json(d);
	base_json_open(b, NULL, '{');
	base_json_put_str(b, "message", "You are signed out.");
	base_json_close(b, '}');
	return ERR_OK;
}
