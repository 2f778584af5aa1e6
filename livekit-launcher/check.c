/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/child.h"
#include "livekit-launcher/fault.h"
#include "livekit-launcher/fit.h"
#include "livekit-launcher/relay.h"

#define ASK_MS 10000

/* The text as a file in memory that a child can open by its descriptor; -1 (logged). */
static int
hold_in_memory(const struct base_buf *text)
{
	int fd = memfd_create("livekit.yaml", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, text->p, text->n) == (ssize_t)text->n)
		return fd;
	base_log(LOG_LEVEL_ERROR, "unable to hold the configuration in memory: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* What it answered, on one line, without secrets. */
static void
tidy(const struct launcher_plan *p, const struct base_buf *answer, struct base_buf *out)
{
	struct launcher_relay r;
	size_t i;

	launcher_relay_init(&r, p->api_key, p->api_secret, -1);
	launcher_relay_redact(&r, answer->n == 0 ? "" : answer->p, answer->n, out);
	while (out->n > 0 && out->p[out->n - 1] == '\n')
		out->p[--out->n] = '\0';
	for (i = 0; i < out->n; i++)
		if ((unsigned char)out->p[i] < 0x20)
			out->p[i] = ' ';
}

static int
judge(const struct launcher_plan *p, const struct base_buf *answer)
{
	struct launcher_fault f;
	struct base_buf clean;

	if (answer->n > 0 && strstr(answer->p, "TCP Ports") != NULL)
		return 0;
	base_buf_init(&clean, 16384);
	tidy(p, answer, &clean);
	launcher_fault_read(clean.n == 0 ? "" : clean.p, p, &f);
	if (f.exit_code == 0)
		base_log(LOG_LEVEL_ERROR, "LiveKit doesn't accept the configuration: it says \"%s\"",
		    clean.n == 0 ? "" : clean.p);
	else
		base_log(LOG_LEVEL_ERROR, "%s", f.text);
	base_buf_free(&clean);
	return f.exit_code == 75 ? 75 : 78;
}

enum err
launcher_check_ask(const char *binary, const struct base_buf *yaml, struct base_buf *answer)
{
	char name[32], *argv[] = {(char[]){"livekit-server"}, (char[]){"--config"}, name, (char[]){"ports"}, NULL};
	int fd = hold_in_memory(yaml);
	enum err e;

	if (fd < 0)
		return ERR_IO;
	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	e = launcher_child_capture(binary, argv, fd, ASK_MS, answer);
	(void)close(fd);
	return e;
}

int
launcher_check_text(struct launcher_plan *p, const char *binary, struct base_buf *yaml)
{
	struct base_buf answer;
	enum err e;
	int code = 75;

	base_buf_init(&answer, 16384);
	do {
		base_buf_clear(&answer);
		e = launcher_check_ask(binary, yaml, &answer);
	} while (e == ERR_OK && answer.n > 0 && launcher_fit(p, answer.p, yaml));
	if (e == ERR_OK)
		code = judge(p, &answer);
	else
		base_log(LOG_LEVEL_ERROR, "%s did not say what it thinks of the configuration (%s)", binary,
		    base_err_name(e));
	if (answer.p != NULL)
		base_mem_wipe(answer.p, answer.n);
	base_buf_free(&answer);
	return code;
}

int
launcher_check(struct launcher_plan *p, const char *binary, struct base_buf *yaml)
{
	struct base_buf answer;
	int code = 78;
	enum err e;

	base_buf_init(&answer, 16384);
	e = launcher_binary_version(binary, &answer);
	if (e == ERR_OK) {
		(void)printf("ok: %s is %s\n", binary, answer.p);
		code = launcher_check_text(p, binary, yaml);
	}
	base_buf_free(&answer);
	if (code == 0)
		(void)printf("ok: it accepts the configuration: port %d, ICE/TCP %d, node IP %s (%s)\n", p->port,
		    p->tcp_port, *p->node.text == '\0' ? "found by LiveKit" : p->node.text, p->node.rule);
	return code;
}
