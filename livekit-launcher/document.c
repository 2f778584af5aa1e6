/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/document.h"

#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/text.h"

struct level {
	const char *path; /* of the section or list that we are in; "" at the top */
	int is_list, index;
	const char *key; /* a section: the path of the key whose value is next; NULL: a key is next */
	int key_line;
};

struct reader {
	struct base_arena *arena;
	struct launcher_document *out;
	struct level level[LIMIT_YAML_DEPTH];
	int depth;
	int documents;
	enum err err; /* sticky */
};

static void
stop(struct reader *r, const yaml_event_t *ev, const char *problem)
{
	if (r->err != ERR_OK)
		return;
	r->err = problem == NULL ? ERR_NOMEM : ERR_INPUT;
	r->out->problem = problem;
	r->out->line = (int)ev->start_mark.line + 1;
	r->out->column = (int)ev->start_mark.column + 1;
}

static void
add(struct reader *r, const yaml_event_t *ev, const char *path, const char *value, int line)
{
	struct launcher_document *o = r->out;
	const char *dot = strrchr(path, '.');

	if (o->n == LAUNCHER_DOCUMENT_MOST) {
		stop(r, ev, "there is more in it than in any LiveKit configuration");
		return;
	}
	o->entries[o->n] = (struct launcher_document_entry){
	    path, dot == NULL || r->depth == 1 ? path : dot + 1, value, r->depth, line};
	o->n++;
}

/* A key of a section. */
static void
take_key(struct reader *r, const yaml_event_t *ev)
{
	struct level *l = &r->level[r->depth - 1];
	const char *name = ev->type == YAML_SCALAR_EVENT ? (const char *)ev->data.scalar.value : "*";
	const struct launcher_document_entry *there;

	l->key = base_arena_printf(r->arena, "%s%s%s", l->path, *l->path == '\0' ? "" : ".", name);
	l->key_line = (int)ev->start_mark.line + 1;
	if (l->key == NULL) {
		stop(r, ev, NULL);
		return;
	}
	there = strcmp(name, "<<") == 0 ? NULL : launcher_document_find(r->out, l->key);
	if (there != NULL && there->depth == r->depth)
		stop(r, ev, base_arena_printf(r->arena, "the key %s is there already, in line %d", name, there->line));
}

/* The path of the value that comes now; NULL when there is no memory for it. */
static const char *
value_path(struct reader *r, int *line, const yaml_event_t *ev)
{
	struct level *l = &r->level[r->depth - 1];
	const char *path = l->key;

	*line = l->key_line;
	l->key = NULL;
	if (l->is_list) {
		*line = (int)ev->start_mark.line + 1;
		path = base_arena_printf(r->arena, "%s.%d", l->path, l->index++);
	}
	return path;
}

static void
enter(struct reader *r, const yaml_event_t *ev, const char *path)
{
	if (r->depth == LIMIT_YAML_DEPTH) {
		stop(r, ev, "it is nested too deeply");
		return;
	}
	r->level[r->depth++] = (struct level){.path = path, .is_list = ev->type == YAML_SEQUENCE_START_EVENT};
}

/* The first node: a mapping, or nothing. */
static void
take_root(struct reader *r, const yaml_event_t *ev)
{
	if (ev->type == YAML_MAPPING_START_EVENT)
		enter(r, ev, "");
	else if (ev->type != YAML_SCALAR_EVENT || ev->data.scalar.length > 0)
		stop(r, ev, "this is no mapping of keys to values (KEY: VALUE)");
}

static void
take_node(struct reader *r, const yaml_event_t *ev)
{
	const char *path, *value = NULL;
	int line;

	if (r->depth == 0) {
		take_root(r, ev);
		return;
	}
	if (!r->level[r->depth - 1].is_list && r->level[r->depth - 1].key == NULL) {
		if (ev->type == YAML_SCALAR_EVENT || ev->type == YAML_ALIAS_EVENT)
			take_key(r, ev);
		else
			stop(r, ev, "a key must be text");
		return;
	}
	path = value_path(r, &line, ev);
	if (path != NULL && ev->type == YAML_SCALAR_EVENT)
		value = base_arena_dup(r->arena, (const char *)ev->data.scalar.value, ev->data.scalar.length);
	if (path == NULL || (ev->type == YAML_SCALAR_EVENT && value == NULL)) {
		stop(r, ev, NULL);
		return;
	}
	add(r, ev, path, value, line);
	if (ev->type == YAML_MAPPING_START_EVENT || ev->type == YAML_SEQUENCE_START_EVENT)
		enter(r, ev, path);
}

static void
take(struct reader *r, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		/* LiveKit reads the first and never learns of others. */
		if (++r->documents > 1)
			stop(r, ev, "a second document begins here (---), which LiveKit doesn't read");
		break;
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		take_node(r, ev);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth -= r->depth > 0;
		break;
	default:
		break;
	}
}

/* The parser's own words are fixed sentences: they repeat nothing of the file, which holds secrets. */
static void
parse_problem(struct reader *r, const yaml_parser_t *p)
{
	if (p->error == YAML_MEMORY_ERROR) {
		r->err = ERR_NOMEM;
		return;
	}
	r->err = ERR_INPUT;
	r->out->problem = p->problem == NULL ? "this can't be parsed" : p->problem;
	r->out->line = (int)p->problem_mark.line + 1;
	r->out->column = (int)p->problem_mark.column + 1;
	if (p->error == YAML_READER_ERROR) {
		r->out->problem = "this is no UTF-8 text";
		r->out->line = (int)p->mark.line + 1;
		r->out->column = (int)p->mark.column + 1;
	}
}

enum err
launcher_document_read(struct base_arena *a, const char *text, size_t n, struct launcher_document *out)
{
	struct reader r = {.arena = a, .out = out};
	yaml_parser_t p;
	yaml_event_t ev;
	int more = 1;

	memset(out, 0, sizeof *out);
	out->entries = base_arena_alloc(a, LAUNCHER_DOCUMENT_MOST * sizeof *out->entries);
	if (out->entries == NULL || !yaml_parser_initialize(&p))
		return ERR_NOMEM;
	yaml_parser_set_input_string(&p, (const unsigned char *)(text == NULL ? "" : text), n);
	while (more && r.err == ERR_OK) {
		if (!yaml_parser_parse(&p, &ev)) {
			parse_problem(&r, &p);
			break;
		}
		more = ev.type != YAML_STREAM_END_EVENT;
		take(&r, &ev);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&p);
	return r.err;
}

const struct launcher_document_entry *
launcher_document_find(const struct launcher_document *d, const char *path)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->entries[i].path, path) == 0)
			return &d->entries[i];
	return NULL;
}

const char *
launcher_document_text(const struct launcher_document *d, const char *path)
{
	const struct launcher_document_entry *e = launcher_document_find(d, path);

	return e == NULL || e->value == NULL ? "" : e->value;
}

int
launcher_document_true(const struct launcher_document *d, const char *path)
{
	const char *text = launcher_document_text(d, path);

	return base_text_equal_nocase(text, "true") || base_text_equal_nocase(text, "yes") ||
	       base_text_equal_nocase(text, "on");
}
