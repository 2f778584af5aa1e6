/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/env_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "conf/value_impl.h"

#define NAME_MAX_BYTES 64

int
conf_env_is_cgi(const char *name)
{
	static const char *const names[] = {
	    "AUTH_TYPE",
	    "CONTENT_LENGTH",
	    "CONTENT_TYPE",
	    "CONTEXT_DOCUMENT_ROOT",
	    "CONTEXT_PREFIX",
	    "DOCUMENT_ROOT",
	    "DOCUMENT_URI",
	    "FCGI_ROLE",
	    "GATEWAY_INTERFACE",
	    "HTTPS",
	    "PATH_INFO",
	    "PATH_TRANSLATED",
	    "QUERY_STRING",
	    "REMOTE_ADDR",
	    "REMOTE_HOST",
	    "REMOTE_IDENT",
	    "REMOTE_PORT",
	    "REMOTE_USER",
	    "REQUEST_METHOD",
	    "REQUEST_SCHEME",
	    "REQUEST_URI",
	    "SCRIPT_FILENAME",
	    "SCRIPT_NAME",
	    "SERVER_ADDR",
	    "SERVER_ADMIN",
	    "SERVER_NAME",
	    "SERVER_PORT",
	    "SERVER_PROTOCOL",
	    "SERVER_SIGNATURE",
	    "SERVER_SOFTWARE",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	return strncmp(name, "HTTP_", 5) == 0 || strncmp(name, "REDIRECT_", 9) == 0;
}

int
conf_env_true(const char *name)
{
	static const char *const yes[] = {"true", "1", "t", "yes", "y", "on"};
	const char *text = getenv(name);

	for (size_t i = 0; text != NULL && i < sizeof yes / sizeof *yes; i++)
		if (base_text_equal_nocase(text, yes[i]))
			return 1;
	return 0;
}

/* Takes one variable. The value is never logged: it may be a secret put into the wrong variable. */
static enum err
take(struct conf *c, enum conf_id id, const char *name, const char *text)
{
	const char *expected = "text";
	enum err e = conf_value_set(c, id, text, 1, &expected);

	if (e == ERR_INPUT) {
		base_log(LOG_LEVEL_WARN, "environment %s: its value is ignored, expected %s (for %s)", name, expected,
		    conf_key(id)->name);
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	c->v[id].origin = base_arena_printf(&c->arena, "environment %s", name);
	return c->v[id].origin == NULL ? ERR_NOMEM : ERR_OK;
}

/* The first variable of a key that is set and not empty. */
static enum err
apply_key(struct conf *c, enum conf_id id, unsigned flags)
{
	const char *names = conf_key(id)->env;
	char name[NAME_MAX_BYTES];

	while (*names != '\0') {
		size_t n = strcspn(names, ",");
		const char *text;

		if (n >= sizeof name)
			return ERR_BUG;
		memcpy(name, names, n);
		name[n] = '\0';
		text = getenv(name);
		if (text != NULL && *text != '\0' && !((flags & CONF_AS_RESPONDER) != 0 && conf_env_is_cgi(name)))
			return take(c, id, name, text);
		names += n + (names[n] == ',');
	}
	return ERR_OK;
}

enum err
conf_env_apply(struct conf *c, unsigned flags)
{
	enum err e = ERR_OK;

	for (int id = 0; id < CONF__MAX && e == ERR_OK; id++)
		e = apply_key(c, (enum conf_id)id, flags);
	return e;
}
