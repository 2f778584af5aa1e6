/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/text.h"

void
base_random_fill(void *p, size_t n)
{
	unsigned char *out = p;

	while (n > 0) {
		ssize_t got = getrandom(out, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			base_log(LOG_LEVEL_ERROR, "unable to get random bytes from the kernel: %s", strerror(errno));
			abort();
		}
		out += got;
		n -= (size_t)got;
	}
}

void
base_random_hex(char *out, size_t n)
{
	unsigned char part[32];

	while (n > 0) {
		size_t now = n < sizeof part ? n : sizeof part;

		base_random_fill(part, now);
		base_text_hex(part, now, out);
		out += now * 2;
		n -= now;
	}
}

void
base_random_pick(char *out, size_t n, const char *alphabet)
{
	const unsigned size = (unsigned)strlen(alphabet), fair = 256 - 256 % size;

	for (size_t i = 0; i < n;) {
		unsigned char b;

		base_random_fill(&b, 1);
		if (b < fair)
			out[i++] = alphabet[b % size];
	}
	out[n] = '\0';
}

void
base_random_uuid(char out[37])
{
	static const unsigned char groups[] = {4, 2, 2, 2, 6};
	unsigned char b[16];
	const unsigned char *p = b;

	base_random_fill(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof groups; i++) {
		base_text_hex(p, groups[i], out);
		p += groups[i];
		out += (size_t)groups[i] * 2;
		*out++ = i + 1 < sizeof groups ? '-' : '\0';
	}
}
