/* SPDX-License-Identifier: Apache-2.0 */
#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

void
base_notify_send(const char *text)
{
	const char *where = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = where == NULL ? 0 : strlen(where);
	int fd;

	if (n == 0)
		return;
	if (n >= sizeof a.sun_path || (where[0] != '/' && where[0] != '@')) {
		base_log(LOG_LEVEL_WARN, "unable to use NOTIFY_SOCKET: it is neither a path nor an abstract name");
		return;
	}
	memcpy(a.sun_path, where, n);
	if (where[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, text, strlen(text), MSG_NOSIGNAL, (void *)&a,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		base_log(LOG_LEVEL_WARN, "unable to notify %s: %s", where, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

int
base_notify_watchdog_ms(void)
{
	const char *text = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long usec, meant;

	if (text == NULL || base_text_int(text, 1, INT64_MAX, &usec) != ERR_OK)
		return 0;
	if (pid != NULL && (base_text_int(pid, 1, INT32_MAX, &meant) != ERR_OK || meant != getpid()))
		return 0;
	usec /= 2000;
	if (usec < 1)
		return 1;
	return usec > INT32_MAX ? INT32_MAX : (int)usec;
}
