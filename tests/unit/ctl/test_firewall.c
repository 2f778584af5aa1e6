/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ctl/findings.h"

#include "ctl/doctor/shield.h"

/* The fixtures were printed by nft 1.0.6 and iptables 1.8.9 (legacy, and nft's view of iptables-nft). */
static char *
fixture(struct doctor *d, const char *name)
{
	struct base_buf b;
	char path[512], *text;

	assert_non_null(getenv("BEDRUD_FIXTURES"));
	(void)snprintf(path, sizeof path, "%s/firewall/%s", getenv("BEDRUD_FIXTURES"), name);
	base_buf_init(&b, 1 << 20);
	assert_ok(base_buf_read_file(&b, path));
	text = base_arena_dup(&d->arena, b.p, b.n);
	assert_non_null(text);
	base_buf_free(&b);
	return text;
}

static void
ask(const struct firewall *f, int is_udp, int port, enum firewall_answer expected)
{
	const struct firewall_chain *where;
	enum firewall_answer answer = firewall_ask(f, 0, is_udp, port, &where);

	if (answer != expected)
		fail_msg("%s %d: %d, expected %d", is_udp ? "udp" : "tcp", port, (int)answer, (int)expected);
	assert_true((where != NULL) == (expected == FIREWALL_DROPS));
}

static void
nftables(void **state)
{
	static const char odd[] = "{\"nftables\":[1,{\"rule\":2},{\"chain\":{}}]}";
	struct firewall f;
	struct doctor d;
	char *text;

	(void)state;
	findings_open(&d);
	firewall_init(&f, &d.arena);
	ask(&f, 0, 7881, FIREWALL_LETS_IN); /* no rules at all */
	text = fixture(&d, "nft.json");
	assert_ok(firewall_read_nft(&f, text, strlen(text)));
	ask(&f, 0, 443, FIREWALL_LETS_IN);
	ask(&f, 0, 7881, FIREWALL_LETS_IN);
	ask(&f, 1, 7881, FIREWALL_DROPS);
	ask(&f, 0, 7882, FIREWALL_DROPS);
	ask(&f, 1, 50000, FIREWALL_LETS_IN);
	ask(&f, 1, 60001, FIREWALL_DROPS);
	ask(&f, 1, 3478, FIREWALL_PERHAPS);
	ask(&f, 0, 5349, FIREWALL_LETS_IN); /* by a chain of its own */
	ask(&f, 1, 5349, FIREWALL_DROPS);
	assert_err(ERR_INPUT, firewall_read_nft(&f, "Error: x", 8));
	assert_err(ERR_INPUT, firewall_read_nft(&f, "{}", 2));
	assert_ok(firewall_read_nft(&f, odd, sizeof odd - 1));
	findings_close(&d);
}

static void
iptables(void **state)
{
	struct firewall f;
	struct doctor d;
	char *text;

	(void)state;
	findings_open(&d);
	firewall_init(&f, &d.arena);
	text = fixture(&d, "iptables-nft.json");
	assert_ok(firewall_read_nft(&f, text, strlen(text)));
	ask(&f, 1, 5000, FIREWALL_PERHAPS); /* nft has no words for conntrack's condition */
	assert_ok(firewall_read_iptables(&f, fixture(&d, "iptables-save"), "ip", "iptables"));
	ask(&f, 0, 22, FIREWALL_LETS_IN);
	ask(&f, 0, 7050, FIREWALL_LETS_IN);
	ask(&f, 0, 7881, FIREWALL_LETS_IN);
	ask(&f, 0, 7882, FIREWALL_DROPS);
	ask(&f, 1, 55555, FIREWALL_LETS_IN);
	ask(&f, 0, 55555, FIREWALL_DROPS);
	ask(&f, 1, 3478, FIREWALL_PERHAPS);
	ask(&f, 0, 9000, FIREWALL_LETS_IN);
	findings_close(&d);
}

/* What ufw makes: what isn't for this machine is dropped in a chain of its own, which says nothing about us. */
static void
conditions(void **state)
{
	static const char text[] =
	    "*nat\n:INPUT DROP [0:0]\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n:not-local - [0:0]\n"
	    "-A INPUT -j not-local\n-A INPUT ! -i lo -p tcp --dport 1 -j ACCEPT\n"
	    "-A INPUT ! -p tcp --dport 2 -j ACCEPT\n-A not-local -m addrtype --dst-type LOCAL -j RETURN\n"
	    "-A not-local -j DROP\n-A INPUT -p udp --dport 3 -m conntrack --ctstate NEW -j ACCEPT\n"
	    "-A INPUT -p udp --dport 4 -m limit --limit 1/s -j ACCEPT\n-A INPUT \"\n-A\n-A NOWHERE -j DROP\n";
	struct firewall f;
	struct doctor d;

	(void)state;
	findings_open(&d);
	firewall_init(&f, &d.arena);
	assert_ok(firewall_read_iptables(&f, text, "ip", "iptables"));
	ask(&f, 0, 1, FIREWALL_LETS_IN);
	ask(&f, 1, 2, FIREWALL_LETS_IN);
	ask(&f, 0, 2, FIREWALL_DROPS);
	ask(&f, 1, 3, FIREWALL_LETS_IN);
	ask(&f, 1, 4, FIREWALL_PERHAPS);
	ask(&f, 1, 5, FIREWALL_DROPS);
	findings_close(&d);
}

