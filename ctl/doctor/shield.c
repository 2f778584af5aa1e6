/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this machine's packet filter lets participants' media in, and the rule that would. */
#include "ctl/doctor/shield.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "livekit-launcher/child.h"

#define ASK_MS 5000
#define RULESET ((size_t)8 << 20)

/* What the tool at the first place that has it prints; 0 when there is none, or we may not ask. */
static int
print(const char *const *places, char *const argv[], struct base_buf *out)
{
	for (; *places != NULL; places++)
		if (access(*places, X_OK) == 0)
			return launcher_child_capture(*places, argv, -1, ASK_MS, out) == ERR_OK && out->n > 0;
	return 0;
}

static int
read_nft(struct firewall *f)
{
	static const char *const places[] = {"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", NULL};
	char *argv[] = {(char[]){"nft"}, (char[]){"-j"}, (char[]){"list"}, (char[]){"ruleset"}, NULL};
	struct base_buf out;
	int ok;

	base_buf_init(&out, RULESET);
	ok = print(places, argv, &out) && firewall_read_nft(f, out.p, out.n) == ERR_OK;
	base_buf_free(&out);
	return ok;
}

/* Asking for the rules of iptables-legacy loads its module, so it is asked only where the kernel has tables of it. */
static int
has_legacy(int is_v6)
{
	FILE *f = fopen(is_v6 ? "/proc/net/ip6_tables_names" : "/proc/net/ip_tables_names", "re");
	int ok = f != NULL && fgetc(f) != EOF;

	if (f != NULL)
		(void)fclose(f);
	return ok;
}

/* By both of its kinds: the rules of iptables-legacy are no rules of nft's. */
static int
read_iptables(struct firewall *f, int is_v6, int is_legacy)
{
	static const char *const v4[] = {"/usr/sbin/iptables-save", "/sbin/iptables-save", NULL};
	static const char *const v6[] = {"/usr/sbin/ip6tables-save", "/sbin/ip6tables-save", NULL};
	static const char *const legacy4[] = {"/usr/sbin/iptables-legacy-save", "/sbin/iptables-legacy-save", NULL};
	static const char *const legacy6[] = {"/usr/sbin/ip6tables-legacy-save", "/sbin/ip6tables-legacy-save", NULL};
	const char *const *places = is_legacy ? (is_v6 ? legacy6 : legacy4) : is_v6 ? v6 : v4;
	char name[] = "ip6tables-legacy-save", *argv[] = {name, NULL};
	struct base_buf out;
	int ok;

	/* The name by which it is called says what it does. */
	(void)snprintf(name, sizeof name, "%s%s-save", is_v6 ? "ip6tables" : "iptables", is_legacy ? "-legacy" : "");
	base_buf_init(&out, RULESET);
	ok = print(places, argv, &out) && firewall_read_iptables(f, out.p, is_v6 ? "ip6" : "ip",
					      is_legacy ? "iptables-legacy" : "iptables") == ERR_OK;
	base_buf_free(&out);
	return ok;
}

/* The command that lets the ports in, in the language of whoever made the chain. */
static const char *
command(struct doctor *d, const struct firewall_chain *where, const struct doctor_need *n)
{
	const char *legacy = strcmp(where->table, "iptables-legacy") == 0 ? "-legacy" : "";
	const char *proto = n->is_udp ? "udp" : "tcp",
		   *tool = strcmp(where->family, "ip6") == 0 ? "ip6tables" : "iptables";
	const char *dash = n->from == n->to ? doctor_text(d, "%d", n->from) : doctor_text(d, "%d-%d", n->from, n->to);
	const char *colon = n->from == n->to ? dash : doctor_text(d, "%d:%d", n->from, n->to);

	if (strcmp(where->table, "firewalld") == 0)
		return doctor_text(
		    d, "firewall-cmd --permanent --add-port=%s/%s && firewall-cmd --reload", dash, proto);
	if (access("/etc/ufw/ufw.conf", F_OK) == 0 && strcmp(where->name, "INPUT") == 0)
		return doctor_text(d, "ufw allow %s/%s", colon, proto);
	if (strncmp(where->table, "iptables", 8) == 0 || strcmp(where->name, "INPUT") == 0)
		return doctor_text(d, "%s%s -I %s -p %s --dport %s -j ACCEPT, and keep it (netfilter-persistent save)",
		    tool, legacy, where->name, proto, colon);
	return doctor_text(d, "nft insert rule %s %s %s %s dport %s accept, and put the rule into /etc/nftables.conf",
	    where->family, where->table, where->name, proto, dash);
}

