/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine's packet filter does to a new packet from outside: rules of nftables and iptables read from what
 * `nft -j list ruleset` and `iptables-save` print. Pure: text in, verdict out. It understands what people write to let
 * ports in; a rule with any other condition (an address, an interface, a limit) counts as "perhaps".
 */
#ifndef CTL_DOCTOR_FIREWALL_H
#define CTL_DOCTOR_FIREWALL_H
#include "base/arena.h"

enum firewall_answer { FIREWALL_LETS_IN, FIREWALL_PERHAPS, FIREWALL_DROPS };

struct firewall_chain {
	struct firewall_chain *next;
	const char *family, *table, *name;	/* "ip", "ip6", "inet"; a table "iptables…" is that program's */
	int is_input;				/* packets to this machine come here by themselves */
	int is_dropping;			/* what no rule decides is dropped */
	struct firewall_rule *rules, **last;
};

struct firewall {
	struct base_arena *arena;
	struct firewall_chain *chains;
};

void firewall_init(struct firewall *f, struct base_arena *arena);

/* ERR_INPUT: it isn't what `nft -j list ruleset` prints; ERR_NOMEM. What was read before counts. */
enum err firewall_read_nft(struct firewall *f, const char *json, size_t n) BASE_MUST_CHECK;

/*
 * What iptables-save ("ip") or ip6tables-save ("ip6") prints: its table filter, kept by the name `table`. It takes the
 * place of a chain INPUT that nft showed. ERR_NOMEM.
 */
enum err firewall_read_iptables(struct firewall *f, const char *text, const char *family,
    const char *table) BASE_MUST_CHECK;

/*
 * What becomes of a packet of a new exchange to a port. When it is dropped *where is the chain that does it, else NULL.
 */
enum firewall_answer firewall_ask(const struct firewall *f, int is_v6, int is_udp, int port,
    const struct firewall_chain **where);

#endif
