/* SPDX-License-Identifier: Apache-2.0 */
/* Folders. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H
#include <sys/types.h>
#include "base/err.h"

/*
 * Makes the folder, and those above it, where they are not there yet. ERR_IO with errno set when one can't be made;
 * ERR_TOO_BIG for a name beyond 4095 bytes. Not logged.
 */
enum err base_folder_make(const char *path, mode_t mode) BASE_MUST_CHECK;

#endif
