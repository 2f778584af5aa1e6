/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that fails: a VFS between SQLite and the system makes the n-th call of one kind fail, once or from then on.
 */
#ifndef TESTS_HOUSE_DISK_H
#define TESTS_HOUSE_DISK_H

enum disk_call {
	DISK_READ,
	DISK_WRITE,
	DISK_SYNC,
	DISK_TRUNCATE,
	DISK_OPEN,
	DISK_SHM,
	DISK_SHORT_READ,
	DISK_SIZE,
	DISK_LOCK,
	DISK_SHM_LOCK,
	DISK_DELETE,
	DISK_ACCESS,
	DISK_CALLS
};

/* Makes it SQLite's default. 0, or SQLite's complaint. */
int disk_install(void);

/*
 * The n-th call of this kind from now on fails (1 = the next). rc is SQLite's answer where there is a choice:
 * writes and locks.
 */
void disk_fail(enum disk_call which, int rc, int n, int forever);

/* Nothing fails any more. How many calls did. */
int disk_calm(void);

#endif
