/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/house/disk.h"

#include <string.h>

#include <sqlite3.h>

static struct {
	enum disk_call which;
	int armed, forever, rc;
	int left;	/* calls until the failure */
	int failed;
} plan;

static int
fails(enum disk_call c)
{
	if (!plan.armed || c != plan.which)
		return 0;
	if (plan.left > 0 && --plan.left > 0)
		return 0;
	if (plan.failed > 0 && !plan.forever)
		return 0;
	plan.failed++;
	return 1;
}

struct file {
	sqlite3_file base;
	sqlite3_file *real;	/* follows in the same memory */
};

#define REAL(f) (((struct file *)(f))->real)

static int
f_close(sqlite3_file *f)
{
	return REAL(f)->pMethods != NULL ? REAL(f)->pMethods->xClose(REAL(f)) : SQLITE_OK;
}

static int
f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	if (fails(DISK_READ))
		return SQLITE_IOERR_READ;
	if (fails(DISK_SHORT_READ)) {
		memset(p, 0, (size_t)n);
		return SQLITE_IOERR_SHORT_READ;
	}
	return REAL(f)->pMethods->xRead(REAL(f), p, n, at);
}

static int
f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	/* Half of it reaches the disk, as when that is full. */
	if (fails(DISK_WRITE)) {
		(void)REAL(f)->pMethods->xWrite(REAL(f), p, n / 2, at);
		return plan.rc;
	}
	return REAL(f)->pMethods->xWrite(REAL(f), p, n, at);
}

static int
f_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return fails(DISK_TRUNCATE) ? SQLITE_IOERR_TRUNCATE : REAL(f)->pMethods->xTruncate(REAL(f), n);
}

static int
f_sync(sqlite3_file *f, int flags)
{
	return fails(DISK_SYNC) ? SQLITE_IOERR_FSYNC : REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int
f_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return fails(DISK_SIZE) ? SQLITE_IOERR_FSTAT : REAL(f)->pMethods->xFileSize(REAL(f), n);
}

static int
f_lock(sqlite3_file *f, int kind)
{
	return fails(DISK_LOCK) ? plan.rc : REAL(f)->pMethods->xLock(REAL(f), kind);
}

static int
f_unlock(sqlite3_file *f, int kind)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), kind);
}

static int
f_reserved(sqlite3_file *f, int *yes)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), yes);
}

static int
f_control(sqlite3_file *f, int op, void *arg)
{
	return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}

static int
f_sector(sqlite3_file *f)
{
	return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int
f_device(sqlite3_file *f)
{
	return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int
f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	return fails(DISK_SHM) ? SQLITE_IOERR_SHMMAP : REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, p);
}

static int
f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	/* Giving a lock up does not fail. */
	if ((flags & SQLITE_SHM_LOCK) != 0 && fails(DISK_SHM_LOCK))
		return plan.rc;
	return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void
f_shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int
f_shm_unmap(sqlite3_file *f, int remove)
{
	return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

/* Version 2: no memory mapping of the file itself, so that every page passes f_read. */
static const sqlite3_io_methods methods = {
	2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_reserved, f_control, f_sector,
	    f_device,
	f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL, NULL,
};

static sqlite3_vfs *under, shim;

static int
v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *mine = (struct file *)f;
	int rc;

	(void)vfs;
	mine->base.pMethods = NULL;
	mine->real = (sqlite3_file *)(mine + 1);
	mine->real->pMethods = NULL;
	if (fails(DISK_OPEN))
		return SQLITE_CANTOPEN;
	rc = under->xOpen(under, name, mine->real, flags, out);
	mine->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
	return rc;
}

static int
v_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	return fails(DISK_DELETE) ? SQLITE_IOERR_DELETE : under->xDelete(under, name, sync);
}

static int
v_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	return fails(DISK_ACCESS) ? SQLITE_IOERR_ACCESS : under->xAccess(under, name, flags, out);
}

int
disk_install(void)
{
	under = sqlite3_vfs_find(NULL);
	shim = *under;
	shim.zName = "faulty";
	shim.pNext = NULL;
	shim.szOsFile = (int)sizeof(struct file) + under->szOsFile;
	shim.xOpen = v_open;
	shim.xDelete = v_delete;
	shim.xAccess = v_access;
	return sqlite3_vfs_register(&shim, 1);
}

void
disk_fail(enum disk_call which, int rc, int n, int forever)
{
	plan.which = which;
	plan.rc = rc;
	plan.forever = forever;
	plan.left = n;
	plan.failed = 0;
	plan.armed = 1;
}

int
disk_calm(void)
{
	plan.armed = 0;
	return plan.failed;
}
