/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum err
base_folder_make(const char *path, mode_t mode)
{
	char part[4096];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof part)
		return ERR_TOO_BIG;
	memcpy(part, path, n + 1);
	for (char *p = strchr(part + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(part, mode) != 0 && errno != EEXIST)
			return ERR_IO;
		*p = '/';
	}
	return mkdir(part, mode) != 0 && errno != EEXIST ? ERR_IO : ERR_OK;
}
