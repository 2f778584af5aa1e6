/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define MASK "********"

/* A secret that is set, whatever its length, looks the same. */
static const char *
text_of(const struct conf *c, enum conf_id id)
{
	const char *text = conf_str(c, id);

	if (conf_key(id)->type == CONF_BOOL)
		return conf_bool(c, id) ? "true" : "false";
	return (conf_key(id)->flags & CONF_SECRET) != 0 && *text != '\0' ? MASK : text;
}

static void
add_value(struct base_buf *out, const struct conf *c, enum conf_id id)
{
	const char *item;

	if (conf_key(id)->type != CONF_LIST && conf_key(id)->type != CONF_MAP) {
		base_buf_str(out, text_of(c, id));
		return;
	}
	for (size_t i = 0; (item = conf_list(c, id, i)) != NULL; i++)
		base_buf_printf(out, "%s%s", i == 0 ? "" : ", ", item);
}

static void
add_json_value(struct base_buf *out, const struct conf *c, enum conf_id id)
{
	const char *item;

	switch (conf_key(id)->type) {
	case CONF_INT:
		base_json_put_int(out, "value", conf_int(c, id));
		break;
	case CONF_BOOL:
		base_json_put_bool(out, "value", conf_bool(c, id));
		break;
	case CONF_STR:
		base_json_put_str(out, "value", text_of(c, id));
		break;
	case CONF_LIST:
	case CONF_MAP:
		base_json_open(out, "value", '[');
		for (size_t i = 0; (item = conf_list(c, id, i)) != NULL; i++)
			base_json_put_str(out, NULL, item);
		base_json_close(out, ']');
		break;
	}
}

static void
add_json(struct base_buf *out, const struct conf *c)
{
	base_json_open(out, NULL, '{');
	base_json_put_str(out, "file", conf_file(c));
	base_json_open(out, "keys", '{');
	for (int id = 0; id < CONF__MAX; id++) {
		base_json_open(out, conf_key((enum conf_id)id)->name, '{');
		add_json_value(out, c, (enum conf_id)id);
		base_json_put_str(out, "origin", conf_origin(c, (enum conf_id)id));
		base_json_close(out, '}');
	}
	base_json_close(out, '}');
	base_json_close(out, '}');
}

static void
add_text(struct base_buf *out, const struct conf *c)
{
	for (int id = 0; id < CONF__MAX; id++) {
		size_t start = out->n, width;

		base_buf_printf(out, "%s%s: ", id == 0 ? "" : "\n", conf_key((enum conf_id)id)->name);
		add_value(out, c, (enum conf_id)id);
		width = out->n - start - (id > 0);
		base_buf_printf(
		    out, "%*s# %s", width < 63 ? (int)(64 - width) : 1, "", conf_origin(c, (enum conf_id)id));
	}
}

int
ctl_config_show(const struct ctl *ctl)
{
	struct base_buf out;
	struct conf *c;
	int code = ctl_load(ctl, CONF_QUIET, &c);

	if (code != CTL_DONE)
		return code;
	base_buf_init(&out, (size_t)LIMIT_CONFIG * 8);
	if (ctl->json)
		add_json(&out, c);
	else
		add_text(&out, c);
	conf_free(c);
	return ctl_print(&out);
}
