/* SPDX-License-Identifier: Apache-2.0 */
#include "store/duty.h"
#include "store/store_impl.h"

/* A clock that was put back must not stop a duty for as long. */
#define DUE "lease_until<=?1 AND (last_run_at<=?2 OR last_run_at>?1)"

enum err
store_duty_take(struct store *s, const char *name, const char *holder, int64_t period, int64_t lease, int64_t now,
    int *taken)
{
	int64_t due = 1;
	enum err e = store_number(s, &due, "SELECT " DUE " FROM duties WHERE name=?3",
	    ARGS(ARG_INT(now), ARG_INT(now - period), ARG_TEXT(name)));

	*taken = 0;
	if (e == ERR_ABSENT)
		e = ERR_OK;
	if (e != ERR_OK || !due)
		return e;
	e = store_write(s, STORE_FAST, "INSERT INTO duties(name,holder,lease_until) VALUES(?3,?4,?5) ON CONFLICT(name) "
	    "DO UPDATE SET holder=?4,lease_until=?5 WHERE " DUE,
	    ARGS(ARG_INT(now), ARG_INT(now - period), ARG_TEXT(name), ARG_TEXT(holder), ARG_INT(now + lease)));
	*taken = e == ERR_OK && store_changes(s) > 0;
	return e;
}

static enum err
mine(struct store *s, enum err e)
{
	return e == ERR_OK && store_changes(s) == 0 ? ERR_CONFLICT : e;
}

enum err
store_duty_keep(struct store *s, const char *name, const char *holder, int64_t lease, int64_t now)
{
	return mine(s, store_write(s, STORE_FAST, "UPDATE duties SET lease_until=?3 WHERE name=?1 AND holder=?2",
	    ARGS(ARG_TEXT(name), ARG_TEXT(holder), ARG_INT(now + lease))));
}

enum err
store_duty_done(struct store *s, const char *name, const char *holder, const char *report, int64_t now)
{
	return mine(s, store_write(s, STORE_FAST, "UPDATE duties SET holder='',lease_until=0,last_run_at=?3,report=?4 "
	    "WHERE name=?1 AND holder=?2",
	    ARGS(ARG_TEXT(name), ARG_TEXT(holder), ARG_INT(now), ARG_TEXT(report))));
}

enum err
store_duty_failed(struct store *s, const char *name, const char *holder, int64_t again_at)
{
	return mine(s, store_write(s, STORE_FAST, "UPDATE duties SET holder='',lease_until=?3 WHERE name=?1 AND "
	    "holder=?2", ARGS(ARG_TEXT(name), ARG_TEXT(holder), ARG_INT(again_at))));
}

enum err
store_duty_get(struct store *s, struct base_arena *a, const char *name, struct store_duty *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT last_run_at,lease_until,report FROM duties WHERE name=?1",
	    ARGS(ARG_TEXT(name)));

	if (e != ERR_OK)
		return e;
	out->last_run_at = store_read_number(&r);
	out->lease_until = store_read_number(&r);
	out->report = store_read_text(&r);
	store_finish(r.st);
	return r.err;
}
