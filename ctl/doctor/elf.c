/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/elf.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* e_machine, the class of its programs, its name, and what uname(2) says on it. */
static const struct {
	unsigned machine;
	unsigned char class;
	const char *name;
	const char *runs_on; /* beginnings of uname's machine, separated by blanks */
} machines[] = {
    {EM_X86_64, ELFCLASS64, "amd64 (x86_64)", "x86_64"},
    {EM_386, ELFCLASS32, "i386", "i386 i486 i586 i686 x86_64"},
    {EM_AARCH64, ELFCLASS64, "arm64 (aarch64)", "aarch64 arm64"},
    {EM_ARM, ELFCLASS32, "32-bit arm", "arm aarch64"},
    {EM_RISCV, ELFCLASS64, "riscv64", "riscv64"},
    {EM_PPC64, ELFCLASS64, "ppc64", "ppc64"},
    {EM_S390, ELFCLASS64, "s390x", "s390x"},
};

static int
runs(const char *list, const char *machine)
{
	size_t n;

	for (; *list != '\0'; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		if (strncmp(machine, list, n) == 0)
			return 1;
	}
	return 0;
}

const char *
doctor_elf_problem(const unsigned char *p, size_t n, const char *machine, char *out, size_t room)
{
	unsigned is, class, i;

	if (n == 0)
		return "an empty file";
	if (n >= 2 && p[0] == '#' && p[1] == '!')
		return NULL;
	if (n < 20 || memcmp(p, ELFMAG, SELFMAG) != 0) {
		if (n >= 4 && ((p[0] == 0xcf && p[1] == 0xfa) || (p[0] == 0xca && p[1] == 0xfe)))
			return "a program for macOS";
		if (n >= 2 && p[0] == 'M' && p[1] == 'Z')
			return "a program for Windows";
		if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
			return "a gzip archive that must be unpacked first";
		return "no program (no ELF file and no script)";
	}
	class = p[EI_CLASS];
	is = p[EI_DATA] == ELFDATA2MSB ? (unsigned)p[18] << 8 | p[19] : (unsigned)p[19] << 8 | p[18];
	for (i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		if (machines[i].machine != is || machines[i].class != class)
			continue;
		if (runs(machines[i].runs_on, machine))
			return NULL;
		(void)snprintf(out, room, "a program for %s, and this machine is %s", machines[i].name, machine);
		return out;
	}
	(void)snprintf(out, room, "a program for another machine (ELF machine %u, class %u), and this machine is %s",
	    is, class, machine);
	return out;
}
