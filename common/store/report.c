/* SPDX-License-Identifier: Apache-2.0 */
#include "store/report.h"

#include <string.h>

#include "store/store_impl.h"

enum err
store_report_put(struct store *s, const struct store_report *r)
{
	if (strlen(r->json) > STORE_REPORT_MOST)
		return ERR_TOO_BIG;
	/* The next one comes in minutes: no sync for it. */
	return store_write(s, STORE_FAST, "INSERT INTO doctor_reports(id,at,report) VALUES(1,?1,?2) ON CONFLICT(id) DO "
	    "UPDATE SET at=excluded.at,report=excluded.report", ARGS(ARG_INT(r->at), ARG_TEXT(r->json)));
}

enum err
store_report_get(struct store *s, struct base_arena *a, struct store_report *out)
{
	struct store_reader r = { NULL, a, 0, ERR_OK };
	enum err e = store_select(s, &r.st, "SELECT at,report FROM doctor_reports WHERE id=1", NULL, 0);

	*out = (struct store_report){ 0, "" };
	if (e != ERR_OK)
		return e;
	out->at = store_read_number(&r);
	out->json = store_read_text(&r);
	store_finish(r.st);
	return r.err;
}
