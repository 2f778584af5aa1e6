/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <libgen.h>

#include "base/log.h"
#ifdef FUZZ_HOUSE
#include "tests/house/house.h"
#endif

static int arguments;
static char **words;

#ifdef FUZZING
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *, size_t));

static int
all(void)
{
	return LLVMFuzzerRunDriver(&arguments, &words, fuzz_one);
}
#else
enum { MOST = 4 << 20 };

static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *room = malloc(MOST), *exact;
	size_t n;

	if (f == NULL || room == NULL) {
		fprintf(stderr, "%s can't be read\n", path);
		exit(70);
	}
	n = fread(room, 1, MOST, f);
	fclose(f);
	/* Of its exact size, so that the sanitizer sees a byte too far. */
	exact = malloc(n > 0 ? n : 1);
	if (exact != NULL)
		(void)fuzz_one(memcpy(exact, room, n), n);
	free(exact);
	free(room);
	return exact == NULL;
}

static int
replay_folder(const char *folder)
{
	struct dirent *entry;
	char path[4096];
	int files = 0;
	DIR *d = opendir(folder);

	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (replay_file(path) != 0)
			return 1;
		files++;
	}
	if (d != NULL)
		closedir(d);
	printf("%s: %d files\n", folder, files);
	return files > 0 ? 0 : 1; /* a corpus that isn't found is no success */
}

/* The corpus of this program, or the folders named. */
static int
all(void)
{
	const char *fixtures = getenv("BEDRUD_FIXTURES");
	char folder[4096];
	int failed = 0;

	for (int i = 1; i < arguments; i++)
		failed |= replay_folder(words[i]);
	if (arguments > 1)
		return failed;
	if (fixtures == NULL)
		fixtures = "tests/fixtures";
#ifdef FUZZ_HOUSE	/* the requests that tests/faults/ uses as well */
	(void)snprintf(folder, sizeof folder, "%s/requests/%s", fixtures, basename(words[0]) + strlen("fuzz_"));
#else
	(void)snprintf(folder, sizeof folder, "%s/../fuzz/corpus/%s", fixtures, basename(words[0]) + strlen("fuzz_"));
#endif
	return replay_folder(folder);
}
#endif

int
main(int argc, char **argv)
{
	arguments = argc;
	words = argv;
	base_log_threshold(LOG_LEVEL_NONE);
#ifdef FUZZ_HOUSE
	return house_run(all);
#else
	return all();
#endif
}
