/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "conf/check_impl.h"
#include "conf/env_impl.h"
#include "conf/livekit_impl.h"
#include "conf/value_impl.h"
#include "conf/yaml_impl.h"

#define COMPLAINT_BYTES 1024 /* a longer one is cut */
#define CONF_SHOWN_KEY 100   /* bytes of a key that somebody invented */

static const struct conf_key keys[] = {
#define CONF_KEY(id, name, type, def, env, flags, min, max, help) {name, type, def, env, flags, min, max, help},
#include "conf/keys.def"
#undef CONF_KEY
};

const struct conf_key *
conf_key(enum conf_id id)
{
	return &keys[id];
}

/* The variable's value; NULL when it is unset or empty. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

const char *
conf_path(const char *argument)
{
	const char *path = argument;

	if (path == NULL)
		path = variable("BEDRUD_CONFIG");
	if (path == NULL)
		path = variable("CONFIG_PATH");
	return path != NULL ? path : SYSCONFDIR "/bedrud/config.yaml";
}

/* A file may hold any byte in a key's name: nothing of it may break the line or the terminal. */
static void
add_safely(struct base_buf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch < 0x20 || ch == 0x7f)
			base_buf_printf(b, "\\x%02x", ch);
		else
			base_buf_add(b, &text[i], 1);
	}
}

static void
complain(struct base_buf *problems, const char *where, const char *key, const char *fmt, va_list ap)
{
	char text[COMPLAINT_BYTES];
	size_t n = strnlen(key, CONF_SHOWN_KEY);

	vsnprintf(text, sizeof text, fmt, ap);
	add_safely(problems, where, strlen(where));
	base_buf_str(problems, ": ");
	if (n > 0) {
		add_safely(problems, key, n);
		base_buf_str(problems, ": ");
	}
	add_safely(problems, text, strlen(text));
	base_buf_str(problems, "\n");
}

void
conf_complain(const struct conf *c, struct base_buf *problems, int line, const char *key, const char *fmt, ...)
{
	char where[COMPLAINT_BYTES];
	va_list ap;

	if (line > 0)
		snprintf(where, sizeof where, "%s:%d", c->asked, line);
	else
		snprintf(where, sizeof where, "%s", c->asked);
	va_start(ap, fmt);
	complain(problems, where, key, fmt, ap);
	va_end(ap);
}

void
conf_complain_key(const struct conf *c, struct base_buf *problems, enum conf_id id, const char *fmt, ...)
{
	const struct conf_value *v = &c->v[id];
	int line = v->line > 0 ? v->line : v->section_line;
	char where[COMPLAINT_BYTES];
	va_list ap;

	if (v->bad)
		return;
	if (strncmp(v->origin, "environment ", 12) == 0)
		snprintf(where, sizeof where, "%s", v->origin);
	else if (line > 0)
		snprintf(where, sizeof where, "%s:%d", c->asked, line);
	else
		snprintf(where, sizeof where, "%s", c->asked);
	va_start(ap, fmt);
	complain(problems, where, conf_key(id)->name, fmt, ap);
	va_end(ap);
}

/* The file's absolute name and its folder, as it was asked for: a symbolic link's own folder counts. */
static enum err
name_file(struct conf *c, const char *path)
{
	char *cwd = NULL, *slash, *folder;

	c->asked = base_arena_strdup(&c->arena, path);
	if (path[0] != '/' && (cwd = getcwd(NULL, 0)) == NULL)
		return base_log_err(ERR_IO, "unable to find the working directory: %s", strerror(errno));
	if (cwd != NULL)
		c->file = base_arena_printf(&c->arena, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
	else
		c->file = c->asked;
	free(cwd);
	folder = base_arena_strdup(&c->arena, c->file);
	if (folder == NULL || c->asked == NULL)
		return ERR_NOMEM;
	slash = strrchr(folder, '/');
	*slash = '\0';
	c->folder = folder;
	return ERR_OK;
}

static enum err
set_defaults(struct conf *c)
{
	const char *expected;
	enum err e = ERR_OK;

	for (int id = 0; id < CONF__MAX && e == ERR_OK; id++) {
		c->v[id].text = "";
		c->v[id].origin = "default";
		e = conf_value_set(c, (enum conf_id)id, "", 0, &expected);
	}
	return e == ERR_INPUT ? base_log_err(ERR_BUG, "a key's default is wrong") : e;
}

static enum err
read_file(struct conf *c, struct base_buf *problems)
{
	struct base_buf text;
	enum err e;

	base_buf_init(&text, LIMIT_CONFIG);
	e = base_buf_read_file(&text, c->file);
	if (e == ERR_OK)
		e = conf_yaml_read(c, text.p, text.n, problems);
	else if (e == ERR_TOO_BIG)
		conf_complain(c, problems, 0, "", "is too big, expected at most %u bytes", LIMIT_CONFIG);
	else if (e != ERR_NOMEM)
		conf_complain(c, problems, 0, "",
		    "can't be read: %s, expected a YAML file that this user may read (BEDRUD_CONFIG names another)",
		    strerror(errno));
	if (text.p != NULL)
		base_mem_wipe(text.p, text.cap);
	base_buf_free(&text);
	return e == ERR_OK || e == ERR_NOMEM ? e : ERR_CONFIG;
}

/* A file with secrets that everybody on the machine can read deserves a word. */
static void
warn_mode(const struct conf *c)
{
	struct stat st;

	if (stat(c->file, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 07) != 0)
		base_log(LOG_LEVEL_WARN, "%s: everybody on this machine can read its secrets: chmod 640", c->asked);
}

static enum err
load(struct conf *c, const char *path, unsigned flags, struct base_buf *problems)
{
	size_t before = problems->n;
	enum err e = name_file(c, path);

	if (e == ERR_OK)
		e = set_defaults(c);
	if (e == ERR_OK)
		e = read_file(c, problems);
	if (e == ERR_OK)
		e = conf_env_apply(c, flags);
	if (e != ERR_OK)
		return e;
	e = conf_livekit_decide(c);
	if (e != ERR_OK)
		return e;
	conf_check_all(c, flags, problems);
	if ((flags & CONF_QUIET) == 0)
		warn_mode(c);
	if (problems->err != ERR_OK)
		return problems->err == ERR_NOMEM ? ERR_NOMEM : ERR_CONFIG;
	return problems->n == before ? ERR_OK : ERR_CONFIG;
}

enum err
conf_load(const char *path, unsigned flags, struct base_buf *problems, struct conf **out)
{
	struct conf *c = base_mem_alloc(1, sizeof *c);
	enum err e;

	*out = NULL;
	if (c == NULL)
		return ERR_NOMEM;
	base_arena_init(&c->arena, (size_t)LIMIT_CONFIG * 16);
	e = load(c, path, flags, problems);
	if (e == ERR_OK)
		*out = c;
	else
		conf_free(c);
	return e;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	base_arena_free(&c->arena);
	base_mem_wipe(c, sizeof *c);
	base_mem_free(c);
}

const char *
conf_str(const struct conf *c, enum conf_id id)
{
	return c->v[id].text;
}

long long
conf_int(const struct conf *c, enum conf_id id)
{
	return c->v[id].number;
}

int
conf_bool(const struct conf *c, enum conf_id id)
{
	return c->v[id].number != 0;
}

const char *
conf_list(const struct conf *c, enum conf_id id, size_t i)
{
	return i < c->v[id].n_items ? c->v[id].items[i] : NULL;
}

const char *
conf_origin(const struct conf *c, enum conf_id id)
{
	return c->v[id].origin;
}

const char *
conf_file(const struct conf *c)
{
	return c->file;
}
