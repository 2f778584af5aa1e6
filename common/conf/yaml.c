/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml_impl.h"

#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "conf/nearest_impl.h"
#include "conf/value_impl.h"

/* Bytes. A longer name is no slip of the pen but a value in the wrong place, maybe a secret: it isn't repeated. */
#define LONGEST_NAME 31

/* A section (a mapping that holds keys) that was seen, to find a second one. */
struct section {
	struct section *next;
	const char *path;
	int line;
};

struct reader {
	yaml_parser_t parser;
	struct conf *c;
	struct base_buf *problems;
	struct section *sections;
	enum err err; /* sticky: ERR_NOMEM, or ERR_CONFIG when parsing can't go on */
};

static int
line_of(const yaml_event_t *ev)
{
	return (int)ev->start_mark.line + 1;
}

static void
no_memory(struct reader *r)
{
	r->err = ERR_NOMEM;
}

/* The parser's own words are fixed sentences: they repeat nothing of the file. */
static void
parse_problem(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *what = p->problem != NULL ? p->problem : "it can't be parsed";

	r->err = ERR_CONFIG;
	if (p->error == YAML_MEMORY_ERROR) {
		no_memory(r);
		return;
	}
	if (p->error == YAML_READER_ERROR) {
		conf_complain(
		    r->c, r->problems, 0, "", "not YAML at byte %zu: %s, expected UTF-8 text", p->problem_offset, what);
		return;
	}
	conf_complain(r->c, r->problems, (int)p->problem_mark.line + 1, "", "not YAML at column %d: %s%s%s",
	    (int)p->problem_mark.column + 1, what, p->context != NULL ? " " : "", p->context != NULL ? p->context : "");
}

/* The next event, or 0 when there is no going on. The caller deletes it. */
static int
next(struct reader *r, yaml_event_t *ev)
{
	if (r->err != ERR_OK)
		return 0;
	if (!yaml_parser_parse(&r->parser, ev)) {
		parse_problem(r);
		return 0;
	}
	return 1;
}

static int
is_start(const yaml_event_t *ev)
{
	return ev->type == YAML_MAPPING_START_EVENT || ev->type == YAML_SEQUENCE_START_EVENT;
}

static int
is_end(const yaml_event_t *ev)
{
	return ev->type == YAML_MAPPING_END_EVENT || ev->type == YAML_SEQUENCE_END_EVENT;
}

/* The value of a key came from here. */
static void
given(struct reader *r, enum conf_id id)
{
	struct conf_value *v = &r->c->v[id];

	v->origin = base_arena_printf(&r->c->arena, "%s:%d", r->c->asked, v->line);
	if (v->origin == NULL)
		no_memory(r);
}

/* Reads past a node whose first event is at hand. Its depth has an end: libyaml's time grows with the square of it. */
static void
skip(struct reader *r, const yaml_event_t *first)
{
	unsigned depth = is_start(first) ? 1 : 0;
	yaml_event_t ev;

	while (depth > 0 && next(r, &ev)) {
		if (is_start(&ev) && ++depth > LIMIT_YAML_DEPTH) {
			conf_complain(r->c, r->problems, line_of(&ev), "",
			    "nested too deeply, expected at most %d levels", LIMIT_YAML_DEPTH);
			r->err = ERR_CONFIG;
		}
		if (is_end(&ev))
			depth--;
		yaml_event_delete(&ev);
	}
}

/* Anchors, aliases and tags of other people's making: refused with a sentence, once per place. */
static int
plain_enough(struct reader *r, const yaml_event_t *ev, const char *path)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	}
	if (anchor != NULL || ev->type == YAML_ALIAS_EVENT) {
		conf_complain(r->c, r->problems, line_of(ev), path,
		    "anchors and aliases (& and *) are not supported, expected "
		    "the value itself; a text that begins so needs quotes");
		return 0;
	}
	if (tag != NULL && strncmp((const char *)tag, "tag:yaml.org,2002:", 18) != 0) {
		conf_complain(r->c, r->problems, line_of(ev), path,
		    "tags (!) are not supported, expected the value itself; a "
		    "text that begins so needs quotes");
		return 0;
	}
	return 1;
}

