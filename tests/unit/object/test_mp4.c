/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that ffmpeg made (of the fuzz corpus: picture and sound, the same with the index first, sound alone, in
 * fragments), whole, cut at each byte, and with each byte changed.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "object/mp4.h"

static unsigned char bytes[1 << 16];
static int64_t size;

static int
open_sample(const char *name)
{
	char path[1000];
	int fd;

	snprintf(path, sizeof(path), "%s/../fuzz/corpus/mp4/%s", getenv("BEDRUD_FIXTURES"), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("unable to open %s", path);
	return fd;
}

static void
load(const char *name)
{
	int fd = open_sample(name);

	size = read(fd, bytes, sizeof(bytes));
	assert_true(size > 0 && size < (int64_t)sizeof(bytes));
	close(fd);
}

/* Reads of `bytes`; what is outside is a failure of the test. */
static int
read_bytes(void *arg, int64_t at, void *p, size_t n)
{
	const int64_t *end = arg;

	assert_true(at >= 0 && at <= *end && (int64_t)n <= *end - at);
	memcpy(p, bytes + at, n);
	return 0;
}

static enum object_mp4_flaw
check(int64_t n, struct object_mp4 *out)
{
	enum object_mp4_flaw flaw;

	assert_ok(object_mp4_check(read_bytes, &n, n, out, &flaw));
	return flaw;
}

static void
whole_files(void **state)
{
	static const struct {
		const char *name;
		enum object_mp4_flaw flaw;
		int has_video, has_audio, is_fast_start, duration_ms;
	} rows[] = {
		{ "av.mp4", OBJECT_MP4_GOOD, 1, 1, 0, 1000 },
		{ "fast.mp4", OBJECT_MP4_GOOD, 1, 1, 1, 1000 },
		{ "audio.mp4", OBJECT_MP4_GOOD, 0, 1, 0, 1000 },
		{ "frag.mp4", OBJECT_MP4_NO_LENGTH, 1, 1, 1, 0 },
		{ "large-sizes", OBJECT_MP4_GOOD, 0, 1, 0, 3000 },
		{ "to-the-end", OBJECT_MP4_GOOD, 0, 1, 1, 3000 },
		{ "year", OBJECT_MP4_NO_TRACK, 0, 0, 1, 0 },
		{ "nested", OBJECT_MP4_BROKEN, 0, 0, 1, 0 },
		{ "many", OBJECT_MP4_NO_TRACK, 0, 0, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = open_sample(rows[i].name);
		enum object_mp4_flaw flaw;
		struct object_mp4 m;

		assert_ok(object_mp4_file(fd, &m, &flaw));
		close(fd);
		if (flaw != rows[i].flaw || m.has_video != rows[i].has_video || m.has_audio != rows[i].has_audio ||
		    m.is_fast_start != rows[i].is_fast_start || m.duration_ms < rows[i].duration_ms ||
		    m.duration_ms > rows[i].duration_ms + 250)
			fail_msg("%s: %d, video %d, audio %d, fast %d, %lld ms", rows[i].name, (int)flaw, m.has_video,
			    m.has_audio, m.is_fast_start, (long long)m.duration_ms);
	}
}

static void
cut_files(void **state)
{
	static const char *const names[] = { "av.mp4", "fast.mp4", "audio.mp4", "large-sizes" };
	struct object_mp4 m;
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		load(names[i]);
		for (int64_t n = 0; n < size; n++) {
			enum object_mp4_flaw flaw = check(n, &m);

			if (flaw == OBJECT_MP4_GOOD)
				fail_msg("the first %lld bytes of %s", (long long)n, names[i]);
			seen |= 1u << flaw;
		}
		assert_int_equal(check(size, &m), OBJECT_MP4_GOOD);
	}
	assert_int_equal(seen, 1u << OBJECT_MP4_EMPTY | 1u << OBJECT_MP4_OTHER | 1u << OBJECT_MP4_CUT |
	    1u << OBJECT_MP4_NO_INDEX | 1u << OBJECT_MP4_NO_MEDIA);
}

/* Nothing outside is read, and it ends. */
static void
changed_files(void **state)
{
	static const unsigned char values[] = { 0, 1, 8, 0x7f, 0x80, 0xff };
	struct object_mp4 m;

	(void)state;
	load("fast.mp4");
	for (int64_t at = 0; at < size; at++)
		for (size_t v = 0; v < sizeof(values); v++) {
			unsigned char was = bytes[at];

			bytes[at] = values[v];
			(void)check(size, &m);
			bytes[at] = was;
		}
}

static void
other_files(void **state)
{
	static const char text[] = "<html>not found</html>", alone[] = "\0\0\0\x10" "ftypisom\0\0\2\0";
	struct object_mp4 m;
	enum object_mp4_flaw flaw;

	(void)state;
	memcpy(bytes, text, sizeof(text));
	assert_int_equal(check(sizeof(text), &m), OBJECT_MP4_OTHER);
	memcpy(bytes, alone, sizeof(alone));
	assert_int_equal(check(16, &m), OBJECT_MP4_NO_INDEX);
	for (int i = 0; i <= 6000; i++)
		memcpy(bytes + 16 + (size_t)i * 8, "\0\0\0\x08" "free", 8);
	assert_int_equal(check(16 + 6000 * 8, &m), OBJECT_MP4_NO_INDEX);
	for (int f = OBJECT_MP4_GOOD; f <= OBJECT_MP4_BROKEN; f++)
		assert_true(*object_mp4_text((enum object_mp4_flaw)f) != '\0');
	base_log_threshold(LOG_LEVEL_NONE);
	assert_err(ERR_IO, object_mp4_file(-1, &m, &flaw));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_files),
		cmocka_unit_test(cut_files),
		cmocka_unit_test(changed_files),
		cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
