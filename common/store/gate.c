/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the connections of one process to one file share: a queue of writers, and the waits for the disk.
 *
 * SQLite's own lock is polled for; threads that queue here don't poll, nor do processes (queue.c). And a commit needs
 * the disk only for being durable, not for the next writer to begin: a durable transaction commits without a sync, lets
 * the next one in, and then waits for a sync of the log that began after its commit. One sync serves all who wait.
 */
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store_impl.h"

#define LOG_LONG 1000	/* pages that came into the log (WAL) since they were last brought home, beside the writers */
#define LOG_TOO_LONG 8000	/* and from which the writers wait for that */
#define QUEUE_MS 1000		/* as long the queue of the processes is waited in */
#define PASSED_BY_MS 5000	/* and so long it isn't asked again after that */

struct waiter {
	pthread_cond_t turn;
	int is_mine;
	struct waiter *next;
};

struct store_gate {
	struct store_file file, log, shm;
	int queue;			/* store_queue_open() */
	int64_t asked_again;		/* ms: until then the queue is passed by; of whoever has `taken` */
	unsigned users;
	struct store_gate *next;
	pthread_mutex_t lock;		/* of what follows */
	int taken;			/* somebody writes: from begin to commit */
	struct waiter *first, **last;	/* who wants to, in the order they came */
	pthread_cond_t synced;
	uint64_t begun, done;		/* syncs, counted */
	int syncing, broken, tidying;
	int tidied;			/* pages in the log when they were last brought home */
};

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store_gate *all;

static struct store_gate *
gate_new(const struct stat *st, const char *path)
{
	struct store_gate *g = base_mem_alloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->file = (struct store_file){ st->st_dev, st->st_ino };
	g->queue = store_queue_open(path);
	g->last = &g->first;
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->synced, NULL);
	g->next = all;
	all = g;
	return g;
}

struct store_gate *
store_gate_open(const char *path)
{
	struct store_gate *g;
	struct stat st;

	if (stat(path, &st) != 0)
		return NULL;
	(void)pthread_mutex_lock(&all_lock);
	for (g = all; g != NULL; g = g->next)
		if (store_moved_same(&g->file, &(struct store_file){ st.st_dev, st.st_ino }))
			break;
	if (g == NULL)
		g = gate_new(&st, path);
	if (g != NULL)
		g->users++;
	(void)pthread_mutex_unlock(&all_lock);
	return g;
}

void
store_gate_close(struct store_gate *g)
{
	struct store_gate **p;

	if (g == NULL)
		return;
	(void)pthread_mutex_lock(&all_lock);
	if (--g->users == 0) {
		for (p = &all; *p != g; p = &(*p)->next)
			;
		*p = g->next;
		(void)pthread_cond_destroy(&g->synced);
		(void)pthread_mutex_destroy(&g->lock);
		if (g->queue >= 0)
			(void)close(g->queue);
		base_mem_free(g);
	}
	(void)pthread_mutex_unlock(&all_lock);
}

void
store_gate_note_log(struct store_gate *g, const struct store_file *log, const struct store_file *shm)
{
	(void)pthread_mutex_lock(&all_lock);
	g->log = *log;
	g->shm = *shm;
	(void)pthread_mutex_unlock(&all_lock);
}

int
store_gate_owns_log(const struct store_file *db, const struct store_file *log, const struct store_file *shm)
{
	const struct store_gate *g;

	(void)pthread_mutex_lock(&all_lock);
	for (g = all; g != NULL; g = g->next)
		if (!store_moved_same(&g->file, db) &&
		    (store_moved_same(&g->log, log) || store_moved_same(&g->shm, shm)))
			break;
	(void)pthread_mutex_unlock(&all_lock);
	return g != NULL;
}

/* Waits at the end of the queue; 0 when the time is over, and then w is in no queue any more. */
static int
queue(struct store_gate *g, struct waiter *w, const struct timespec *until)
{
	struct waiter **p;
	int rc = 0;

	*g->last = w;
	g->last = &w->next;
	while (!w->is_mine && rc == 0)
		rc = pthread_cond_clockwait(&w->turn, &g->lock, CLOCK_MONOTONIC, until);
	if (w->is_mine)
		return 1;
	for (p = &g->first; *p != w; p = &(*p)->next)
		;
	*p = w->next;
	if (g->last == &w->next)
		g->last = p;
	return 0;
}

