/* SPDX-License-Identifier: Apache-2.0 */
/* LiveKit's own configuration, when somebody wrote it by hand: readable, YAML, fields, and what LiveKit refuses. */
#include "ctl/doctor/file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ctl/doctor/outside.h"
#include "ctl/owner.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/check.h"

/* Asks the real one where there is one. 0: there is none. */
static int
ask_binary(struct doctor *d, const char *path, const struct base_buf *text)
{
	char binary[PATH_MAX];
	struct base_buf answer;
	struct ctl_owner o;
	enum err e;

	/* Root asks it as the user that LiveKit runs as; without a configuration, nobody knows whose program it is. */
	if (d->conf == NULL ? geteuid() == 0
			    : ctl_owner_enter(conf_str(d->conf, CONF_database_path), &o) != ERR_OK)
		return 0;
	base_buf_init(&answer, 64 << 10);
	e = launcher_binary_find(d->conf == NULL ? "" : conf_str(d->conf, CONF_livekit_binary), binary);
	if (e == ERR_OK)
		e = launcher_check_ask(binary, text, &answer);
	if (d->conf != NULL && ctl_owner_leave(&o) != ERR_OK)
		e = ERR_IO;
	(void)doctor_heard(d, ""); /* the check livekit.binary says what is wrong with it */
	if (e == ERR_OK)
		(void)doctor_file_answer(d, path, answer.n == 0 ? "" : answer.p);
	if (answer.p != NULL)
		base_mem_wipe(answer.p, answer.n);
	base_buf_free(&answer);
	return e == ERR_OK;
}

static void
look_at(struct doctor *d, const char *path, const struct base_buf *text)
{
	struct launcher_document doc;
	enum err e = launcher_document_read(&d->arena, text->p, text->n, &doc);

	if (e != ERR_OK) {
		doctor_error(d, "yaml.syntax",
		    doctor_text(d,
			"correct line %d of %s: indentation is by blanks, never tabs, and a value with : or # in it "
			"needs "
			"quotes",
			doc.line, path),
		    "%s:%d:%d: LiveKit can't read it as YAML: %s", path, doc.line, doc.column,
		    doc.problem == NULL ? base_err_text(e) : doc.problem);
		return;
	}
	doctor_ok(d, "yaml.syntax", "%s is YAML", path);
	if (!ask_binary(d, path, text))
		doctor_file_fields(d, path, &doc);
	doctor_file_keys(d, path, &doc, d->conf == NULL ? NULL : conf_str(d->conf, CONF_livekit_apiKey));
	if (doctor_file_external_ip(d, path, &doc))
		outside_ask(d, path, &doc);
	doctor_file_turn(d, path, &doc);
	doctor_file_rooms(d, path, &doc);
}

void
doctor_file(struct doctor *d)
{
	const char *path = d->ctl->livekit_config;
	struct base_buf text;
	enum err e;

	if (path == NULL && d->conf != NULL)
		path = conf_str(d->conf, CONF_livekit_configPath);
	if (path == NULL || *path == '\0')
		return;
	base_buf_init(&text, LIMIT_CONFIG);
	e = base_buf_read_file(&text, path);
	if (e == ERR_OK)
		look_at(d, path, &text);
	else
		doctor_error(d, "yaml.file",
		    "name LiveKit's own YAML file in --livekit-config or livekit.configPath, and let the user of this "
		    "program read it",
		    "%s can't be read: %s", path, e == ERR_TOO_BIG ? "it is too big" : strerror(errno));
	if (text.p != NULL)
		base_mem_wipe(text.p, text.n);
	base_buf_free(&text);
}
