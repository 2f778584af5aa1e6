/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/auth/preferences: nothing is kept yet, so the answer is what a person without preferences gets. */
#include "cgi/auth/auth.h"

enum err
auth_preferences(struct door *d)
{
	struct base_buf *b = door_json(d);

	base_json_open(b, NULL, '{');
	base_json_put_str(b, "preferencesJson", "{}");
	base_json_close(b, '}');
	return ERR_OK;
}
