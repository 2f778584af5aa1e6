/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys, for people, for programs, and as the list in bedrud-config(5). */
#include "ctl/ctl.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define MAN_COLUMNS 76

static const char *
type_of(const struct conf_key *k)
{
	static const char *const words[] = {
	    [CONF_STR] = "text",
	    [CONF_INT] = "number",
	    [CONF_BOOL] = "boolean",
	    [CONF_LIST] = "list",
	    [CONF_MAP] = "map",
	};

	if ((k->flags & CONF_PORT) != 0)
		return "port";
	return (k->flags & CONF_PATH) != 0 ? "path" : words[k->type];
}

static void
add_json(struct base_buf *out)
{
	base_json_open(out, NULL, '[');
	for (int id = 0; id < CONF__MAX; id++) {
		const struct conf_key *k = conf_key((enum conf_id)id);

		base_json_open(out, NULL, '{');
		base_json_put_str(out, "name", k->name);
		base_json_put_str(out, "type", type_of(k));
		base_json_put_str(out, "default", k->def);
		base_json_put_str(out, "env", k->env);
		base_json_put_bool(out, "secret", (k->flags & CONF_SECRET) != 0);
		base_json_put_bool(out, "required", (k->flags & CONF_REQUIRED) != 0);
		base_json_put_bool(out, "used", (k->flags & CONF_IGNORED) == 0);
		if (k->type == CONF_INT) {
			base_json_put_int(out, "min", k->min);
			base_json_put_int(out, "max", k->max);
		}
		base_json_put_str(out, "help", k->help);
		base_json_close(out, '}');
	}
	base_json_close(out, ']');
}

static void
add_text(struct base_buf *out)
{
	base_buf_printf(out, "%-38s %-8s %-24s %s", "KEY", "TYPE", "DEFAULT", "ENVIRONMENT");
	for (int id = 0; id < CONF__MAX; id++) {
		const struct conf_key *k = conf_key((enum conf_id)id);

		base_buf_printf(out, "\n%-38s %-8s %-24s %s\n    %s%s%s", k->name, type_of(k),
		    *k->def == '\0' ? "-" : k->def, *k->env == '\0' ? "-" : k->env, k->help,
		    (k->flags & CONF_REQUIRED) != 0 ? " (required)" : "",
		    (k->flags & CONF_IGNORED) != 0 ? " (accepted, not used)" : "");
	}
}

/* Environment names, each in its macro. */
static void
add_man_env(struct base_buf *out, const char *names)
{
	while (*names != '\0') {
		size_t n = strcspn(names, ",");

		base_buf_printf(out, "\n.Ev %.*s%s", (int)n, names, names[n] == ',' ? " ," : " .");
		names += n + (names[n] == ',');
	}
}

/* "A number from 1 to 65535, 7880 unless set." */
static void
add_man_type(struct base_buf *out, const struct conf_key *k)
{
	static const char *const words[] = {
	    [CONF_STR] = "Text",
	    [CONF_INT] = "A number",
	    [CONF_BOOL] = "A boolean",
	    [CONF_LIST] = "A list",
	    [CONF_MAP] = "A map",
	};

	base_buf_printf(out, "\n%s",
	    (k->flags & CONF_PORT) != 0	  ? "A port"
	    : (k->flags & CONF_PATH) != 0 ? "A path"
					  : words[k->type]);
	if (k->type == CONF_INT && k->max < INT_MAX)
		base_buf_printf(out, " from %lld to %lld", k->min, k->max);
	if ((k->flags & CONF_REQUIRED) != 0)
		base_buf_str(out, "; required");
	else if (*k->def != '\0')
		base_buf_printf(out, "; the default is\n.Ql %s", k->def);
	if (*k->env != '\0') {
		base_buf_printf(
		    out, "%soverridden by", *k->def != '\0' && (k->flags & CONF_REQUIRED) == 0 ? " ;\n" : "; ");
		add_man_env(out, k->env);
	} else {
		base_buf_str(out, *k->def != '\0' && (k->flags & CONF_REQUIRED) == 0 ? " ." : ".");
	}
}

/* A sentence of its own, in lines that mandoc's lint likes. */
static void
add_man_help(struct base_buf *out, const char *help)
{
	char first = help[0] >= 'a' && help[0] <= 'z' ? (char)(help[0] - 'a' + 'A') : help[0];
	size_t column = 1;

	base_buf_printf(out, "\n%c", first);
	for (help++; *help != '\0';) {
		size_t n = strcspn(help + 1, " ") + 1;

		if (*help == ' ' && column + n > MAN_COLUMNS) {
			base_buf_printf(out, "\n%.*s", (int)n - 1, help + 1);
			column = n - 1;
		} else {
			base_buf_add(out, help, n);
			column += n;
		}
		help += n;
	}
	base_buf_str(out, ".");
}

static void
add_man(struct base_buf *out)
{
	base_buf_str(out, ".Bl -tag -width Ds");
	for (int id = 0; id < CONF__MAX; id++) {
		const struct conf_key *k = conf_key((enum conf_id)id);

		base_buf_printf(out, "\n.It Va %s", k->name);
		add_man_help(out, k->help);
		add_man_type(out, k);
		if ((k->flags & CONF_IGNORED) != 0)
			base_buf_str(out, "\nAccepted, and not used by this version.");
	}
	base_buf_str(out, "\n.El");
}

int
ctl_config_keys(const struct ctl *ctl)
{
	struct base_buf out;

	base_buf_init(&out, LIMIT_CONFIG);
	if (ctl->json)
		add_json(&out);
	else if ((ctl->given & CTL_OPT_MAN) != 0)
		add_man(&out);
	else
		add_text(&out);
	return ctl_print(&out);
}
