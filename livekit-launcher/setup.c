/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/setup.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/fit.h"
#include "livekit-launcher/yaml.h"
#include "livekit/address.h"

#define YAML_CEILING (1u << 20)

int
launcher_setup_exit_code(enum err e)
{
	if (e == ERR_OK)
		return 0;
	return e == ERR_CONFIG || e == ERR_INPUT || e == ERR_ABSENT ? 78 : 75;
}

enum err
launcher_setup_load(const char *file, unsigned flags, struct launcher_setup *s)
{
	enum base_log_level level;
	struct base_buf problems;
	enum err e;

	memset(s, 0, sizeof *s);
	base_buf_init(&s->yaml, YAML_CEILING);
	base_buf_init(&problems, 64u << 10);
	e = conf_load(conf_path(file), flags & LAUNCHER_SETUP_QUIET ? CONF_QUIET : 0, &problems, &s->conf);
	if (e != ERR_OK) {
		s->conf = NULL;
		(void)fputs(
		    problems.p == NULL ? "livekit-launcher: unable to read the configuration\n" : problems.p, stderr);
	} else if (base_log_level_parse(conf_str(s->conf, CONF_logger_level), &level) == ERR_OK &&
		   level <= LOG_LEVEL_INFO) {
		base_log_threshold(level);
	}
	base_buf_free(&problems);
	return e;
}

/* Forgets a text that holds secrets. */
static void
wipe(struct base_buf *b)
{
	if (b->p != NULL)
		base_mem_wipe(b->p, b->n);
	base_buf_clear(b);
}

static int
is_same_program(const struct launcher_setup *a, const struct launcher_setup *b)
{
	const struct stat *x = &a->program, *y = &b->program;

	return strcmp(a->binary, b->binary) == 0 && x->st_dev == y->st_dev && x->st_ino == y->st_ino &&
	       x->st_size == y->st_size && x->st_mtim.tv_sec == y->st_mtim.tv_sec &&
	       x->st_mtim.tv_nsec == y->st_mtim.tv_nsec;
}

enum err
launcher_setup_make(struct launcher_setup *s, const struct launcher_setup *old, int64_t turn_expires_s)
{
	struct launcher_plan *p = &s->plan;
	enum err e = launcher_plan_make(s->conf, old == NULL ? NULL : &old->plan, p);

	wipe(&s->yaml);
	if (e != ERR_OK || (e = launcher_binary_find(conf_str(s->conf, CONF_livekit_binary), s->binary)) != ERR_OK)
		return e;
	if (stat(s->binary, &s->program) != 0)
		memset(&s->program, 0, sizeof s->program);
	if (old != NULL && p->static_path == NULL && is_same_program(old, s))
		launcher_fit_carry(&old->plan, p);
	if (turn_expires_s != 0 && p->turn.expires_s != 0)
		p->turn.expires_s = turn_expires_s;
	return launcher_yaml_text(p, &s->yaml);
}

void
launcher_setup_free(struct launcher_setup *s)
{
	wipe(&s->yaml);
	base_buf_free(&s->yaml);
	conf_free(s->conf);
	s->conf = NULL;
}

int
launcher_setup_is_same(const struct launcher_setup *a, const struct launcher_setup *b)
{
	const char *from = a->plan.static_path, *to = b->plan.static_path;

	return a->yaml.n == b->yaml.n && a->yaml.n > 0 && memcmp(a->yaml.p, b->yaml.p, a->yaml.n) == 0 &&
	       is_same_program(a, b) && strcmp(from == NULL ? "" : from, to == NULL ? "" : to) == 0;
}

/* Whether LiveKit uses the files that fresh has, and fresh doesn't because they won't do. */
static int
has_lost_certificate(const struct launcher_turn *old, const struct launcher_turn *fresh)
{
	return old->tls_port != 0 && !old->is_tls_outside && fresh->is_on && fresh->tls_port == 0 &&
	       *fresh->cert != '\0' && strcmp(old->cert, fresh->cert) == 0 && strcmp(old->key, fresh->key) == 0;
}

void
launcher_setup_keep_tls(struct launcher_setup *s, const struct launcher_setup *old, char why[LAUNCHER_CERT_TEXT])
{
	struct launcher_setup kept = *s;
	struct launcher_turn *t = &kept.plan.turn;

	*why = '\0';
	if (s->plan.static_path != NULL || old->plan.static_path != NULL ||
	    !has_lost_certificate(&old->plan.turn, t) ||
	    launcher_cert_check(t->cert, t->key, t->domain, base_clock_seconds(), why) == ERR_OK)
		return;
	t->tls_port = old->plan.turn.tls_port;
	t->note[0] = '\0';
	base_buf_init(&kept.yaml, YAML_CEILING);
	if (launcher_yaml_text(&kept.plan, &kept.yaml) != ERR_OK || !launcher_setup_is_same(&kept, old)) {
		*why = '\0';
		wipe(&kept.yaml);
		base_buf_free(&kept.yaml);
		return;
	}
	wipe(&s->yaml);
	base_buf_free(&s->yaml);
	*s = kept;
}

void
launcher_setup_renew(struct launcher_setup *s)
{
	struct launcher_setup fresh = {.conf = s->conf};

	base_buf_init(&fresh.yaml, YAML_CEILING);
	if (launcher_setup_make(&fresh, s, 0) != ERR_OK) {
		wipe(&fresh.yaml);
		base_buf_free(&fresh.yaml);
		return;
	}
	wipe(&s->yaml);
	base_buf_free(&s->yaml);
	*s = fresh;
}

static void
say_node_ip(const struct launcher_plan *p)
{
	const struct launcher_nodeip *n = &p->node;
	const char *key = p->static_path == NULL ? "livekit.nodeIP" : "its rtc.node_ip";
	const char *kind = livekit_address_kind(n->text);
	int is_public;

	if (kind == NULL)
		return; /* LiveKit is to find it, as a static file has it */
	is_public = strcmp(kind, "public") == 0;
	base_log(LOG_LEVEL_INFO, "clients send their media to %s (%s)", n->text, n->rule);
	if (n->is_loopback)
		base_log(LOG_LEVEL_WARN,
		    "%s is a loopback address: only browsers on this machine can take part; set %s",
		    n->text, key);
	else if (!is_public)
		base_log(LOG_LEVEL_INFO,
		    "%s is a %s address: participants in other networks can't reach it; for them set %s to the public "
		    "address of this machine",
		    n->text, kind, key);
}

static void
say_turn(const struct launcher_turn *t)
{
	if (t->is_on)
		base_log(LOG_LEVEL_INFO, "media is relayed for %s at UDP port %d%s", t->domain, t->udp_port,
		    t->tls_port == 0 ? "" : " and over TLS");
	if (*t->note != '\0')
		base_log(LOG_LEVEL_INFO, "%s", t->note);
}

void
launcher_setup_say(const struct launcher_setup *s)
{
	if (s->plan.static_path != NULL)
		base_log(LOG_LEVEL_INFO, "LiveKit runs with %s as it is (livekit.configPath)", s->plan.static_path);
	launcher_binary_warn(s->binary);
	say_node_ip(&s->plan);
	say_turn(&s->plan.turn);
}
