/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"

static void
made_once_and_again(void **state)
{
	char top[] = "/tmp/bedrud-folder-XXXXXX", path[64], longest[5000];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof path, "%s/a/b/c", top);
	assert_ok(base_folder_make(path, 0750));
	assert_ok(base_folder_make(path, 0750));
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode) && (st.st_mode & 07) == 0);
	assert_err(ERR_IO, base_folder_make("/proc/nowhere/at/all", 0750));
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_err(ERR_TOO_BIG, base_folder_make(longest, 0750));
	assert_err(ERR_TOO_BIG, base_folder_make("", 0750));
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rmdir(path), 0);
		*strrchr(path, '/') = '\0';
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(made_once_and_again) };

	return RUN(tests);
}
