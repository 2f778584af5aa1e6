/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/firewall.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define JUMPS 16 /* deeper than that nobody nests chains */
#define PORTS 32 /* ranges of one rule */

enum verdict { GOES_ON, ACCEPTS, DROPS, RETURNS, JUMPS_TO };

struct firewall_rule {
	struct firewall_rule *next;
	int is_never;	/* no new packet from outside */
	int is_perhaps; /* a condition that we don't understand */
	int no_tcp, no_udp;
	struct {
		int from, to;
	} ports[PORTS];
	unsigned n_ports; /* 0: all */
	enum verdict verdict;
	const char *target; /* JUMPS_TO */
};

void
firewall_init(struct firewall *f, struct base_arena *arena)
{
	*f = (struct firewall){.arena = arena};
}

static struct firewall_chain *
find_chain(const struct firewall *f, const char *family, const char *table, const char *name)
{
	struct firewall_chain *c;

	for (c = f->chains; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0 && strcmp(c->table, table) == 0 && strcmp(c->family, family) == 0)
			return c;
	return NULL;
}

static struct firewall_chain *
add_chain(struct firewall *f, const char *family, const char *table, const char *name)
{
	struct firewall_chain *c = base_arena_alloc(f->arena, sizeof *c);

	if (c == NULL)
		return NULL;
	c->family = base_arena_strdup(f->arena, family);
	c->table = base_arena_strdup(f->arena, table);
	c->name = base_arena_strdup(f->arena, name);
	if (c->family == NULL || c->table == NULL || c->name == NULL)
		return NULL;
	c->last = &c->rules;
	c->next = f->chains;
	f->chains = c;
	return c;
}

static struct firewall_rule *
add_rule(struct firewall *f, struct firewall_chain *c)
{
	struct firewall_rule *r = base_arena_alloc(f->arena, sizeof *r);

	if (r == NULL)
		return NULL;
	*c->last = r;
	c->last = &r->next;
	return r;
}

static void
add_ports(struct firewall_rule *r, int from, int to)
{
	if (r->n_ports == PORTS) {
		r->is_perhaps = 1;
		return;
	}
	r->ports[r->n_ports].from = from;
	r->ports[r->n_ports].to = to;
	r->n_ports++;
}

static int
matches(const struct firewall_rule *r, int is_udp, int port)
{
	unsigned i;

	if (r->is_never || (is_udp ? r->no_udp : r->no_tcp))
		return 0;
	for (i = 0; i < r->n_ports; i++)
		if (port >= r->ports[i].from && port <= r->ports[i].to)
			return 1;
	return r->n_ports == 0;
}

/* What a chain says; GOES_ON when nothing in it decides. *perhaps: a rule with an unknown condition would let it in. */
static enum verdict
walk(const struct firewall *f, const struct firewall_chain *c, int is_udp, int port, int depth, int *perhaps)
{
	const struct firewall_chain *target;
	const struct firewall_rule *r;
	enum verdict v;
	int inside;

	for (r = c->rules; r != NULL; r = r->next) {
		if (!matches(r, is_udp, port))
			continue;
		inside = 0;
		v = r->verdict;
		if (v == JUMPS_TO) {
			target = depth < JUMPS ? find_chain(f, c->family, c->table, r->target) : NULL;
			v = target == NULL ? GOES_ON : walk(f, target, is_udp, port, depth + 1, &inside);
		}
		*perhaps = *perhaps || inside || (r->is_perhaps && (v == ACCEPTS || v == RETURNS));
		if (v == RETURNS && r->verdict == RETURNS && !r->is_perhaps)
			return GOES_ON;
		if (!r->is_perhaps && (v == ACCEPTS || v == DROPS))
			return v;
	}
	return GOES_ON;
}

enum firewall_answer
firewall_ask(const struct firewall *f, int is_v6, int is_udp, int port, const struct firewall_chain **where)
{
	enum firewall_answer answer = FIREWALL_LETS_IN;
	const struct firewall_chain *c;
	enum verdict v;
	int perhaps;

	*where = NULL;
	for (c = f->chains; c != NULL; c = c->next) {
		if (!c->is_input || strcmp(c->family, is_v6 ? "ip" : "ip6") == 0)
			continue;
		perhaps = 0;
		v = walk(f, c, is_udp, port, 0, &perhaps);
		if (v == ACCEPTS || (v == GOES_ON && !c->is_dropping))
			continue;
		if (perhaps && answer == FIREWALL_LETS_IN)
			answer = FIREWALL_PERHAPS;
		if (!perhaps) {
			answer = FIREWALL_DROPS;
			*where = c;
		}
	}
	return answer;
}