/* Packets that begin no connection are often dropped first; a new one has SYN alone. */
static void
flags(void **state)
{
	static const char text[] =
	    "*filter\n:INPUT DROP [0:0]\n"
	    "-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m state --state NEW -j DROP\n"
	    "-A INPUT -p tcp -m tcp ! --syn -m state --state NEW -j DROP\n"
	    "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP\n"
	    "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -j DROP\n"
	    "-A INPUT -p tcp -m tcp --tcp-flags ALL ALL -j DROP\n"
	    "-A INPUT -p tcp -m tcp --tcp-flags SYN,FIN SYN,FIN -j DROP\n"
	    "-A INPUT -p tcp -m tcp --dport 7881 -j ACCEPT\n"
	    "-A INPUT -p tcp -m tcp --dport 7880 --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT\n"
	    "-A INPUT -p tcp -m tcp --dport 7879 --syn -j ACCEPT\n"
	    "-A INPUT -p tcp -m tcp --tcp-flags ACK,FIN NONE --dport 7878 -j DROP\n"
	    "-A INPUT -p tcp -m tcp --dport 7870:7878 -j ACCEPT\n-A INPUT -p tcp --tcp-flags SYN\n";
	struct firewall f;
	struct doctor d;

	(void)state;
	findings_open(&d);
	firewall_init(&f, &d.arena);
	assert_ok(firewall_read_iptables(&f, text, "ip", "iptables"));
	ask(&f, 0, 7881, FIREWALL_LETS_IN);
	ask(&f, 0, 7880, FIREWALL_LETS_IN);
	ask(&f, 0, 7879, FIREWALL_LETS_IN);
	ask(&f, 0, 7878, FIREWALL_DROPS);
	ask(&f, 0, 7877, FIREWALL_LETS_IN);
	ask(&f, 0, 7882, FIREWALL_DROPS);
	findings_close(&d);
}

static void
findings_with_the_rule(void **state)
{
	static const struct doctor_need udp = {"media over UDP", 1, 59000, 61000},
					tcp = {"media over TCP", 0, 7881, 7881};
	static const struct doctor_need turn = {"the relay over UDP", 1, 3478, 3478};
	struct firewall f;
	struct doctor d;
	char *text;

	(void)state;
	findings_open(&d);
	firewall_init(&f, &d.arena);
	text = fixture(&d, "nft.json");
	assert_ok(firewall_read_nft(&f, text, strlen(text)));
	doctor_shield_judge(&d, &f, 0, &tcp, 1);
	findings_one(&d, DOCTOR_OK, "firewall.input", "lets in TCP port 7881 (media over TCP)", "");
	doctor_shield_judge(&d, &f, 0, &turn, 1);
	findings_one(&d, DOCTOR_WARNING, "firewall.input", "UDP port 3478", "UDP port 3478");
	doctor_shield_judge(&d, &f, 0, &udp, 1);
	findings_one(&d, DOCTOR_ERROR, "firewall.input", "drops what comes to UDP ports 59000 to 61000",
	    "nft insert rule inet filter input udp dport 59000-61000 accept");
	firewall_init(&f, &d.arena);
	assert_ok(firewall_read_iptables(&f, "*filter\n:INPUT DROP [0:0]\n", "ip", "iptables-legacy"));
	doctor_shield_judge(&d, &f, 0, &udp, 1);
	findings_one(&d, DOCTOR_ERROR, "firewall.input", "UDP ports 59000 to 61000 (media over UDP)",
	    "-p udp --dport 59000:61000 -j ACCEPT");
	doctor_shield_judge(&d, &f, 1, &udp, 1); /* IPv6 isn't concerned */
	findings_one(&d, DOCTOR_OK, "firewall.input", "lets in", "");
	findings_close(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nftables),
	    cmocka_unit_test(iptables),
	    cmocka_unit_test(conditions),
	    cmocka_unit_test(flags),
	    cmocka_unit_test(findings_with_the_rule),
	};

	return RUN(tests);
}