/* A scalar that says "nothing": as if the key weren't there. */
static int
is_null(const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;

	if (ev->type != YAML_SCALAR_EVENT || ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return 0;
	return *s == '\0' || strcmp(s, "~") == 0 || strcmp(s, "null") == 0 || strcmp(s, "Null") == 0 ||
	       strcmp(s, "NULL") == 0;
}

static const char *
kind_of(const yaml_event_t *ev)
{
	return ev->type == YAML_MAPPING_START_EVENT    ? "a section"
	       : ev->type == YAML_SEQUENCE_START_EVENT ? "a list"
						       : "text";
}

static const char *
wanted(const struct conf_key *k)
{
	static const char *const words[] = {
	    [CONF_STR] = "text",
	    [CONF_INT] = "a whole number",
	    [CONF_BOOL] = "true or false",
	    [CONF_LIST] = "a list, or text with commas",
	    [CONF_MAP] = "a section",
	};

	return words[k->type];
}

static int
find_key(const char *path)
{
	for (int id = 0; id < CONF__MAX; id++)
		if (strcmp(conf_key((enum conf_id)id)->name, path) == 0)
			return id;
	return -1;
}

/* Whether the name begins with "path.". */
static int
in_section(const char *name, const char *path)
{
	size_t n = strlen(path);

	return strncmp(name, path, n) == 0 && name[n] == '.';
}

static int
is_section(const char *path)
{
	for (int id = 0; id < CONF__MAX; id++)
		if (in_section(conf_key((enum conf_id)id)->name, path))
			return 1;
	return 0;
}

/* 0, with a complaint, when the scalar has a NUL byte: no value here may. */
static int
whole(struct reader *r, const yaml_event_t *ev, const char *path)
{
	if (memchr(ev->data.scalar.value, '\0', ev->data.scalar.length) == NULL)
		return 1;
	conf_complain(r->c, r->problems, line_of(ev), path, "has a NUL byte, expected text without one");
	return 0;
}

static void
read_scalar(struct reader *r, enum conf_id id, const yaml_event_t *ev)
{
	const struct conf_key *k = conf_key(id);
	const char *text = (const char *)ev->data.scalar.value, *expected = wanted(k);
	enum err e;

	if (is_null(ev) || !whole(r, ev, k->name) || *text == '\0')
		return;
	e = k->type == CONF_MAP ? ERR_INPUT : conf_value_set(r->c, id, text, 0, &expected);
	if (e == ERR_OK)
		given(r, id);
	else if (e == ERR_NOMEM)
		no_memory(r);
	else if ((k->flags & CONF_SECRET) != 0)
		conf_complain(r->c, r->problems, line_of(ev), k->name, "has a wrong value, expected %s", expected);
	else
		conf_complain(r->c, r->problems, line_of(ev), k->name, "\"%.*s\" is wrong, expected %s", CONF_SHOWN,
		    text, expected);
}

static void
add_item(struct reader *r, enum conf_id id, const yaml_event_t *name, const yaml_event_t *ev)
{
	const char *path = conf_key(id)->name;
	const char *text = (const char *)ev->data.scalar.value;

	if (!plain_enough(r, ev, path)) {
		skip(r, ev);
		return;
	}
	if (ev->type != YAML_SCALAR_EVENT) {
		conf_complain(r->c, r->problems, line_of(ev), path, "has %s as an element, expected text", kind_of(ev));
		skip(r, ev);
		return;
	}
	if (is_null(ev) || !whole(r, ev, path))
		return;
	if (name != NULL)
		text = base_arena_printf(&r->c->arena, "%s=%s", (const char *)name->data.scalar.value, text);
	if (text == NULL || conf_value_add(r->c, id, text) != ERR_OK)
		no_memory(r);
}

/* The elements of a list, after its start. */
static void
read_list(struct reader *r, enum conf_id id)
{
	yaml_event_t ev;
	int more = 1;

	conf_value_clear(r->c, id);
	while (more && next(r, &ev)) {
		more = !is_end(&ev);
		if (more)
			add_item(r, id, NULL, &ev);
		yaml_event_delete(&ev);
	}
	given(r, id);
}

/* The pairs of a map-typed key, after its start: kept as "name=text". */
static void
read_map(struct reader *r, enum conf_id id)
{
	yaml_event_t name, ev;
	int more = 1;

	conf_value_clear(r->c, id);
	while (more && next(r, &name)) {
		more = !is_end(&name);
		if (more && name.type != YAML_SCALAR_EVENT) {
			conf_complain(r->c, r->problems, line_of(&name), conf_key(id)->name,
			    "has %s as a name, expected text", kind_of(&name));
			skip(r, &name);
		}
		if (more && next(r, &ev)) {
			if (name.type == YAML_SCALAR_EVENT)
				add_item(r, id, &name, &ev);
			else
				skip(r, &ev);
			yaml_event_delete(&ev);
		}
		yaml_event_delete(&name);
	}
	given(r, id);
}

/* The value of a known key. */
static void
read_key(struct reader *r, enum conf_id id, int line, const yaml_event_t *ev)
{
	size_t complaints = r->problems->n;
	const struct conf_key *k = conf_key(id);
	struct conf_value *v = &r->c->v[id];

	if (v->line != 0) {
		conf_complain(
		    r->c, r->problems, line, k->name, "is given twice, expected once (first in line %d)", v->line);
		skip(r, ev);
		return;
	}
	v->line = line;
	if (ev->type == YAML_SCALAR_EVENT) {
		read_scalar(r, id, ev);
	} else if (k->type == CONF_LIST && ev->type == YAML_SEQUENCE_START_EVENT) {
		read_list(r, id);
	} else if (k->type == CONF_MAP && ev->type == YAML_MAPPING_START_EVENT) {
		read_map(r, id);
	} else {
		conf_complain(r->c, r->problems, line, k->name, "is %s, expected %s", kind_of(ev), wanted(k));
		skip(r, ev);
	}
	v->bad = r->problems->n > complaints;
}

/* Notes a section; 0, with a complaint, when it was there already. */
static int
enter(struct reader *r, const char *path, int line)
{
	struct section *s;

	for (s = r->sections; s != NULL; s = s->next) {
		if (strcmp(s->path, path) == 0) {
			conf_complain(
			    r->c, r->problems, line, path, "is given twice, expected once (first in line %d)", s->line);
			return 0;
		}
	}
	s = base_arena_alloc(&r->c->arena, sizeof *s);
	if (s == NULL) {
		no_memory(r);
		return 0;
	}
	*s = (struct section){r->sections, path, line};
	r->sections = s;
	for (int id = 0; id < CONF__MAX; id++)
		if (in_section(conf_key((enum conf_id)id)->name, path))
			r->c->v[id].section_line = line;
	return 1;
}

static void read_mapping(struct reader *r, const char *path);

static void
read_section(struct reader *r, const char *path, int line, const yaml_event_t *ev)
{
	if (ev->type == YAML_MAPPING_START_EVENT && enter(r, path, line)) {
		read_mapping(r, path);
		return;
	}
	if (ev->type == YAML_SCALAR_EVENT && !is_null(ev))
		conf_complain(r->c, r->problems, line, path, "has a value, expected a section with keys below it");
	if (ev->type == YAML_SEQUENCE_START_EVENT)
		conf_complain(r->c, r->problems, line, path, "is a list, expected a section with keys below it");
	skip(r, ev);
}

static void
unknown(struct reader *r, const char *path, int line)
{
	size_t n;
	const char *near = conf_nearest_find(path, &n);

	if (near != NULL)
		conf_complain(r->c, r->problems, line, path, "unknown key, expected perhaps %.*s", (int)n, near);
	else
		conf_complain(r->c, r->problems, line, path, "unknown key, expected one of `bedrudctl config keys`");
}

/* Name and value of one pair of a section; the name's event is at hand. */
static void
read_pair(struct reader *r, const char *above, const yaml_event_t *name)
{
	const char *key = (const char *)name->data.scalar.value;
	const char *path = base_arena_printf(&r->c->arena, "%s%s%s", above, *above == '\0' ? "" : ".", key);
	int line = line_of(name), id;
	yaml_event_t ev;

	if (path == NULL) {
		no_memory(r);
		return;
	}
	if (!next(r, &ev))
		return;
	id = find_key(path);
	if (strlen(key) > LONGEST_NAME) {
		conf_complain(r->c, r->problems, line, above,
		    "has a key of %zu bytes, expected one of `bedrudctl config keys`", strlen(key));
		skip(r, &ev);
	} else if (!plain_enough(r, name, path) || !plain_enough(r, &ev, path)) {
		if (id >= 0)
			r->c->v[id].bad = 1;
		skip(r, &ev);
	} else if (strcmp(key, "<<") == 0) {
		conf_complain(r->c, r->problems, line, path, "merging is not supported, expected the keys themselves");
		skip(r, &ev);
	} else if (strchr(key, '.') != NULL && (id >= 0 || is_section(path))) {
		conf_complain(
		    r->c, r->problems, line, path, "has a dot in its name, expected a section and the key below it");
		skip(r, &ev);
	} else if (id >= 0) {
		read_key(r, (enum conf_id)id, line, &ev);
	} else if (is_section(path)) {
		read_section(r, path, line, &ev);
	} else {
		unknown(r, path, line);
		skip(r, &ev);
	}
	yaml_event_delete(&ev);
}

/* The pairs of a section, after its start. Sections are as deep as the table of keys, so recursion is bounded. */
static void
read_mapping(struct reader *r, const char *path)
{
	yaml_event_t name, ev;
	int more = 1;

	while (more && next(r, &name)) {
		more = !is_end(&name);
		if (more && name.type == YAML_SCALAR_EVENT) {
			read_pair(r, path, &name);
		} else if (more) {
			conf_complain(r->c, r->problems, line_of(&name), path, "has %s as a name, expected text",
			    name.type == YAML_ALIAS_EVENT ? "an alias" : kind_of(&name));
			skip(r, &name);
			if (next(r, &ev)) {
				skip(r, &ev);
				yaml_event_delete(&ev);
			}
		}
		yaml_event_delete(&name);
	}
}

/* One event of the stream outside the first document's node. */
static void
read_top(struct reader *r, const yaml_event_t *ev, int *documents)
{
	if (ev->type == YAML_DOCUMENT_START_EVENT && ++*documents > 1) {
		conf_complain(r->c, r->problems, line_of(ev), "", "a second document begins here, expected one");
		r->err = ERR_CONFIG;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		if (plain_enough(r, ev, ""))
			read_mapping(r, "");
		else
			skip(r, ev);
	} else if (is_start(ev) || ev->type == YAML_ALIAS_EVENT || (ev->type == YAML_SCALAR_EVENT && !is_null(ev))) {
		conf_complain(r->c, r->problems, line_of(ev), "",
		    "is %s, expected a YAML mapping (sections with keys below them)", kind_of(ev));
		skip(r, ev);
	}
}

enum err
conf_yaml_read(struct conf *c, const char *text, size_t n, struct base_buf *problems)
{
	struct reader r = {.c = c, .problems = problems};
	yaml_event_t ev;
	int documents = 0, more = 1;

	if (!yaml_parser_initialize(&r.parser))
		return ERR_NOMEM;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	while (more && next(&r, &ev)) {
		more = ev.type != YAML_STREAM_END_EVENT;
		read_top(&r, &ev, &documents);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&r.parser);
	return r.err;
}