void
doctor_shield_judge(struct doctor *d, const struct firewall *f, int is_v6, const struct doctor_need *needs, size_t n)
{
	const struct firewall_chain *where, *last;
	enum firewall_answer answer, worst;
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		const struct doctor_need *need = &needs[i];
		const int ports[] = {need->from, need->from + (need->to - need->from) / 2, need->to};
		const char *text = doctor_text(d, need->from == need->to ? "%s port %d" : "%s ports %d to %d",
		    need->is_udp ? "UDP" : "TCP", need->from, need->to);

		worst = FIREWALL_LETS_IN;
		last = NULL;
		for (k = 0; k < 3; k++) {
			answer = firewall_ask(f, is_v6, need->is_udp, ports[k], &where);
			if (answer > worst) {
				worst = answer;
				last = where;
			}
		}
		if (worst == FIREWALL_DROPS)
			doctor_error(d, "firewall.input",
			    doctor_text(d, "%s; and the same in a firewall of your provider, if there is one",
				command(d, last, need)),
			    "the packet filter of this machine drops what comes to %s (%s): its chain %s %s %s has no "
			    "rule "
			    "that accepts it",
			    text, need->what, last->family, last->table, last->name);
		else if (worst == FIREWALL_PERHAPS)
			doctor_warn(d, "firewall.input",
			    doctor_text(d, "see that participants from everywhere may reach %s", text),
			    "the packet filter of this machine lets in what comes to %s (%s) only under some condition",
			    text, need->what);
		else
			doctor_ok(
			    d, "firewall.input", "the packet filter of this machine lets in %s (%s)", text, need->what);
	}
}

static size_t
list(const struct launcher_plan *p, struct doctor_need needs[5])
{
	size_t n = 0;

	if (p->tcp_port != 0)
		needs[n++] = (struct doctor_need){"media over TCP", 0, p->tcp_port, p->tcp_port};
	if (p->udp_port != 0)
		needs[n++] = (struct doctor_need){"media over UDP", 1, p->udp_port, p->udp_port};
	else
		needs[n++] = (struct doctor_need){"media over UDP", 1, p->udp_start, p->udp_end};
	if (p->turn.is_on && p->turn.udp_port != 0)
		needs[n++] = (struct doctor_need){"the relay over UDP", 1, p->turn.udp_port, p->turn.udp_port};
	if (p->turn.is_on && p->turn.tls_port != 0 && !p->turn.is_tls_outside)
		needs[n++] = (struct doctor_need){"the relay over TLS", 0, p->turn.tls_port, p->turn.tls_port};
	return n;
}

void
doctor_shield(struct doctor *d)
{
	struct doctor_need needs[5];
	struct firewall f;
	int seen;

	if (!d->has_plan)
		return;
	if (geteuid() != 0) {
		doctor_ok(d, "firewall.input",
		    "the rules of this machine's packet filter are root's to read: run this as root to have them "
		    "looked at");
		return;
	}
	firewall_init(&f, &d->arena);
	seen = read_nft(&f);
	seen = read_iptables(&f, d->plan.node.is_v6, 0) || seen;
	if (has_legacy(d->plan.node.is_v6))
		seen = read_iptables(&f, d->plan.node.is_v6, 1) || seen;
	if (seen)
		doctor_shield_judge(d, &f, d->plan.node.is_v6, needs, list(&d->plan, needs));
	else
		doctor_ok(d, "firewall.input", "no packet filter of this machine could be asked (nft, iptables-save)");
}
