/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "store/job.h"
#include "store/store_impl.h"

enum err
store_job_add(struct store *s, const char *type, const char *payload, enum store_job_priority priority, int64_t run_at,
    int64_t now, char id[37])
{
	int64_t queued = 0;
	int own;
	enum err e = store_enter(s, STORE_DURABLE, &own);

	if (e != ERR_OK)
		return e;
	base_random_uuid(id);
	e = store_number(s, &queued, "SELECT count(*) FROM jobs WHERE status IN ('pending','active')", NULL, 0);
	if (e == ERR_OK && queued >= STORE_JOB_MOST)
		e = ERR_LIMIT;
	if (e == ERR_OK)
		e = store_write(s, STORE_DURABLE, "INSERT INTO jobs(id,type,payload,run_at,priority,created_at,"
		    "updated_at) VALUES(?1,?2,?3,?4,?5,?6,?6)",
		    ARGS(ARG_TEXT(id), ARG_TEXT(type), ARG_TEXT(payload), ARG_TIME(run_at), ARG_INT(priority),
		    ARG_TIME(now)));
	return store_leave(s, own, e);
}

enum err
store_job_cancel(struct store *s, const char *id)
{
	return store_write(s, STORE_FAST, "DELETE FROM jobs WHERE id=?1 AND status='pending'", ARGS(ARG_TEXT(id)));
}
