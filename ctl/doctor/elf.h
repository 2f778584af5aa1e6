/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of program a file is, from its first bytes (elf(5)). Pure. */
#ifndef CTL_DOCTOR_ELF_H
#define CTL_DOCTOR_ELF_H
#include <stddef.h>

#define DOCTOR_ELF_HEADER 64	/* bytes of the file that are looked at */

/*
 * NULL if a file that begins with these n bytes can run on `machine` (as of uname(2): "x86_64", "aarch64" …), else
 * a clause that says what it is: "an ELF program for arm64 (64 bits), and this machine is x86_64". A script (#!) can.
 */
const char *doctor_elf_problem(const unsigned char *p, size_t n, const char *machine, char *out, size_t room);

#endif
