/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers on the wire say to the doctor. The first byte of the input chooses: a message of LiveKit's signalling,
 * a STUN message, an ICE candidate, the URL of an ICE server. What is taken stands within its bounds, and an accepted
 * STUN message answers nothing that it isn't signed for.
 */
#include "tests/fuzz/fuzz.h"

#include "ctl/doctor/signal.h"
#include "ctl/doctor/turnclient.h"

static void
check_candidate(const struct ice_candidate *c)
{
	char text[STUN_ADDRESS_TEXT];

	stun_address_text(&c->address, text);
	FUZZ_MUST(c->address.ss_family == AF_INET || c->address.ss_family == AF_INET6);
	FUZZ_MUST(strcmp(text, c->text) == 0 && !c->is_answered);
}

static void
signalling(const uint8_t *p, size_t n)
{
	struct signal *s = calloc(1, sizeof *s);

	FUZZ_MUST(s != NULL);
	if (signal_take(s, p, n) == ERR_OK) {
		FUZZ_MUST(s->servers_n <= SIGNAL_SERVERS && s->candidates_n <= SIGNAL_CANDIDATES);
		FUZZ_MUST(strlen(s->version) < sizeof s->version && strlen(s->region) < sizeof s->region);
		FUZZ_MUST(strlen(s->pair.remote) < ICE_WORD && strlen(s->pair.password) < ICE_WORD);
		for (size_t i = 0; i < s->servers_n; i++)
			FUZZ_MUST(strlen(s->servers[i].url) < SIGNAL_URL &&
				  strlen(s->servers[i].username) < SIGNAL_WORD &&
				  strlen(s->servers[i].credential) < SIGNAL_WORD);
		for (size_t i = 0; i < s->candidates_n; i++)
			check_candidate(&s->candidates[i]);
	}
	free(s);
}

static void
stun(const uint8_t *p, size_t n)
{
	static const struct ice_pair pair = {.local = "a", .remote = "b", .password = "no input is signed with this"};
	static const unsigned kinds[] = {STUN_USERNAME, STUN_INTEGRITY, STUN_ERROR_CODE, STUN_REALM, STUN_NONCE,
	    STUN_DATA_BYTES, STUN_MAPPED_ADDRESS, STUN_RELAYED_ADDRESS, STUN_FINGERPRINT};
	struct sockaddr_storage a;
	struct stun m;
	const unsigned char *found;
	size_t length;

	if (n >= STUN_HEAD)
		FUZZ_MUST(stun_length(p) == 0 || (stun_length(p) >= STUN_HEAD && stun_length(p) <= STUN_MOST));
	if (stun_check(p, n) != ERR_OK)
		return;
	FUZZ_MUST(n <= STUN_MOST && stun_length(p) == n);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		found = stun_find(p, n, kinds[i], &length);
		FUZZ_MUST(found == NULL ? length == 0 : found >= p + STUN_HEAD + 4 && found + length <= p + n);
	}
	if (stun_address(p, n, STUN_MAPPED_ADDRESS, &a) == ERR_OK)
		FUZZ_MUST(a.ss_family == AF_INET || a.ss_family == AF_INET6);
	FUZZ_MUST(stun_error(p, n) == 0 || (stun_error(p, n) >= 300 && stun_error(p, n) <= 699));
	FUZZ_MUST(ice_request(&pair, &m) == ERR_OK);
	memcpy(m.p + 4, p + 4, 16);
	FUZZ_MUST(!ice_is_answer(&pair, &m, p, n));
}

static void
url(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);
	struct turnclient_url u;

	FUZZ_MUST(text != NULL);
	memcpy(text, p, n);
	text[n] = '\0';
	if (turnclient_url(text, &u) == ERR_OK) {
		FUZZ_MUST(u.port >= 1 && u.port <= 65535 && *u.host != '\0' && strlen(u.host) < sizeof u.host);
		FUZZ_MUST(strpbrk(u.host, "?[]") == NULL && strstr(text, u.host) != NULL);
	}
	free(text);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	struct ice_candidate c;

	if (n == 0)
		return 0;
	switch (p[0] % 4) {
	case 0:
		signalling(p + 1, n - 1);
		break;
	case 1:
		stun(p + 1, n - 1);
		break;
	case 2:
		if (ice_read((const char *)p + 1, n - 1, &c) == ERR_OK)
			check_candidate(&c);
		break;
	default:
		url(p + 1, n - 1);
	}
	return 0;
}
