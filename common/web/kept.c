/* SPDX-License-Identifier: Apache-2.0 */
#include "web/kept_impl.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"

/* What an event names: a slot and its turn, so that one given to another connection meanwhile is told apart. */
#define KEY_LISTENER UINT64_MAX
#define KEY_STOP (UINT64_MAX - 1)

struct slot {
	int fd;			/* of an idle connection; -1 = none */
	uint64_t turn;		/* counted over all slots: the lowest is idle longest */
};

static struct {
	int epoll;
	pthread_mutex_t lock;	/* of what follows */
	uint64_t turns;
	struct slot slots[LIMIT_KEPT];
} kept = {.epoll = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t
key_of(size_t slot)
{
	return kept.slots[slot].turn * LIMIT_KEPT + slot;
}

static int
add(int fd, uint32_t events, uint64_t key)
{
	struct epoll_event e = {.events = events, .data.u64 = key};

	return epoll_ctl(kept.epoll, EPOLL_CTL_ADD, fd, &e);
}

enum err
web_kept_open(int listener, int stop)
{
	for (size_t i = 0; i < LIMIT_KEPT; i++)
		kept.slots[i].fd = -1;
	kept.epoll = epoll_create1(EPOLL_CLOEXEC);
	/* Of several processes on one socket a new connection wakes one. */
	if (kept.epoll < 0 || add(stop, EPOLLIN, KEY_STOP) != 0 ||
	    add(listener, EPOLLIN | EPOLLEXCLUSIVE, KEY_LISTENER) != 0)
		return base_log_err(ERR_IO, "unable to wait for connections: %s", strerror(errno));
	return ERR_OK;
}

void
web_kept_close(void)
{
	if (kept.epoll >= 0)
		close(kept.epoll);
	kept.epoll = -1;
}

/* The connection of a slot, out of the table, or -1; the lock is held. */
static int
take(size_t slot)
{
	int fd = kept.slots[slot].fd;

	kept.slots[slot].fd = -1;
	return fd;
}

/* A free slot, or LIMIT_KEPT. The lock is held. */
static size_t
find_free(void)
{
	size_t i = 0;

	while (i < LIMIT_KEPT && kept.slots[i].fd >= 0)
		i++;
	return i;
}

/* The slot that has been idle longest, none on which a request waits; or LIMIT_KEPT. The lock is held. */
static size_t
find_idlest(void)
{
	struct pollfd p[LIMIT_KEPT];
	size_t best = LIMIT_KEPT;

	for (size_t i = 0; i < LIMIT_KEPT; i++)
		p[i] = (struct pollfd){kept.slots[i].fd, POLLIN, 0};
	if (poll(p, LIMIT_KEPT, 0) < 0)
		return LIMIT_KEPT;
	for (size_t i = 0; i < LIMIT_KEPT; i++)
		if (p[i].revents == 0 && (best == LIMIT_KEPT || kept.slots[i].turn < kept.slots[best].turn))
			best = i;
	return best;
}

/* 0 when there is no memory for it. The lock is held. */
static int
fill(size_t slot, int fd)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT};

	kept.slots[slot] = (struct slot){fd, ++kept.turns};
	e.data.u64 = key_of(slot);
	/* It is there from its last time, or new. */
	if (epoll_ctl(kept.epoll, EPOLL_CTL_MOD, fd, &e) == 0 || epoll_ctl(kept.epoll, EPOLL_CTL_ADD, fd, &e) == 0)
		return 1;
	(void)take(slot);
	return 0;
}

int
web_kept_add(int fd)
{
	size_t slot;
	int added;

	(void)pthread_mutex_lock(&kept.lock);
	slot = find_free();
	added = slot < LIMIT_KEPT && fill(slot, fd);
	(void)pthread_mutex_unlock(&kept.lock);
	return added;
}

void
web_kept_put(int fd)
{
	size_t slot;
	int gone = -1;

	(void)pthread_mutex_lock(&kept.lock);
	slot = find_free();
	if (slot == LIMIT_KEPT && (slot = find_idlest()) < LIMIT_KEPT)
		gone = take(slot);
	if (slot == LIMIT_KEPT || !fill(slot, fd))
		close(fd);
	(void)pthread_mutex_unlock(&kept.lock);
	if (gone >= 0)
		close(gone);
}

int
web_kept_wait(void)
{
	struct epoll_event e;
	int fd = -1;

	while (fd < 0) {
		if (epoll_wait(kept.epoll, &e, 1, -1) != 1)
			continue;	/* a signal */
		if (e.data.u64 == KEY_LISTENER)
			return WEB_KEPT_LISTENER;
		if (e.data.u64 == KEY_STOP)
			return WEB_KEPT_STOP;
		(void)pthread_mutex_lock(&kept.lock);
		if (key_of(e.data.u64 % LIMIT_KEPT) == e.data.u64)
			fd = take(e.data.u64 % LIMIT_KEPT);
		(void)pthread_mutex_unlock(&kept.lock);
	}
	return fd;
}

int
web_kept_last(void)
{
	int fd = -1;

	(void)pthread_mutex_lock(&kept.lock);
	for (size_t i = 0; i < LIMIT_KEPT && kept.epoll >= 0 && fd < 0; i++) {
		fd = take(i);
		if (fd >= 0 && poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0) == 0) {
			close(fd);
			fd = -1;
		}
	}
	(void)pthread_mutex_unlock(&kept.lock);
	return fd >= 0 ? fd : WEB_KEPT_NOTHING;
}
