/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ctl.h"
#include "ctl/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "ident/normal.h"
#include "ident/password.h"
#include "store/user.h"

/* Only the accounts: a mistake here can't touch a room. */
static const struct store_right rights[] = {{"users", STORE_READ | STORE_WRITE}, {NULL, 0}};

/*
 * The first line of a descriptor, without its end: at most LIMIT_PASSWORD_MAX bytes, out has 2 more for what is too
 * long.
 */
static enum err
read_line(int fd, const char *name, char out[LIMIT_PASSWORD_MAX + 2])
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < LIMIT_PASSWORD_MAX + 1 && got > 0) {
		got = read(fd, out + n, 1);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			return base_log_err(ERR_IO, "%s: %s", name, strerror(errno));
		else if (got > 0 && out[n++] == '\n')
			break;
	}
	if (n > 0 && out[n - 1] == '\n')
		n--;
	if (n > 0 && out[n - 1] == '\r')
		n--;
	if (memchr(out, '\0', n) != NULL)
		return ctl_refuse("%s: the password has a NUL byte", name);
	out[n] = '\0';
	return ERR_OK;
}

/* From a terminal, without showing it. */
static enum err
read_terminal(char out[LIMIT_PASSWORD_MAX + 2])
{
	struct termios old, quiet;
	enum err e;

	if (tcgetattr(0, &old) != 0)
		return base_log_err(ERR_IO, "the terminal: %s", strerror(errno));
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs("password: ", stderr);
	tcsetattr(0, TCSAFLUSH, &quiet);
	e = read_line(0, "standard input", out);
	tcsetattr(0, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return e;
}

static enum err
read_password(const char *file, char out[LIMIT_PASSWORD_MAX + 2])
{
	enum err e;
	size_t n;
	int fd;

	if (strcmp(file, "-") == 0) {
		e = isatty(0) ? read_terminal(out) : read_line(0, "standard input", out);
	} else {
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return ctl_refuse("%s: %s", file, strerror(errno));
		e = read_line(fd, file, out);
		close(fd);
	}
	n = e == ERR_OK ? strlen(out) : 0;
	if (e == ERR_OK && (n < LIMIT_PASSWORD_MIN || n > LIMIT_PASSWORD_MAX))
		return ctl_refuse("the password in the first line of %s must have %d to %d bytes",
		    strcmp(file, "-") == 0 ? "standard input" : file, LIMIT_PASSWORD_MIN, LIMIT_PASSWORD_MAX);
	return e;
}

/* ERR_INPUT, with a sentence, when the address has an account, be it in the form of before domains were normalised. */
static enum err
refuse_taken(struct store *s, struct base_arena *a, const char *email)
{
	struct store_user u;
	const char *old;
	int taken;
	enum err e = store_user_email_taken(s, email, &taken);

	if (e == ERR_OK && !taken && (e = ident_normal_email_unicode(a, email, &old)) == ERR_OK &&
	    strcmp(old, email) != 0) {
		email = old;
		e = store_user_email_taken(s, email, &taken);
	}
	if (e != ERR_OK || !taken)
		return e;
	e = store_user_by_email(s, a, email, "local", &u);
	if (e == ERR_ABSENT)
		return ctl_refuse("%s has an account already, made with a passkey or another provider; nothing was "
				  "changed",
		    email);
	if (e != ERR_OK)
		return e;
	if (store_user_has(u.accesses, "superadmin"))
		return ctl_refuse("%s has an account already and is an administrator; nothing was changed", email);
	return ctl_refuse("%s has an account already and is not an administrator; nothing was changed", email);
}

static enum err
insert(struct store *s, struct base_arena *a, const struct store_user *u)
{
	enum err e = store_begin(s, STORE_DURABLE);

	if (e != ERR_OK)
		return e;
	e = refuse_taken(s, a, u->email);
	if (e == ERR_OK)
		e = store_user_insert(s, u);
	if (e == ERR_OK)
		e = store_commit(s);
	store_rollback(s);
	return e;
}

static int
say(const struct ctl *ctl, const struct store_user *u, int admin)
{
	struct base_buf out;

	base_buf_init(&out, LIMIT_CONFIG);
	if (!ctl->json) {
		base_buf_printf(&out, "%s: %s made, id %s", u->email, admin ? "administrator" : "account", u->id);
		return ctl_print(&out);
	}
	base_json_open(&out, NULL, '{');
	base_json_put_str(&out, "id", u->id);
	base_json_put_str(&out, "email", u->email);
	base_json_put_str(&out, "name", u->name);
	base_json_put_bool(&out, "admin", admin);
	base_json_close(&out, '}');
	return ctl_print(&out);
}

/* Normal forms of what was given on the command line. */
static enum err
fill(struct base_arena *a, const struct ctl *ctl, struct store_user *u)
{
	if (ident_normal_email(a, ctl->email, &u->email) != ERR_OK)
		return ctl_refuse("--email %s: this is no e-mail address", ctl->email);
	if (ident_normal_name(a, ctl->name, LIMIT_NAME_MIN, LIMIT_NAME_MAX, &u->name) != ERR_OK)
		return ctl_refuse("--name %s: a name has %d to %d bytes, without control characters and <>&\"'",
		    ctl->name, LIMIT_NAME_MIN, LIMIT_NAME_MAX);
	u->provider = "local";
	u->avatar_url = u->refresh_token = "";
	u->accesses = (ctl->given & CTL_OPT_ADMIN) != 0 ? "{superadmin,user}" : "{user}";
	u->is_active = 1;
	u->created_at = u->updated_at = u->email_verified_at = base_clock_now();
	return ERR_OK;
}

/* Everything about the person first, then the database: a bad password must not cost a lock. */
static int
create(const struct ctl *ctl, struct base_arena *a, const struct conf *c)
{
	char password[LIMIT_PASSWORD_MAX + 2] = "", id[37];
	const char *path = conf_str(c, CONF_database_path);
	struct store_user u = {.id = id};
	struct store *s = NULL;
	enum err e = fill(a, ctl, &u);
	int code;

	base_random_uuid(id);
	if (e == ERR_OK)
		e = read_password(ctl->password_file, password);
	if (e == ERR_OK)
		e = ctl_owner_become(path);
	if (e == ERR_OK)
		e = store_open(path, rights, &s);
	if (e == ERR_OK)
		e = refuse_taken(s, a, u.email);
	if (e == ERR_OK)
		e = ident_password_hash(a, password, &u.password);
	base_mem_wipe(password, sizeof password);
	if (e == ERR_OK)
		e = insert(s, a, &u);
	code = e == ERR_OK ? say(ctl, &u, (ctl->given & CTL_OPT_ADMIN) != 0) : ctl_code(e);
	store_close(s);
	return code;
}

int
ctl_user_create(const struct ctl *ctl)
{
	struct base_arena a;
	struct conf *c;
	int code;

	if (ctl->email == NULL || ctl->name == NULL || ctl->password_file == NULL) {
		base_log(
		    LOG_LEVEL_ERROR, "user create needs --email, --name and --password-file (- for standard input)");
		return CTL_USAGE;
	}
	code = ctl_load(ctl, CONF_QUIET, &c);
	if (code != CTL_DONE)
		return code;
	base_arena_init(&a, LIMIT_ARENA);
	code = create(ctl, &a, c);
	base_arena_free(&a);
	conf_free(c);
	return code;
}
