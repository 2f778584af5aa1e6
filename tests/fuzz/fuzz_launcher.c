/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launcher's two writers. Lines of input are the API key, its secret, then LiveKit's log. The secret never
 * comes out of the log; whatever the strings are, LiveKit's configuration says them unchanged, or is refused.
 */
#include "tests/fuzz/fuzz.h"

#include <yaml.h>

#include "base/limits.h"
#include "base/text.h"
#include "livekit-launcher/relay.h"
#include "livekit-launcher/yaml.h"

/* Whether the document has a mapping entry key: value, somewhere. */
static int
has_pair(const struct base_buf *text, const char *key, const char *value)
{
	yaml_document_t d;
	yaml_parser_t p;
	int found = 0;

	FUZZ_MUST(yaml_parser_initialize(&p) == 1);
	yaml_parser_set_input_string(&p, (const unsigned char *)text->p, text->n);
	FUZZ_MUST(yaml_parser_load(&p, &d) == 1);
	for (yaml_node_t *node = d.nodes.start; node < d.nodes.top; node++) {
		if (node->type != YAML_MAPPING_NODE)
			continue;
		for (yaml_node_pair_t *i = node->data.mapping.pairs.start; i < node->data.mapping.pairs.top; i++) {
			yaml_node_t *k = yaml_document_get_node(&d, i->key), *v = yaml_document_get_node(&d, i->value);

			found |= k->type == YAML_SCALAR_NODE && v->type == YAML_SCALAR_NODE &&
				 strcmp((char *)k->data.scalar.value, key) == 0 &&
				 strcmp((char *)v->data.scalar.value, value) == 0;
		}
	}
	yaml_document_delete(&d);
	yaml_parser_delete(&p);
	return found;
}

static void
write_yaml(const char *key, const char *secret)
{
	struct launcher_plan p = {.port = 7880,
	    .tcp_port = 7881,
	    .udp_port = 7882,
	    .api_key = key,
	    .api_secret = secret,
	    .empty_timeout_s = 20,
	    .departure_timeout_s = 2,
	    .log_level = "info"};
	struct base_buf out;
	enum err e;

	base_buf_init(&out, LIMIT_CONFIG);
	e = launcher_yaml_write(&p, 0, &out);
	FUZZ_MUST(e == ERR_OK || e == ERR_CONFIG);
	FUZZ_MUST(e == ERR_OK || !base_text_utf8(key, strlen(key)) || !base_text_utf8(secret, strlen(secret)));
	if (e == ERR_OK)
		FUZZ_MUST(has_pair(&out, key, secret));
	base_buf_clear(&out);
	if (strlen(secret) >= 32 && launcher_yaml_write(&p, 1, &out) == ERR_OK)
		FUZZ_MUST(memmem(out.p, out.n, secret, strlen(secret)) == NULL || strstr(key, secret) != NULL);
	base_buf_free(&out);
}

static void
redact(const char *key, const char *secret, const char *log, size_t n)
{
	struct launcher_relay *r = malloc(sizeof *r);
	struct base_buf out;

	FUZZ_MUST(r != NULL);
	launcher_relay_init(r, key, secret, -1);
	base_buf_init(&out, 64 << 20);
	launcher_relay_redact(r, log, n, &out);
	FUZZ_MUST(out.err == ERR_OK);
	FUZZ_MUST(strlen(secret) < 32 || strchr(secret, '*') != NULL || out.n == 0 ||
		  memmem(out.p, out.n, secret, strlen(secret)) == NULL);
	base_buf_free(&out);
	free(r);
}

int
fuzz_one(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *rest, *key, *secret;

	FUZZ_MUST(text != NULL);
	memcpy(text, p, n);
	text[n] = '\0';
	rest = text;
	key = strsep(&rest, "\n");
	secret = rest == NULL ? "" : strsep(&rest, "\n");
	write_yaml(key, secret);
	if (rest != NULL)
		redact(key, secret, rest, (size_t)(text + n - rest));
	free(text);
	return 0;
}
