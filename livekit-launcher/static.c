/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/static.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "livekit/address.h"

/* A document, and the file that messages name. */
struct reader {
	const char *path;
	yaml_document_t doc;
	int is_bad;		/* a complaint was made */
};

enum err
launcher_static_text(const char *path, struct base_buf *text)
{
	enum err e = base_buf_read_file(text, path);

	if (e == ERR_OK || e == ERR_NOMEM)
		return e;
	if (e == ERR_TOO_BIG)
		return base_log_err(ERR_CONFIG, "%s is bigger than %zu bytes: name LiveKit's configuration in "
		    "livekit.configPath", path, text->ceiling);
	return base_log_err(ERR_CONFIG,
	    "unable to read LiveKit's configuration %s (livekit.configPath): %s; let the user of livekit-launcher read "
	    "it, or leave livekit.configPath out", path, strerror(errno));
}

/* 1 with the document loaded; 0 after saying where the text is no YAML. */
static int
load(struct reader *r, const struct base_buf *text)
{
	yaml_parser_t p;
	int ok;

	if (!yaml_parser_initialize(&p))
		return 0;
	yaml_parser_set_input_string(&p, (const unsigned char *)(text->p == NULL ? "" : text->p), text->n);
	ok = yaml_parser_load(&p, &r->doc);
	if (!ok)
		base_log(LOG_LEVEL_ERROR, "%s:%zu:%zu: this is not YAML: %s", r->path, p.problem_mark.line + 1,
		    p.problem_mark.column + 1, p.problem == NULL ? "no memory" : p.problem);
	yaml_parser_delete(&p);
	return ok;
}

