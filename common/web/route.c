/* SPDX-License-Identifier: Apache-2.0 */
#include "web/route.h"

#include <string.h>
#include <strings.h>

/* One segment of a path: up to the next slash. */
static size_t
segment(const char *s)
{
	return strcspn(s, "/");
}

int
web_route_match(const char *pattern, struct web_request *r, int *oom)
{
	const char *p = pattern + 1, *s = r->path + 1;
	size_t count = 0;

	*oom = 0;
	memset(r->params, 0, sizeof r->params);
	for (;;) {
		size_t pn = segment(p), sn = segment(s);

		if (pn == 1 && *p == '*')
			return 1;
		if (*p == ':' && count < WEB_MAX_PARAMS) {
			if (sn == 0)
				return 0;
			r->params[count] = base_arena_dup(r->arena, s, sn);
			if (r->params[count++] == NULL) {
				*oom = 1;
				return 0;
			}
		} else if (pn != sn || strncasecmp(p, s, pn) != 0) {
			return 0;
		}
		if (p[pn] == '\0' || s[sn] == '\0')
			return p[pn] == s[sn] || strcmp(p + pn, "/*") == 0;
		p += pn + 1;
		s += sn + 1;
	}
}
