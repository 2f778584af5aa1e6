/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/fit.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "livekit-launcher/check.h"
#include "livekit-launcher/yaml.h"

#define KEY "allow_restricted_peer_cidrs"

enum err
launcher_fit(struct launcher_plan *p, const char *binary, struct base_buf *yaml)
{
	struct base_buf answer;
	int is_refused;

	if (yaml->n == 0 || strstr(yaml->p, KEY) == NULL)
		return ERR_OK;
	base_buf_init(&answer, 16384);
	is_refused = launcher_check_ask(binary, yaml, &answer) == ERR_OK && answer.n > 0 &&
	    strstr(answer.p, "field " KEY " not found") != NULL;
	base_buf_free(&answer);
	if (!is_refused)
		return ERR_OK;
	base_log(LOG_LEVEL_INFO,
	    "this livekit-server doesn't know turn." KEY ", so it is left out: whether TURN relays to %s is up to that "
	    "version", p->node.text);
	p->turn.is_peer_key_unknown = 1;
	base_mem_wipe(yaml->p, yaml->n);
	base_buf_clear(yaml);
	return launcher_yaml_write(p, 0, yaml);
}
