/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file is an MP4 that a player can play: the boxes of ISO/IEC 14496-12, as far as that question goes. A
 * recorder that was killed leaves one without its index (moov); a copy that broke off, one whose media is cut. Reads
 * the heads of boxes only, into buffers of fixed size, and follows a bounded number of them, whatever the file says.
 */
#ifndef OBJECT_MP4_H
#define OBJECT_MP4_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum object_mp4_flaw {
	OBJECT_MP4_GOOD,
	OBJECT_MP4_EMPTY,
	OBJECT_MP4_OTHER,		/* doesn't begin as an MP4 */
	OBJECT_MP4_CUT,			/* a box ends behind the file's end */
	OBJECT_MP4_NO_INDEX,		/* no moov */
	OBJECT_MP4_NO_TRACK,		/* no video and no sound in it */
	OBJECT_MP4_NO_LENGTH,		/* it lasts no time, or more than a year */
	OBJECT_MP4_NO_MEDIA,		/* no mdat, or nothing in it */
	OBJECT_MP4_BROKEN		/* sizes that contradict each other, or more than 10,000 boxes */
};

struct object_mp4 {
	int64_t duration_ms;
	int has_video, has_audio;
	int is_fast_start;		/* the index stands before the media: plays before it is there as a whole */
};

/* Reads n bytes at `at`; 0 when they were read, else anything but 0. */
typedef int object_mp4_read(void *arg, int64_t at, void *p, size_t n);

/* size: of the whole file. What a file with a flaw is known to have is in *out. ERR_IO: `read` failed. */
enum err object_mp4_check(object_mp4_read *read, void *arg, int64_t size, struct object_mp4 *out,
    enum object_mp4_flaw *flaw) BASE_MUST_CHECK;

/* The same of an open file. ERR_IO (logged). */
enum err object_mp4_file(int fd, struct object_mp4 *out, enum object_mp4_flaw *flaw) BASE_MUST_CHECK;

/* A clause for people: "the recording is …". Never NULL. */
const char *object_mp4_text(enum object_mp4_flaw flaw);

#endif
