/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/value_impl.h"

#include <string.h>

#include "base/text.h"

static enum err
set_bool(struct conf_value *v, const char *text, int lax)
{
	static const char *const yes[] = {"true", "yes", "on", "y", "1", "t"};
	static const char *const no[] = {"false", "no", "off", "n", "0", "f"};
	size_t n = sizeof yes / sizeof *yes - (lax ? 0 : 2);

	for (size_t i = 0; i < n; i++) {
		if (base_text_equal_nocase(text, yes[i])) {
			v->number = 1;
			return ERR_OK;
		}
		if (base_text_equal_nocase(text, no[i])) {
			v->number = 0;
			return ERR_OK;
		}
	}
	return ERR_INPUT;
}

static enum err
set_int(struct conf *c, enum conf_id id, const char *text, const char **expected)
{
	const struct conf_key *k = conf_key(id);

	if (base_text_int(text, k->min, k->max, &c->v[id].number) == ERR_OK)
		return ERR_OK;
	if (k->max >= INT32_MAX)
		*expected = base_arena_printf(&c->arena, "a whole number not below %lld", k->min);
	else
		*expected = base_arena_printf(&c->arena, "a whole number from %lld to %lld", k->min, k->max);
	return *expected == NULL ? ERR_NOMEM : ERR_INPUT;
}

/* An absolute path for keys that are one; other text as it is. */
static enum err
place(struct conf *c, const struct conf_key *k, const char *text, const char **out)
{
	int relative = (k->flags & CONF_PATH) != 0 || ((k->flags & CONF_PROGRAM) != 0 && strchr(text, '/') != NULL);

	if (!relative || text[0] == '\0' || text[0] == '/') {
		*out = base_arena_strdup(&c->arena, text);
		return *out == NULL ? ERR_NOMEM : ERR_OK;
	}
	while (text[0] == '.' && text[1] == '/')
		for (text += 2; text[0] == '/';)
			text++;
	*out = base_arena_printf(&c->arena, "%s/%s", c->folder, text);
	return *out == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err
set_str(struct conf *c, enum conf_id id, const char *text, const char **expected)
{
	const struct conf_key *k = conf_key(id);
	long long port;

	if ((k->flags & CONF_PORT) != 0 && base_text_int(text, 1, 65535, &port) != ERR_OK) {
		*expected = "a port from 1 to 65535";
		return ERR_INPUT;
	}
	return place(c, k, text, &c->v[id].text);
}

void
conf_value_clear(struct conf *c, enum conf_id id)
{
	c->v[id].items = NULL;
	c->v[id].n_items = c->v[id].room = 0;
	c->v[id].text = "";
}

enum err
conf_value_add(struct conf *c, enum conf_id id, const char *item)
{
	struct conf_value *v = &c->v[id];
	char *copy = base_arena_strdup(&c->arena, item);
	const char **items;

	if (copy == NULL)
		return ERR_NOMEM;
	copy = base_text_trim(copy);
	if (*copy == '\0')
		return ERR_OK;
	if (v->n_items == v->room) {
		items = base_arena_alloc(&c->arena, (v->room + 8) * 2 * sizeof *items);
		if (items == NULL)
			return ERR_NOMEM;
		if (v->n_items > 0)
			memcpy(items, v->items, v->n_items * sizeof *items);
		v->items = items;
		v->room = (v->room + 8) * 2;
	}
	v->items[v->n_items++] = copy;
	return ERR_OK;
}

static enum err
set_list(struct conf *c, enum conf_id id, char *text)
{
	enum err e = ERR_OK;

	conf_value_clear(c, id);
	while (text != NULL && e == ERR_OK) {
		char *comma = strchr(text, ',');

		if (comma != NULL)
			*comma++ = '\0';
		e = conf_value_add(c, id, text);
		text = comma;
	}
	return e;
}

enum err
conf_value_set(struct conf *c, enum conf_id id, const char *text, int lax, const char **expected)
{
	const struct conf_key *k = conf_key(id);
	char *copy = base_arena_strdup(&c->arena, text);
	enum err e = ERR_OK;

	/* A secret is taken to the byte: a blank at its end is part of it. */
	if (copy != NULL && (k->flags & CONF_SECRET) == 0)
		copy = base_text_trim(copy);
	if (copy != NULL && *copy == '\0')
		copy = base_arena_strdup(&c->arena, k->def);
	if (copy == NULL)
		return ERR_NOMEM;
	switch (k->type) {
	case CONF_STR:
		return *copy == '\0' ? place(c, k, copy, &c->v[id].text) : set_str(c, id, copy, expected);
	case CONF_LIST:
	case CONF_MAP:
		return set_list(c, id, copy);
	case CONF_INT:
		e = set_int(c, id, copy, expected);
		break;
	case CONF_BOOL:
		*expected = "true or false";
		e = set_bool(&c->v[id], copy, lax);
		break;
	}
	if (e == ERR_OK)
		c->v[id].text = copy;
	return e;
}