/* What a mapping has by that name (n bytes), the last one; NULL for none. */
static yaml_node_t *
child(struct reader *r, const yaml_node_t *map, const char *name, size_t n)
{
	yaml_node_t *found = NULL, *k;
	yaml_node_pair_t *i;

	if (map == NULL || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (i = map->data.mapping.pairs.start; i < map->data.mapping.pairs.top; i++) {
		k = yaml_document_get_node(&r->doc, i->key);
		if (k != NULL && k->type == YAML_SCALAR_NODE && k->data.scalar.length == n &&
		    memcmp(k->data.scalar.value, name, n) == 0)
			found = yaml_document_get_node(&r->doc, i->value);
	}
	return found;
}

/* The node at a path like "rtc/tcp_port"; NULL for none. */
static yaml_node_t *
at(struct reader *r, const char *path)
{
	yaml_node_t *n = yaml_document_get_root_node(&r->doc);
	size_t k;

	for (; n != NULL; path += k + 1) {
		k = strcspn(path, "/");
		n = child(r, n, path, k);
		if (path[k] == '\0')
			break;
	}
	return n;
}

static const char *
text_of(const yaml_node_t *n)
{
	return n == NULL || n->type != YAML_SCALAR_NODE ? "" : (const char *)n->data.scalar.value;
}

/* The number at the path, `fallback` without one. A complaint when it is no number up to 65535. */
static int
port_at(struct reader *r, const char *path, int fallback)
{
	yaml_node_t *n = at(r, path);
	long long v;

	if (*text_of(n) == '\0')
		return fallback;
	if (base_text_int(text_of(n), 0, 65535, &v) == ERR_OK)
		return (int)v;
	base_log(LOG_LEVEL_ERROR, "%s:%zu: %s is no port: give a decimal number from 1 to 65535", r->path,
	    n->start_mark.line + 1, path);
	r->is_bad = 1;
	return fallback;
}

static int
is_true_at(struct reader *r, const char *path)
{
	const char *text = text_of(at(r, path));

	return base_text_equal_nocase(text, "true") || base_text_equal_nocase(text, "yes") ||
	       base_text_equal_nocase(text, "on");
}

/* rtc.udp_port is a number, or "from-to" for a range whose ports are all opened at the start. */
static void
read_udp(struct reader *r, struct launcher_plan *p)
{
	const char *text = text_of(at(r, "rtc/udp_port"));
	int from, to, is_default;

	p->udp_port = 0;
	p->udp_start = port_at(r, "rtc/port_range_start", 0);
	p->udp_end = port_at(r, "rtc/port_range_end", 0);
	if (strchr(text, '-') != NULL && sscanf(text, "%5d - %5d", &from, &to) == 2 && from > 0 && from <= to &&
	    to <= 65535) {
		p->udp_start = from;
		p->udp_end = to;
		return;
	}
	p->udp_port = port_at(r, "rtc/udp_port", 0);
	is_default = p->udp_port == 0 && p->udp_start == 0 && p->udp_end == 0;
	if (is_default && is_true_at(r, "development"))
		p->udp_port = 7882;
	else if (is_default) {
		p->udp_start = 50000;
		p->udp_end = 60000;
	}
}

/* Where its HTTP answers: on loopback unless bind_addresses leaves that out. */
static void
read_bind(struct reader *r, struct launcher_plan *p)
{
	const yaml_node_t *list = at(r, "bind_addresses");
	yaml_node_item_t *i;

	if (list == NULL || list->type != YAML_SEQUENCE_NODE)
		return;
	for (i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++) {
		const char *a = text_of(yaml_document_get_node(&r->doc, *i)), *kind = livekit_address_kind(a);
		int is_first = i == list->data.sequence.items.start;

		if (*a == '\0' || strcmp(a, "0.0.0.0") == 0 || strcmp(a, "::") == 0 || strcmp(a, "127.0.0.1") == 0) {
			(void)snprintf(p->http_host, sizeof p->http_host, "127.0.0.1");
			return;
		}
		if (is_first && kind != NULL)
			(void)snprintf(p->http_host, sizeof p->http_host, "%s", a);
	}
}

static void
read_turn(struct reader *r, struct launcher_turn *t)
{
	t->is_on = is_true_at(r, "turn/enabled");
	if (!t->is_on)
		return;
	t->udp_port = port_at(r, "turn/udp_port", 0);
	t->tls_port = port_at(r, "turn/tls_port", 0);
	t->is_tls_outside = is_true_at(r, "turn/external_tls");
	t->relay_start = port_at(r, "turn/relay_range_start", 30000);
	t->relay_end = port_at(r, "turn/relay_range_end", 40000);
	(void)snprintf(t->domain, sizeof t->domain, "%s", text_of(at(r, "turn/domain")));
	if (t->tls_port == 0 || t->is_tls_outside)
		return;
	(void)snprintf(t->cert, sizeof t->cert, "%s", text_of(at(r, "turn/cert_file")));
	(void)snprintf(t->key, sizeof t->key, "%s", text_of(at(r, "turn/key_file")));
}

static void
read_node(struct reader *r, struct launcher_nodeip *n)
{
	const char *text = text_of(at(r, "rtc/node_ip")), *kind = livekit_address_kind(text);

	n->rule = "the file in livekit.configPath";
	if (kind == NULL)
		return; /* LiveKit finds one by itself, or has one for each family */
	(void)snprintf(n->text, sizeof n->text, "%s", text);
	n->is_v6 = strchr(text, ':') != NULL;
	n->is_loopback = strcmp(kind, "loopback") == 0;
}

/* 1 if that document has our key with our secret; has_key says whether the key alone is there. */
static int
has_pair(struct reader *r, const yaml_node_t *keys, const struct launcher_plan *p, int *has_key)
{
	const yaml_node_t *secret = child(r, keys, p->api_key, strlen(p->api_key));

	*has_key = *has_key || secret != NULL;
	return secret != NULL && strcmp(text_of(secret), p->api_secret) == 0;
}

/* LiveKit's key_file is YAML, too: KEY: SECRET. A relative name counts from the working directory, like LiveKit's. */
static int
has_pair_in_file(const char *path, const struct launcher_plan *p, int *has_key)
{
	struct reader r = {.path = path};
	struct base_buf text;
	struct stat st;
	int found = 0;

	base_buf_init(&text, LIMIT_CONFIG);
	if (stat(path, &st) == 0 && (st.st_mode & 07) != 0)
		base_log(
		    LOG_LEVEL_WARN, "LiveKit refuses the key file %s while others may read it: chmod 600 it", path);
	if (launcher_static_text(path, &text) == ERR_OK && load(&r, &text)) {
		found = has_pair(&r, yaml_document_get_root_node(&r.doc), p, has_key);
		yaml_document_delete(&r.doc);
	}
	if (text.p != NULL)
		base_mem_wipe(text.p, text.n);
	base_buf_free(&text);
	return found;
}

static void
check_keys(struct reader *r, const struct launcher_plan *p)
{
	const char *file = text_of(at(r, "key_file"));
	int has_key = 0;

	if (has_pair(r, at(r, "keys"), p, &has_key) || (*file != '\0' && has_pair_in_file(file, p, &has_key)))
		return;
	r->is_bad = 1;
	base_log(LOG_LEVEL_ERROR,
	    has_key ? "%s has another secret for livekit.apiKey than livekit.apiSecret, so LiveKit would refuse all "
		      "that Bedrud signs: make the two equal"
		    : "%s has no key of the name that livekit.apiKey gives, so LiveKit would refuse all that Bedrud "
		      "signs: add a line \"KEY: SECRET\" with livekit.apiKey and livekit.apiSecret below its keys:, "
		      "or set those two to a pair that stands there",
	    r->path);
}

/* Without it nobody tells Bedrud who is in a room. */
static void
check_webhook(struct reader *r, const struct launcher_plan *p)
{
	const yaml_node_t *urls = at(r, "webhook/urls");
	yaml_node_item_t *i;
	int found = 0;

	if (urls != NULL && urls->type == YAML_SEQUENCE_NODE)
		for (i = urls->data.sequence.items.start; i < urls->data.sequence.items.top; i++) {
			const char *url = text_of(yaml_document_get_node(&r->doc, *i));

			found |= strcmp(url, p->webhook) == 0 || strstr(url, LAUNCHER_WEBHOOK_PATH) != NULL;
		}
	if (!found)
		base_log(LOG_LEVEL_WARN,
		    "%s sends no events to Bedrud, which then doesn't learn who is in a room: add %s to its "
		    "webhook.urls",
		    r->path, p->webhook);
	else if (strcmp(text_of(at(r, "webhook/api_key")), p->api_key) != 0)
		base_log(LOG_LEVEL_WARN,
		    "%s signs its events with another key, so Bedrud refuses them: make its webhook.api_key the same "
		    "as livekit.apiKey",
		    r->path);
}

enum err
launcher_static_read(const char *path, const struct base_buf *text, struct launcher_plan *p)
{
	struct reader r = {.path = path};

	if (!load(&r, text))
		return ERR_CONFIG;
	p->port = port_at(&r, "port", 7880);
	p->tcp_port = port_at(&r, "rtc/tcp_port", 7881);
	read_udp(&r, p);
	read_bind(&r, p);
	read_turn(&r, &p->turn);
	read_node(&r, &p->node);
	if (p->port == 0) {
		base_log(LOG_LEVEL_ERROR, "%s: port is 0: give LiveKit a port", path);
		r.is_bad = 1;
	}
	check_keys(&r, p);
	if (!r.is_bad)
		check_webhook(&r, p);
	yaml_document_delete(&r.doc);
	return r.is_bad ? ERR_CONFIG : ERR_OK;
}
