/* SPDX-License-Identifier: Apache-2.0 */
/* The livekit-server program: there, executable, for this machine, LiveKit's, and content with what we give it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ctl/doctor/doctor.h"
#include "ctl/doctor/elf.h"
#include "ctl/doctor/launcher.h"
#include "ctl/owner.h"
#include "livekit-launcher/binary.h"
#include "livekit-launcher/check.h"
#include "livekit-launcher/yaml.h"

static const char install[] =
    "install livekit-server of LiveKit's releases for this machine, chmod 755 it, and name it in livekit.binary (or "
    "put it into PATH)";

/* 1 if its first bytes are those of a program for this machine. */
static int
is_for_this_machine(struct doctor *d, const char *path)
{
	unsigned char head[DOCTOR_ELF_HEADER];
	const char *problem;
	struct utsname u;
	char text[200];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, head, sizeof head);
	if (fd >= 0)
		(void)close(fd);
	if (n < 0 || uname(&u) != 0)
		return 1; /* executable and not readable: --version will tell */
	problem = doctor_elf_problem(head, (size_t)n, u.machine, text, sizeof text);
	if (problem == NULL)
		return 1;
	doctor_error(d, "livekit.binary", install, "%s is %s", path, problem);
	return 0;
}

/* Whether it takes the configuration that livekit-launcher will hand to it. */
static void
ask(struct doctor *d, const char *path)
{
	struct launcher_plan p = d->plan;
	struct base_buf yaml;
	enum err e;

	base_buf_init(&yaml, LIMIT_CONFIG);
	e = launcher_yaml_write(&p, 0, &yaml);
	if (e == ERR_OK && launcher_check_text(&p, path, &yaml) != 0)
		e = ERR_CONFIG;
	if (e == ERR_OK) {
		d->plan = p; /* what is left out (also TURN) isn't looked for later */
		doctor_ok(d, "livekit.accepts", "it takes the configuration that livekit-launcher makes");
		doctor_say_heard(d, "livekit.accepts", "install LiveKit's livekit-server 1.13.5 or newer");
	} else {
		doctor_error(d, "livekit.accepts", "follow what it says; `livekit-launcher --check` asks again",
		    "%s doesn't take the configuration that livekit-launcher makes: %s", path,
		    doctor_heard(d, base_err_text(e)));
	}
	if (yaml.p != NULL)
		base_mem_wipe(yaml.p, yaml.n);
	base_buf_free(&yaml);
}

/* Whoever starts the launcher may have named the program in its environment, which isn't ours: then it tells. */
static const char *
configured(struct doctor *d)
{
	const char *name = conf_str(d->conf, CONF_livekit_binary), *ours = getenv("LIVEKIT_SERVER");

	return *name != '\0' || (ours != NULL && *ours != '\0') ? name : doctor_launcher_binary(d);
}

static void
look_at(struct doctor *d)
{
	struct base_buf version;
	char path[PATH_MAX];
	enum err e;

	if (launcher_binary_find(configured(d), path) != ERR_OK) {
		doctor_error(d, "livekit.binary", install, "%s", doctor_heard(d, "livekit-server was not found"));
		return;
	}
	if (!is_for_this_machine(d, path))
		return;
	base_buf_init(&version, 16384);
	e = launcher_binary_version(path, &version);
	if (e == ERR_OK)
		doctor_ok(d, "livekit.binary", "%s is %s", path, version.p);
	else
		doctor_error(d, "livekit.binary", install, "%s", doctor_heard(d, base_err_text(e)));
	base_buf_free(&version);
	if (e == ERR_OK && d->has_plan && *conf_str(d->conf, CONF_livekit_configPath) == '\0')
		ask(d, path);
}

/*
 * As livekit-launcher would: as the owner of the database. Whoever may name the program (livekit.binary, PATH), or
 * replace it, would else have root run it.
 */
void
doctor_binary(struct doctor *d)
{
	struct ctl_owner o;

	if (d->conf == NULL || !d->is_embedded)
		return;
	if (ctl_owner_enter(conf_str(d->conf, CONF_database_path), &o) != ERR_OK) {
		doctor_warn(d, "livekit.binary", "correct database.path, so that it is known as whom LiveKit runs",
		    "the program isn't asked: %s", doctor_heard(d, "its user isn't known"));
		return;
	}
	look_at(d);
	if (ctl_owner_leave(&o) != ERR_OK)
		doctor_warn(d, "livekit.binary", "run this again", "%s", doctor_heard(d, base_err_text(ERR_IO)));
}
