/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the benchmark, to be preloaded: a responder whose syncs are answered at once. What it writes is then as durable
 * as SQLite's synchronous=NORMAL makes it, which in WAL mode syncs nothing at a commit.
 */
#include <unistd.h>

int
fdatasync(int fildes)
{
	(void)fildes;
	return 0;
}

int
fsync(int fd)
{
	(void)fd;
	return 0;
}
