/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/environment.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "livekit-launcher/document.h"

#define CHECK "environment.livekit-config"
#define ARGUMENTS 64
#define PROC_MOST (256 << 10)
#define DOCUMENT_MOST (4 << 20)

static const char dollars[] =
    "in docker-compose.yaml each $ of the text is a variable of Compose: write $$ for a $ that shall stay, set the "
    "variable in .env or environment:, and look at what `docker compose config` prints; or mount a file and give "
    "--config FILE";
static const char entrypoint[] =
    "start livekit-server itself, without a shell: entrypoint: [\"/livekit-server\"] and command: [\"--config-body\", "
    "\"…\"] as lists (or environment: LIVEKIT_CONFIG: | with the text below it), so that nothing splits or expands "
    "the text; or mount a file and give --config FILE";

static int
is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == '\0';
}

/* ${NAME} or $NAME alone: a substitution that nobody made. */
static int
is_variable(const char *s)
{
	s += strspn(s, " \t\r\n");
	return s[0] == '$' && (s[1] == '{' || isalpha((unsigned char)s[1]) || s[1] == '_');
}

/* The text that shall be a configuration: what is wrong with it. 1 if nothing is. */
static int
judge_text(struct doctor *d, const struct doctor_environment *e, const char *name, const char *text)
{
	struct launcher_document doc;
	struct base_arena a;
	enum err err;

	if (is_blank(text)) {
		doctor_error(d, CHECK, dollars,
		    "%s: %s is set and empty, so LiveKit starts with no configuration at all", e->where, name);
		return 0;
	}
	if (is_variable(text)) {
		doctor_error(
		    d, CHECK, dollars, "%s: %s holds the name of a variable, not a configuration", e->where, name);
		return 0;
	}
	base_arena_init(&a, DOCUMENT_MOST);
	err = launcher_document_read(&a, text, strlen(text), &doc);
	if (err != ERR_OK)
		doctor_error(d, CHECK, entrypoint, "%s: %s is not YAML: line %d, column %d: %s", e->where, name,
		    doc.line, doc.column, doc.problem == NULL ? "no memory" : doc.problem);
	base_arena_free(&a);
	return err == ERR_OK;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static int
is_shell(const char *program)
{
	const char *name = base_name(program);

	return strcmp(name, "sh") == 0 || strcmp(name, "bash") == 0 || strcmp(name, "dash") == 0 ||
	       strcmp(name, "ash") == 0 || strcmp(name, "busybox") == 0;
}

/* The --config-body of a command line, and whether a shell stands around it. 1 if something was said. */
static int
judge_arguments(struct doctor *d, const struct doctor_environment *e)
{
	const char *const *a = e->argv;
	size_t i;

	if (a == NULL || a[0] == NULL)
		return 0;
	for (i = 1; is_shell(a[0]) && a[i] != NULL; i++)
		if (strstr(a[i], "--config-body") != NULL) {
			doctor_warn(d, CHECK, entrypoint,
			    "%s: a shell stands around --config-body, and expands $ and quotes in the text", e->where);
			return 1;
		}
	for (i = 1; a[i] != NULL; i++) {
		if (strncmp(a[i], "--config-body=", 14) == 0)
			return !judge_text(d, e, "--config-body", a[i] + 14);
		if (strcmp(a[i], "--config-body") == 0)
			return !judge_text(d, e, "--config-body", a[i + 1] == NULL ? "" : a[i + 1]);
	}
	return 0;
}

static int
has_argument(const char *const *argv, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		if (strncmp(argv[i], name, n) == 0 && (argv[i][n] == '\0' || argv[i][n] == '='))
			return 1;
	return 0;
}

void
doctor_environment_judge(struct doctor *d, const struct doctor_environment *e)
{
	if (judge_arguments(d, e))
		return;
	if (e->value == NULL) {
		if (has_argument(e->argv, "--config-body"))
			doctor_ok(d, CHECK, "%s: --config-body is a configuration in YAML", e->where);
		return;
	}
	if (e->argv != NULL && has_argument(e->argv, "--config")) {
		doctor_warn(
		    d, CHECK, "keep one of the two", "%s: LIVEKIT_CONFIG is set beside --config, which wins", e->where);
		return;
	}
	if (e->argv == NULL && e->is_embedded) {
		doctor_warn(d, CHECK,
		    "put what it says into Bedrud's config.yaml, or into a file named by livekit.configPath, and unset "
		    "LIVEKIT_CONFIG",
		    "%s: LIVEKIT_CONFIG is set%s, and livekit-launcher doesn't pass it on: it has no effect", e->where,
		    is_blank(e->value) ? " and empty" : "");
		return;
	}
	if (judge_text(d, e, "LIVEKIT_CONFIG", e->value))
		doctor_ok(d, CHECK, "%s: LIVEKIT_CONFIG is a configuration in YAML", e->where);
}

/* The strings of /proc/PID/NAME, NULL-terminated, and the list of them. */
struct strings {
	struct base_buf text;
	const char **list; /* NULL: we may not look, or there is none */
};

static void
read_strings(struct strings *s, const char *pid, const char *name)
{
	const char *p, *end;
	char path[64];
	size_t n = 0;

	(void)snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
	s->list = NULL;
	base_buf_init(&s->text, PROC_MOST);
	if (base_buf_read_file(&s->text, path) != ERR_OK || s->text.n == 0)
		return;
	end = s->text.p + s->text.n;
	for (p = s->text.p; p < end; p += strlen(p) + 1)
		n++;
	s->list = base_mem_alloc(n + 1, sizeof *s->list);
	for (p = s->text.p, n = 0; s->list != NULL && p < end; p += strlen(p) + 1)
		s->list[n++] = p;
}

/* An environment may hold secrets, also of others. */
static void
forget_strings(struct strings *s)
{
	if (s->text.p != NULL)
		base_mem_wipe(s->text.p, s->text.n);
	base_buf_free(&s->text);
	base_mem_free(s->list);
}

static const char *
variable(const char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (; environment != NULL && *environment != NULL; environment++)
		if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
			return *environment + n + 1;
	return NULL;
}

/* livekit-server, or a shell that is to start it. */
static int
is_livekit(const char *const *argv)
{
	size_t i;

	if (strcmp(base_name(argv[0]), "livekit-server") == 0)
		return 1;
	for (i = 1; is_shell(argv[0]) && argv[i] != NULL && i < ARGUMENTS; i++)
		if (strstr(argv[i], "livekit-server") != NULL && strstr(argv[i], "--config-body") != NULL)
			return 1;
	return 0;
}

static void
look_at_process(struct doctor *d, const char *pid)
{
	struct doctor_environment e = {.is_embedded = d->is_embedded};
	struct strings arguments, variables;

	read_strings(&arguments, pid, "cmdline");
	if (arguments.list != NULL && arguments.list[0] != NULL && is_livekit(arguments.list)) {
		read_strings(&variables, pid, "environ");
		e.argv = arguments.list;
		e.value = variable(variables.list, "LIVEKIT_CONFIG");
		e.where = doctor_text(d, "process %s (%s)", pid, base_name(e.argv[0]));
		doctor_environment_judge(d, &e);
		forget_strings(&variables);
	}
	forget_strings(&arguments);
}

/* Everybody's: nothing of a process is kept, or a user with long arguments could use up the memory of the run. */
static void
look_at_processes(struct doctor *d)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at_process(d, entry->d_name);
	if (dir != NULL)
		(void)closedir(dir);
}

void
doctor_environment(struct doctor *d)
{
	struct doctor_environment e = {
	    .where = "our environment", .value = getenv("LIVEKIT_CONFIG"), .is_embedded = d->is_embedded};
	unsigned before = d->count[DOCTOR_OK] + d->count[DOCTOR_WARNING] + d->count[DOCTOR_ERROR];

	doctor_environment_judge(d, &e);
	look_at_processes(d);
	if (before == d->count[DOCTOR_OK] + d->count[DOCTOR_WARNING] + d->count[DOCTOR_ERROR])
		doctor_ok(d, CHECK, "LIVEKIT_CONFIG isn't set here, and no livekit-server that we may look at has one");
}