/* nftables. Of something that is no object there are no members. */

static json_object *
get(json_object *o, const char *name)
{
	json_object *v = NULL;

	(void)json_object_object_get_ex(o, name, &v);
	return v;
}

static const char *
str(json_object *o, const char *name)
{
	json_object *v = get(o, name);

	return v != NULL && json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

/* A port, a range or a set of them. */
static void
take_ports(struct firewall_rule *r, json_object *right)
{
	json_object *set = get(right, "set"), *range = get(right, "range");
	size_t i;

	if (json_object_is_type(right, json_type_int)) {
		add_ports(r, json_object_get_int(right), json_object_get_int(right));
	} else if (range != NULL && json_object_is_type(range, json_type_array) &&
		   json_object_array_length(range) == 2) {
		add_ports(r, json_object_get_int(json_object_array_get_idx(range, 0)),
		    json_object_get_int(json_object_array_get_idx(range, 1)));
	} else if (set != NULL && json_object_is_type(set, json_type_array)) {
		for (i = 0; i < json_object_array_length(set); i++)
			take_ports(r, json_object_array_get_idx(set, i));
	} else {
		r->is_perhaps = 1; /* a named set, a map */
	}
}

/* Whether a word is `right`, or one of its set or list. */
static int
says(json_object *right, const char *word)
{
	json_object *set = get(right, "set");
	size_t i;

	if (set != NULL)
		right = set;
	if (json_object_is_type(right, json_type_string))
		return strcmp(json_object_get_string(right), word) == 0;
	if (!json_object_is_type(right, json_type_array))
		return 0;
	for (i = 0; i < json_object_array_length(right); i++)
		if (json_object_is_type(json_object_array_get_idx(right, i), json_type_string) &&
		    strcmp(json_object_get_string(json_object_array_get_idx(right, i)), word) == 0)
			return 1;
	return 0;
}

static void
take_protocol(struct firewall_rule *r, json_object *right, int is_not)
{
	r->no_tcp = r->no_tcp || says(right, "tcp") == is_not;
	r->no_udp = r->no_udp || says(right, "udp") == is_not;
}

static void
take_match(struct firewall_rule *r, json_object *match)
{
	json_object *left = get(match, "left"), *right = get(match, "right");
	json_object *payload = get(left, "payload"), *meta = get(left, "meta");
	json_object *ct = get(left, "ct");
	const char *protocol = str(payload, "protocol"), *field = str(payload, "field"), *key = str(meta, "key");
	int is_not = strcmp(str(match, "op"), "!=") == 0;

	if (strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0) {
		r->no_tcp = r->no_tcp || strcmp(protocol, "udp") == 0;
		r->no_udp = r->no_udp || strcmp(protocol, "tcp") == 0;
	}
	if (strcmp(field, "dport") == 0 && !is_not) {
		take_ports(r, right);
	} else if (strcmp(key, "l4proto") == 0 || strcmp(field, "protocol") == 0 || strcmp(field, "nexthdr") == 0) {
		take_protocol(r, right, is_not);
	} else if (ct != NULL && strcmp(str(ct, "key"), "state") == 0) {
		r->is_never = r->is_never || says(right, "new") == is_not;
	} else if (strcmp(str(get(left, "fib"), "result"), "type") == 0) {
		r->is_never = r->is_never || says(right, "local") == is_not; /* what comes here is for us */
	} else if ((ct != NULL && strcmp(str(ct, "key"), "status") == 0) ||
		   ((strcmp(key, "iifname") == 0 || strcmp(key, "iif") == 0) && says(right, "lo"))) {
		/* translated already, or from this machine: nothing new from outside */
		r->is_never = r->is_never || !is_not;
	} else {
		r->is_perhaps = 1;
	}
}

static int
has(json_object *o, const char *name)
{
	return json_object_object_get_ex(o, name, NULL);
}

/* Statements that change nothing about whom a rule concerns. */
static int
is_harmless(json_object *e)
{
	return has(e, "counter") || has(e, "log") || has(e, "mangle") || has(e, "meta");
}

static void
take_expression(struct firewall *f, struct firewall_rule *r, json_object *e)
{
	json_object *match = get(e, "match"), *jump = get(e, "jump");

	if (jump == NULL)
		jump = get(e, "goto");
	if (match != NULL) {
		take_match(r, match);
	} else if (has(e, "accept")) {
		r->verdict = ACCEPTS;
	} else if (has(e, "drop") || has(e, "reject")) {
		r->verdict = DROPS;
	} else if (has(e, "return")) {
		r->verdict = RETURNS;
	} else if (jump != NULL) {
		r->verdict = JUMPS_TO;
		r->target = base_arena_strdup(f->arena, str(jump, "target"));
		if (r->target == NULL)
			r->verdict = GOES_ON;
	} else if (has(e, "vmap")) {
		r->is_perhaps = 1;
		if (get(get(get(e, "vmap"), "key"), "ct") == NULL)
			r->verdict = ACCEPTS;
	} else if (!is_harmless(e)) {
		r->is_perhaps = 1;
	}
}

static enum err
take_nft_rule(struct firewall *f, json_object *rule)
{
	struct firewall_chain *c = find_chain(f, str(rule, "family"), str(rule, "table"), str(rule, "chain"));
	json_object *expr = get(rule, "expr");
	struct firewall_rule *r;
	size_t i;

	if (c == NULL || !json_object_is_type(expr, json_type_array))
		return ERR_OK;
	r = add_rule(f, c);
	if (r == NULL)
		return ERR_NOMEM;
	for (i = 0; i < json_object_array_length(expr); i++)
		if (json_object_is_type(json_object_array_get_idx(expr, i), json_type_object))
			take_expression(f, r, json_object_array_get_idx(expr, i));
	return ERR_OK;
}

static enum err
take_nft_chain(struct firewall *f, json_object *chain)
{
	struct firewall_chain *c = add_chain(f, str(chain, "family"), str(chain, "table"), str(chain, "name"));

	if (c == NULL)
		return ERR_NOMEM;
	c->is_input = strcmp(str(chain, "hook"), "input") == 0 && strcmp(str(chain, "type"), "filter") == 0 &&
		      (strcmp(c->family, "inet") == 0 || strcmp(c->family, "ip") == 0 || strcmp(c->family, "ip6") == 0);
	c->is_dropping = strcmp(str(chain, "policy"), "drop") == 0;
	return ERR_OK;
}

enum err
firewall_read_nft(struct firewall *f, const char *json, size_t n)
{
	json_object *all, *list, *chain, *rule;
	enum err e = base_json_object(f->arena, json, n, &all);
	size_t i;

	if (e != ERR_OK)
		return e;
	list = get(all, "nftables");
	if (!json_object_is_type(list, json_type_array))
		return ERR_INPUT;
	for (i = 0; e == ERR_OK && i < json_object_array_length(list); i++) {
		chain = get(json_object_array_get_idx(list, i), "chain");
		if (chain != NULL)
			e = take_nft_chain(f, chain);
	}
	for (i = 0; e == ERR_OK && i < json_object_array_length(list); i++) {
		rule = get(json_object_array_get_idx(list, i), "rule");
		if (rule != NULL)
			e = take_nft_rule(f, rule);
	}
	return e;
}

/* iptables. */

/* "5000", "5000:6000", or several with commas. */
static void
take_port_words(struct firewall_rule *r, const char *s)
{
	char *end;
	long from, to;

	for (; *s != '\0'; s = *end == ',' ? end + 1 : end) {
		from = to = strtol(s, &end, 10);
		if (end == s)
			break;
		if (*end == ':')
			to = strtol(end + 1, &end, 10);
		add_ports(r, (int)from, (int)to);
		if (*end != ',')
			break;
	}
	if (r->n_ports == 0)
		r->is_perhaps = 1;
}

static void
take_target(struct firewall *f, struct firewall_rule *r, const char *word)
{
	if (strcmp(word, "ACCEPT") == 0) {
		r->verdict = ACCEPTS;
	} else if (strcmp(word, "DROP") == 0 || strcmp(word, "REJECT") == 0) {
		r->verdict = DROPS;
	} else if (strcmp(word, "RETURN") == 0) {
		r->verdict = RETURNS;
	} else {
		r->verdict = JUMPS_TO; /* to a chain; of LOG and its like there is none */
		r->target = base_arena_strdup(f->arena, word);
		if (r->target == NULL)
			r->verdict = GOES_ON;
	}
}

/*
 * "--tcp-flags FIN,SYN,RST,ACK SYN": of those flags, these alone are set. A new connection's packet has SYN alone; a
 * rule for packets that begin nothing (XMAS, NULL and the like) doesn't concern it.
 */
static void
take_flags(struct firewall_rule *r, const char *mask, const char *flags, int is_not)
{
	int sees_syn = strstr(mask, "SYN") != NULL || strcmp(mask, "ALL") == 0;
	int is_match = strcmp(flags, sees_syn ? "SYN" : "NONE") == 0;

	r->is_never = r->is_never || is_match == is_not;
}

/* One option with its value. */
static void
take_option(struct firewall *f, struct firewall_rule *r, const char *option, const char *value, int is_not)
{
	static const char *const harmless[] = {"-m", "--comment", "--reject-with", "--log-prefix", "--log-level"};
	size_t i;

	for (i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
		if (strcmp(option, harmless[i]) == 0)
			return;
	if (strcmp(option, "-p") == 0) {
		r->no_tcp = r->no_tcp || (strcmp(value, "tcp") != 0 && strcmp(value, "all") != 0) != is_not;
		r->no_udp = r->no_udp || (strcmp(value, "udp") != 0 && strcmp(value, "all") != 0) != is_not;
	} else if (!is_not && (strcmp(option, "--dport") == 0 || strcmp(option, "--dports") == 0)) {
		take_port_words(r, value);
	} else if (strcmp(option, "--state") == 0 || strcmp(option, "--ctstate") == 0) {
		r->is_never = r->is_never || (strstr(value, "NEW") == NULL) != is_not;
	} else if (strcmp(option, "--dst-type") == 0) {
		r->is_never = r->is_never || (strcmp(value, "LOCAL") == 0) == is_not;
	} else if (strcmp(option, "-i") == 0 && strcmp(value, "lo") == 0) {
		r->is_never = r->is_never || !is_not;
	} else if (strcmp(option, "-j") == 0 || strcmp(option, "-g") == 0) {
		take_target(f, r, value);
	} else {
		r->is_perhaps = 1;
	}
}

/* The next word; quotes hold blanks together. *rest goes behind it. NULL at the end. */
static char *
word(char **rest)
{
	char *s = *rest + strspn(*rest, " \t"), *end;

	if (*s == '\0')
		return NULL;
	end = *s == '"' ? strchr(s + 1, '"') : s + strcspn(s, " \t");
	if (end == NULL)
		end = s + strlen(s);
	if (*s == '"')
		s++;
	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	return s;
}

/* "-A CHAIN …" */
static enum err
take_iptables_rule(struct firewall *f, const char *family, const char *table, char *line)
{
	struct firewall_chain *c;
	struct firewall_rule *r;
	char *option, *value, *flags;
	int is_not;

	(void)word(&line);
	value = word(&line);
	c = value == NULL ? NULL : find_chain(f, family, table, value);
	if (c == NULL)
		return ERR_OK;
	r = add_rule(f, c);
	if (r == NULL)
		return ERR_NOMEM;
	while ((option = word(&line)) != NULL) {
		is_not = strcmp(option, "!") == 0;
		if (is_not && (option = word(&line)) == NULL)
			break;
		value = strcmp(option, "--syn") == 0 ? option : word(&line);
		flags = strcmp(option, "--tcp-flags") == 0 ? word(&line) : option;
		if (value == NULL || flags == NULL)
			break;
		if (value == option)
			r->is_never = r->is_never || is_not;
		else if (flags != option)
			take_flags(r, value, flags, is_not);
		else
			take_option(f, r, option, value, is_not);
	}
	return ERR_OK;
}

/* ":INPUT DROP [0:0]" */
static enum err
take_iptables_chain(struct firewall *f, const char *family, const char *table, char *line)
{
	struct firewall_chain *c;
	char *name, *policy;

	line++;
	name = word(&line);
	policy = word(&line);
	if (name == NULL || policy == NULL)
		return ERR_OK;
	c = add_chain(f, family, table, name);
	if (c == NULL)
		return ERR_NOMEM;
	c->is_input = strcmp(name, "INPUT") == 0;
	c->is_dropping = strcmp(policy, "DROP") == 0;
	return ERR_OK;
}

/* What iptables prints says more than nft does of the same chain: conditions that nft has no words for. */
static void
replace_nft(struct firewall *f, const char *family)
{
	struct firewall_chain *c = find_chain(f, family, "filter", "INPUT");

	if (c != NULL)
		c->is_input = 0;
}

enum err
firewall_read_iptables(struct firewall *f, const char *text, const char *family, const char *table)
{
	enum err e = ERR_OK;
	int is_filter = 0;
	char *line;
	size_t n;

	for (; e == ERR_OK && *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		line = base_arena_dup(f->arena, text, n);
		if (line == NULL)
			return ERR_NOMEM;
		if (*line == '*')
			is_filter = strcmp(line, "*filter") == 0;
		if (is_filter && *line == '*')
			replace_nft(f, family);
		else if (is_filter && *line == ':')
			e = take_iptables_chain(f, family, table, line);
		else if (is_filter && strncmp(line, "-A ", 3) == 0)
			e = take_iptables_rule(f, family, table, line);
	}
	return e;
}
