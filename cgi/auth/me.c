/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/auth/me: who am I. */
#include "cgi/auth/auth.h"

enum err
auth_me(struct door *d)
{
	door_put_user(door_json(d), NULL, &d->caller->user);
	return ERR_OK;
}
