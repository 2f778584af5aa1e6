/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rate.h"
#include "store/store_impl.h"

#define KEPT_S 86400	/* the longest window anybody uses is far shorter */

/* A clock that was set back starts a new window rather than an endless one. */
static enum err
count_one(struct store *s, const char *bucket, int64_t now_s, int window_s, int *count, int64_t *start)
{
	sqlite3_stmt *st;
	enum err e = store_select(s, &st, "INSERT INTO rate_limits(bucket,window_start,count) VALUES(?1,?2,1) ON "
	    "CONFLICT(bucket) DO UPDATE SET count=CASE WHEN ?2>=window_start AND ?2<window_start+?3 THEN count+1 "
	    "ELSE 1 END,window_start=CASE WHEN ?2>=window_start AND ?2<window_start+?3 THEN window_start ELSE ?2 END "
	    "RETURNING count,window_start", ARGS(ARG_TEXT(bucket), ARG_INT(now_s), ARG_INT(window_s)));

	if (e != ERR_OK)
		return e == ERR_ABSENT ? ERR_BUG : e;
	*count = sqlite3_column_int(st, 0);
	*start = sqlite3_column_int64(st, 1);
	e = store_next(s, st);
	return e == ERR_ABSENT ? ERR_OK : e;
}

enum err
store_rate_hit(struct store *s, const char *bucket, int64_t now_s, int window_s, int *count, int *reset_s)
{
	int64_t start = now_s;
	enum err e = store_begin(s, STORE_FAST);

	if (e != ERR_OK)
		return e;
	e = count_one(s, bucket, now_s, window_s, count, &start);
	/* The first of a window pays for the sweep: as many rows go as come. */
	if (e == ERR_OK && *count == 1)
		e = store_write(s, STORE_FAST, "DELETE FROM rate_limits WHERE bucket IN (SELECT bucket FROM "
		    "rate_limits WHERE window_start<?1 ORDER BY window_start LIMIT 4)", ARGS(ARG_INT(now_s - KEPT_S)));
	if (e != ERR_OK) {
		store_rollback(s);
		return e;
	}
	*reset_s = (int)(start + window_s - now_s);
	if (*reset_s < 1)
		*reset_s = 1;
	return store_commit(s);
}
