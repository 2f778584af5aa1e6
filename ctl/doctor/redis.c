/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/redis.h"

#include <string.h>

#include "ctl/doctor/resp.h"
#include "ctl/doctor/visit.h"

#define KEY "livekit.redis"

static enum err
command(struct net *n, struct resp *r, const char *a, const char *b, const char *c)
{
	const char *words[] = {a, b, c};

	return resp_ask(n, words, c != NULL ? 3 : b != NULL ? 2 : 1, r);
}

static enum err
judge_auth(struct doctor *d, const struct resp *r)
{
	const char *file = conf_file(d->conf);

	if (r->type == '+')
		return ERR_OK;
	if (strncmp(r->text, "WRONGPASS", 9) == 0)
		doctor_error(d, "redis.auth",
		    doctor_text(d,
			"set " KEY ".username and " KEY ".password in %s to a user of that Redis (`ACL LIST` there; "
			"without a user name it is `default`, with the password of requirepass)",
			file),
		    "Redis refuses the user name or the password");
	else if (strstr(r->text, "without any password configured") != NULL)
		doctor_error(d, "redis.auth",
		    doctor_text(
			d, "take " KEY ".password out of %s, or give that Redis a password (requirepass)", file),
		    "Redis has no password, and refuses one");
	else
		doctor_error(
		    d, "redis.auth", "see what that Redis's log says", "Redis refuses the password: %s", r->text);
	return ERR_PEER;
}

static enum err
authenticate(struct doctor *d, struct net *n)
{
	const char *user = conf_str(d->conf, CONF_livekit_redis_username),
		   *password = conf_str(d->conf, CONF_livekit_redis_password);
	struct resp r;
	enum err e;

	if (*password == '\0' && *user == '\0')
		return ERR_OK;
	e = *user != '\0' ? command(n, &r, "AUTH", user, password) : command(n, &r, "AUTH", password, NULL);
	if (e != ERR_OK) {
		doctor_error(d, "redis.auth", "see what that Redis's log says", "%s", n->why);
		return ERR_PEER;
	}
	if ((e = judge_auth(d, &r)) == ERR_OK)
		doctor_ok(d, "redis.auth", "Redis accepts the password%s%s", *user != '\0' ? " of user " : "", user);
	return e;
}

static enum err
ping(struct doctor *d, struct net *n)
{
	struct resp r;

	if (command(n, &r, "PING", NULL, NULL) != ERR_OK) {
		doctor_error(d, "redis.ping",
		    doctor_text(d, "correct " KEY ".address; if TLS is spoken there, set " KEY ".useTLS: true"), "%s",
		    n->why);
		return ERR_PEER;
	}
	if (r.type == '+') {
		doctor_ok(d, "redis.ping", "Redis at %s answers PING", n->address);
		return ERR_OK;
	}
	if (strncmp(r.text, "NOAUTH", 6) == 0)
		doctor_error(d, "redis.auth",
		    doctor_text(
			d, "set " KEY ".password in %s (and " KEY ".username, if it has users)", conf_file(d->conf)),
		    "Redis wants a password");
	else if (strncmp(r.text, "DENIED", 6) == 0)
		doctor_error(d, "redis.ping", "give that Redis a password (requirepass), and set " KEY ".password",
		    "Redis is in protected mode: without a password it serves its own machine alone");
	else
		doctor_error(d, "redis.ping",
		    "wait while it loads; let its user run every command (`ACL SETUSER NAME allcommands allkeys "
		    "allchannels`)",
		    "Redis doesn't answer PING: %s", r.text);
	return ERR_PEER;
}

static enum err
select_database(struct doctor *d, struct net *n)
{
	const char *db = conf_str(d->conf, CONF_livekit_redis_db);
	struct resp r;

	if (strcmp(db, "0") == 0 || *db == '\0')
		return ERR_OK;
	if (command(n, &r, "SELECT", db, NULL) == ERR_OK && r.type == '+')
		return ERR_OK;
	doctor_error(d, "redis.db", "set " KEY ".db to a number below `databases` of that Redis (0 to 15 as it comes)",
	    "Redis refuses database %s: %s", db, r.type == '-' ? r.text : n->why);
	return ERR_PEER;
}

/* LiveKit's client of Redis puts none there: it says "missing port in address". */
static int
has_port(const struct url *u)
{
	const char *end = strrchr(u->authority, ']');

	return strchr(end != NULL ? end : u->authority, ':') != NULL;
}

enum err
redis_open(struct doctor *d, struct net *n)
{
	const char *address = conf_str(d->conf, CONF_livekit_redis_address);
	struct url u;
	struct visit v = {.prefix = "redis",
	    .key = KEY ".address",
	    .url = &u,
	    .start =
		"start redis-server on that machine, let it listen there (`bind`), open its port in the firewall, or "
		"correct " KEY ".address",
	    .tls_fix = "set " KEY ".useTLS: false, if that port of Redis has no TLS"};

	*n = (struct net){.fd = -1};
	if (*address == '\0')
		return ERR_ABSENT;
	if (strstr(address, "://") != NULL || !url_parse(doctor_text(d, "ws://%s", address), &u) || !has_port(&u)) {
		doctor_error(d, "redis.address",
		    "write it as host:port, as 127.0.0.1:6379, with the port and without redis:// before it",
		    KEY ".address: \"%s\" is no host and port", address);
		return ERR_PEER;
	}
	u.is_tls = conf_bool(d->conf, CONF_livekit_redis_useTLS);
	if (visit_open(d, &v, n) != ERR_OK || authenticate(d, n) != ERR_OK || ping(d, n) != ERR_OK)
		return ERR_PEER;
	return select_database(d, n);
}