/* The first in the queue has it from here on: nobody who comes meanwhile can slip in. */
static void
pass_on(struct store_gate *g)
{
	struct waiter *w;

	(void)pthread_mutex_lock(&g->lock);
	w = g->first;
	g->taken = w != NULL;
	if (w != NULL) {
		g->first = w->next;
		if (g->first == NULL)
			g->last = &g->first;
		w->is_mine = 1;
		(void)pthread_cond_signal(&w->turn);
	}
	(void)pthread_mutex_unlock(&g->lock);
}

/*
 * Whose turn it is among the processes may stand still before it has SQLite's lock (stopped, or itself waiting for a
 * writer who isn't in the queue), and would hold up all of them: it is passed by, and SQLite's lock decides.
 */
static void
queue_up(struct store_gate *g, int64_t until_ms)
{
	int64_t now = base_clock_mono_ms(), end = now + QUEUE_MS < until_ms ? now + QUEUE_MS : until_ms;

	if (!store_queue_enter(g->queue, now < g->asked_again ? now : end))
		g->asked_again = now < g->asked_again ? g->asked_again : end + PASSED_BY_MS;
}

/* Out of this process's queue, into that of the processes. */
int
store_gate_enter(struct store_gate *g, int64_t until_ms)
{
	struct waiter w = { PTHREAD_COND_INITIALIZER, 0, NULL };
	struct timespec until;
	int got = 1;

	until.tv_sec = (time_t)(until_ms / 1000);
	until.tv_nsec = (long)(until_ms % 1000) * 1000000;
	(void)pthread_mutex_lock(&g->lock);
	if (g->taken)
		got = queue(g, &w, &until);
	else
		g->taken = 1;
	(void)pthread_mutex_unlock(&g->lock);
	(void)pthread_cond_destroy(&w.turn);
	if (got)
		queue_up(g, until_ms);
	return got;
}

void
store_gate_leave(struct store_gate *g)
{
	store_queue_leave(g->queue);
	pass_on(g);
}

/* Syncs the log through the connection's own handle, so that the same VFS does it that wrote. */
static int
sync_log(struct store *s)
{
	sqlite3_file *log = NULL;
	int rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

	if (rc == SQLITE_OK && log != NULL && log->pMethods != NULL)
		rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return rc;
}

/*
 * After a sync that failed the kernel may have dropped what it could not write and call the next one a success, so this
 * process promises nothing any more.
 */
enum err
store_gate_sync(struct store_gate *g, struct store *s)
{
	uint64_t mine;
	int rc, broken;

	(void)pthread_mutex_lock(&g->lock);
	mine = g->begun + 1;	/* the first that begins from now on */
	while (g->done < mine && !g->broken) {
		if (g->syncing) {
			(void)pthread_cond_wait(&g->synced, &g->lock);
			continue;
		}
		g->syncing = 1;
		g->begun++;
		(void)pthread_mutex_unlock(&g->lock);
		rc = sync_log(s);
		(void)pthread_mutex_lock(&g->lock);
		g->syncing = 0;
		g->done = g->begun;
		g->broken = rc != SQLITE_OK;
		(void)pthread_cond_broadcast(&g->synced);
	}
	broken = g->broken;
	(void)pthread_mutex_unlock(&g->lock);
	return broken ? base_log_err(ERR_IO, "store: %s: the disk did not confirm a write: nothing more is promised "
	    "until this program is started again", s->path) : ERR_OK;
}

/*
 * One thread of the process at a time; a failure is no loss: the pages stay in the log and the next one tries. While
 * writers keep coming the log only grows, and bringing a few pages home costs two syncs as well: so not after every
 * commit.
 */
void
store_gate_tidy(struct store_gate *g, struct store *s, int pages)
{
	int mine;

	if (pages == 0)		/* the transaction changed nothing */
		return;
	(void)pthread_mutex_lock(&g->lock);
	if (pages < g->tidied)
		g->tidied = 0;		/* the log has started anew */
	mine = !g->tidying && pages - g->tidied >= LOG_LONG;
	if (mine) {
		g->tidying = 1;
		g->tidied = pages;
	}
	(void)pthread_mutex_unlock(&g->lock);
	if (!mine)
		return;
	(void)sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	/* The log starts anew only when nothing is left in it: while nobody adds, what came meanwhile is soon home. */
	if (pages >= LOG_TOO_LONG && store_gate_enter(g, base_clock_mono_ms() + STORE_BUSY_MS)) {
		(void)sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		store_gate_leave(g);
	}
	(void)pthread_mutex_lock(&g->lock);
	g->tidying = 0;
	(void)pthread_mutex_unlock(&g->lock);
}
