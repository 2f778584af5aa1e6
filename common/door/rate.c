/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "door/door_impl.h"
#include "store/rate.h"

static const struct {
	enum conf_id max, window;
} groups[] = {
	[DOOR_RATE_AUTH] = {CONF_rateLimit_authMaxRequests, CONF_rateLimit_authWindowSecs},
	[DOOR_RATE_RESEND] = {CONF_rateLimit_authResendMaxRequests, CONF_rateLimit_authResendWindowSecs},
	[DOOR_RATE_GUEST] = {CONF_rateLimit_guestMaxRequests, CONF_rateLimit_guestWindowSecs},
	[DOOR_RATE_API] = {CONF_rateLimit_apiMaxRequests, CONF_rateLimit_apiWindowSecs},
};

static enum err
put_number(struct door *d, const char *name, long long v)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", v);
	return web_reply_header(d->reply, name, text);
}

enum err
door_fail_for(struct door *d, enum err kind, int64_t seconds, const char *sentence)
{
	enum err e = put_number(d, "Retry-After", seconds);

	return e != ERR_OK ? e : door_fail(d, kind, "%s Try again in %" PRId64 " seconds.", sentence, seconds);
}

enum err
door_rate(struct door *d, enum door_rate group, const char *bucket)
{
	long long max, window;
	int count, reset;
	const char *key;
	enum err e;

	if (group == DOOR_RATE_NONE)
		return ERR_OK;
	max = conf_int(d->conf, groups[group].max);
	window = conf_int(d->conf, groups[group].window);
	if (max == 0 || window == 0)
		return ERR_OK;
	key = base_arena_printf(d->arena, "%s|%s", bucket, d->client_ip);
	if (key == NULL)
		return ERR_NOMEM;
	e = store_rate_hit(d->store, key, d->now / BASE_CLOCK_SECOND, (int)window, &count, &reset);
	if (e != ERR_OK)
		return e;
	if (count > max)
		return door_fail_for(d, ERR_LIMIT, reset, "Too many requests.");
	e = put_number(d, "X-RateLimit-Limit", max);
	if (e == ERR_OK)
		e = put_number(d, "X-RateLimit-Remaining", max - count);
	return e == ERR_OK ? put_number(d, "X-RateLimit-Reset", reset) : e;
}
