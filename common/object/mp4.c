/* SPDX-License-Identifier: Apache-2.0 */
#include "object/mp4.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { MOST_BOXES = 10000 };
#define YEAR_S (366 * UINT64_C(86400))
#define TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct reader {
	object_mp4_read *read;
	void *arg;
	struct object_mp4 *out;
	int boxes;			/* seen so far */
	int has_index, has_media;
	enum object_mp4_flaw flaw;	/* the first one */
	enum err err;
};

struct box {
	uint32_t type;
	int64_t from, end;		/* of its content */
};

typedef void each_box(struct reader *r, const struct box *b);

static uint64_t
number(const unsigned char *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* 0 after a failure, which then is noted. */
static int
read_at(struct reader *r, int64_t at, void *p, size_t n)
{
	if (r->read(r->arg, at, p, n) == 0)
		return 1;
	r->err = ERR_IO;
	return 0;
}

static int
is_well(const struct reader *r)
{
	return r->err == ERR_OK && r->flaw == OBJECT_MP4_GOOD;
}

/* The box at `at` inside what ends at `end`. Of the file itself (is_top) one that goes on behind it is cut. */
static int
read_box(struct reader *r, int64_t at, int64_t end, int is_top, struct box *b)
{
	unsigned char head[16];
	int64_t left = end - at;
	uint64_t size;
	size_t n = left < 16 ? (size_t)left : 16, own = 8;

	if (++r->boxes > MOST_BOXES)
		r->flaw = OBJECT_MP4_BROKEN;
	else if (left < 8)
		r->flaw = is_top ? OBJECT_MP4_CUT : OBJECT_MP4_BROKEN;
	if (!is_well(r) || !read_at(r, at, head, n))
		return 0;
	size = number(head, 4);
	b->type = (uint32_t)number(head + 4, 4);
	if (size == 1 && n == 16) {
		size = number(head + 8, 8);
		own = 16;
	} else if (size == 0) {
		size = (uint64_t)left;	/* to the end */
	}
	if (size < own)
		r->flaw = size == 1 && is_top ? OBJECT_MP4_CUT : OBJECT_MP4_BROKEN;
	else if (size > (uint64_t)left)
		r->flaw = is_top ? OBJECT_MP4_CUT : OBJECT_MP4_BROKEN;
	if (!is_well(r))
		return 0;
	b->from = at + (int64_t)own;
	b->end = at + (int64_t)size;
	return 1;
}

static void
each(struct reader *r, int64_t from, int64_t end, int is_top, each_box *fn)
{
	struct box b;

	for (; is_well(r) && from < end && read_box(r, from, end, is_top, &b); from = b.end)
		fn(r, &b);
}

/* mvhd: version and flags, two times, timescale, duration; of 32 bits each, in version 1 of 64 but for the scale. */
static void
read_length(struct reader *r, const struct box *b)
{
	unsigned char p[32];
	uint64_t scale, length, s;
	size_t n = b->end - b->from < 32 ? (size_t)(b->end - b->from) : 32;

	if (n < 20) {
		r->flaw = OBJECT_MP4_BROKEN;
		return;
	}
	if (!read_at(r, b->from, p, n))
		return;
	if (p[0] == 1 && n < 32) {
		r->flaw = OBJECT_MP4_BROKEN;
		return;
	}
	scale = number(p + (p[0] == 1 ? 20 : 12), 4);
	length = p[0] == 1 ? number(p + 24, 8) : number(p + 16, 4);
	s = scale == 0 ? YEAR_S : length / scale;
	if (s < YEAR_S)
		r->out->duration_ms = (int64_t)(s * 1000 + length % scale * 1000 / scale);
}

/* moov/trak/mdia/hdlr: version and flags, four bytes, the handler's type. */
static void
in_media(struct reader *r, const struct box *b)
{
	unsigned char type[4];

	if (b->type != TYPE('h', 'd', 'l', 'r') || b->end - b->from < 12 || !read_at(r, b->from + 8, type, 4))
		return;
	r->out->has_video |= memcmp(type, "vide", 4) == 0;
	r->out->has_audio |= memcmp(type, "soun", 4) == 0;
}

static void
in_track(struct reader *r, const struct box *b)
{
	if (b->type == TYPE('m', 'd', 'i', 'a'))
		each(r, b->from, b->end, 0, in_media);
}

static void
in_index(struct reader *r, const struct box *b)
{
	if (b->type == TYPE('m', 'v', 'h', 'd'))
		read_length(r, b);
	else if (b->type == TYPE('t', 'r', 'a', 'k'))
		each(r, b->from, b->end, 0, in_track);
}

static void
in_file(struct reader *r, const struct box *b)
{
	if (b->type == TYPE('m', 'o', 'o', 'v')) {
		r->has_index = 1;
		r->out->is_fast_start = !r->has_media;
		each(r, b->from, b->end, 0, in_index);
	} else if (b->type == TYPE('m', 'd', 'a', 't') && b->end > b->from) {
		r->has_media = 1;
	}
}

/* What is missing, when all that is there is well. */
static enum object_mp4_flaw
missing(const struct reader *r)
{
	if (!r->has_index)
		return OBJECT_MP4_NO_INDEX;
	if (!r->out->has_video && !r->out->has_audio)
		return OBJECT_MP4_NO_TRACK;
	if (r->out->duration_ms == 0)
		return OBJECT_MP4_NO_LENGTH;
	return r->has_media ? OBJECT_MP4_GOOD : OBJECT_MP4_NO_MEDIA;
}

enum err
object_mp4_check(object_mp4_read *read, void *arg, int64_t size, struct object_mp4 *out, enum object_mp4_flaw *flaw)
{
	struct reader r = { .read = read, .arg = arg, .out = out };
	unsigned char first[8];

	*out = (struct object_mp4){ .duration_ms = 0 };
	if (size < 8)
		r.flaw = size <= 0 ? OBJECT_MP4_EMPTY : OBJECT_MP4_OTHER;
	else if (read_at(&r, 0, first, sizeof first) && memcmp(first + 4, "ftyp", 4) != 0)
		r.flaw = OBJECT_MP4_OTHER;	/* whatever its first bytes would be as a size */
	each(&r, 0, size, 1, in_file);
	if (is_well(&r))
		r.flaw = missing(&r);
	*flaw = r.flaw;
	return r.err;
}

static int
read_file(void *arg, int64_t at, void *p, size_t n)
{
	const int *fd = arg;
	ssize_t got;
	char *to = p;

	for (; n > 0; to += got, at += got, n -= (size_t)got)
		if ((got = pread(*fd, to, n, at)) < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return -1;
	return 0;
}

enum err
object_mp4_file(int fd, struct object_mp4 *out, enum object_mp4_flaw *flaw)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && object_mp4_check(read_file, &fd, st.st_size, out, flaw) == ERR_OK)
		return ERR_OK;
	return base_log_err(ERR_IO, "unable to read a recording: %s", strerror(errno));
}

const char *
object_mp4_text(enum object_mp4_flaw flaw)
{
	static const char *const texts[] = {
		[OBJECT_MP4_GOOD] = "the recording is complete",
		[OBJECT_MP4_EMPTY] = "the recording is empty: the recorder wrote nothing",
		[OBJECT_MP4_OTHER] = "the recording is no MP4 file",
		[OBJECT_MP4_CUT] = "the recording is cut off: the file was not written to its end",
		[OBJECT_MP4_NO_INDEX] = "the recording has no index: the recorder was ended before it could finish it",
		[OBJECT_MP4_NO_TRACK] = "the recording has neither picture nor sound",
		[OBJECT_MP4_NO_LENGTH] = "the recording lasts no time",
		[OBJECT_MP4_NO_MEDIA] = "the recording has an index and nothing else",
		[OBJECT_MP4_BROKEN] = "the recording is damaged",
	};

	return texts[flaw];
}
