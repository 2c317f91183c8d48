/*
 * doctor_machine.c - what is wrong or unwise in one machine. See doctor.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/doctor/doctor.h"
#include "frontend/machines/command_line.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/snapshots.h"
#include "hw/storage/disk.h"
#include "hw/storage/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SECTOR = 512 };

struct look {
    struct findings *f;
    const struct config *c;
    unsigned bootable; /* drives with something to start from */
};

/* ---- images ---- */

static enum disk_kind kind_of(const struct look *l, const char *section)
{
    const char *kind = config_get(l->c, section, "if", NULL);
    if (kind && strcmp(kind, "cdrom") == 0)
        return DISK_CD;
    return kind && strcmp(kind, "floppy") == 0 ? DISK_FLOPPY : DISK_HARD;
}

/* Is there a boot sector? An empty new disk has none. */
static bool starts(const char *path, enum disk_kind kind)
{
    u8 sector[SECTOR] = {0};
    if (kind == DISK_CD)
        return true; /* its boot record is the BIOS' business */
    FILE *in = fopen(path, "re");
    if (in) {
        if (fread(sector, 1, sizeof(sector), in) != sizeof(sector))
            sector[SECTOR - 1] = 0;
        fclose(in);
    }
    return sector[510] == 0x55 && sector[511] == 0xaa;
}

/* A file with holes grows as the guest writes: is there room for all of it? */
static void growth(const struct look *l, const char *section, const char *path)
{
    struct stat st;
    struct statvfs fs;
    char more[20], free_text[20];
    if (stat(path, &st) != 0 || statvfs(path, &fs) != 0)
        return;
    u64 has = (u64)st.st_blocks * 512, full = (u64)st.st_size;
    u64 room = (u64)fs.f_bavail * fs.f_frsize;
    if (full > has && full - has > room)
        found(l->f, FINDING_UNWISE, section, "make room on the host, or give it a smaller disk",
              "the image can grow by %s, the host has %s free; a full host stops the machine",
              files_size_text(full - has, more), files_size_text(room, free_text));
}

static void overlay(const struct look *l, const char *section)
{
    struct overlay_info info;
    struct err e;
    char *path = config_path(l->c, section, "overlay");
    if (!path)
        found(l->f, FINDING_WRONG, section, "ferrite set MACHINE drive.X.overlay=FILE",
              "mode = overlay, but there is no overlay = FILE");
    else if (access(path, F_OK) != 0)
        found(l->f, FINDING_WRONG, section, "ferrite disk create IMAGE OVERLAY",
              "its overlay %s: %s", path, strerror(errno));
    else if (!overlay_check(path, false, &info, &e))
        found(l->f, FINDING_WRONG, section, NULL, "%s", e.text);
    else if (info.missing || info.shared || info.table_cut)
        found(l->f, FINDING_WRONG, section, "ferrite disk check --repair OVERLAY",
              "its overlay %s is damaged", path);
    else if (overlay_info(path, &info, &e) && info.committing)
        found(l->f, FINDING_WRONG, section, "ferrite disk commit OVERLAY, again",
              "a commit of %s was interrupted", path);
    else
        found(l->f, FINDING_FINE, section, NULL, "its overlay is whole");
    free(path);
}

static void image(struct look *l, const char *section)
{
    struct err e;
    enum disk_kind kind = kind_of(l, section);
    const char *mode = config_get(l->c, section, "mode", NULL);
    char *path = config_path(l->c, section, "folder");
    if (path) {
        bool there = access(path, R_OK | X_OK) == 0;
        found(l->f, there ? FINDING_FINE : FINDING_WRONG, section, NULL,
              there ? "folder %s" : "folder %s cannot be read", path);
        free(path);
        return;
    }
    path = config_path(l->c, section, "file");
    if (!path) {
        found(l->f, FINDING_UNWISE, section, NULL, "there is no file = in [%s]: it is left out",
              section);
        return;
    }
    struct media media = {.path = path, .read_only = strcmp(mode, "live") != 0};
    int user = doctor_user_of(path);
    struct disk *disk = user ? NULL : disk_open(&media, kind, true, NULL, &e);
    if (user)
        found(l->f, FINDING_WRONG, section, "end that process, or give one of both an overlay",
              "%s is open in process %d", path, user);
    else if (!disk)
        found(l->f, FINDING_WRONG, section, NULL, "%s", e.text);
    else if (kind != DISK_CD && !media.read_only && access(path, W_OK) != 0)
        found(l->f, kind == DISK_HARD ? FINDING_WRONG : FINDING_UNWISE, section,
              "chmod u+w, or mode = overlay", "%s cannot be written: %s", path, strerror(errno));
    else
        found(l->f, FINDING_FINE, section, NULL, "%s", path);
    if (disk) {
        disk_close(disk, NULL);
        l->bootable += starts(path, kind) || strcmp(mode, "overlay") == 0;
        if (!media.read_only)
            growth(l, section, path);
    }
    if (strcmp(mode, "overlay") == 0)
        overlay(l, section);
    free(path);
}

/* ---- what its guest will not like ---- */

static const struct misfit {
    const char *guests; /* apart by blanks */
    const char *cpus;   /* models that do not fit; NULL: any */
    long below, above;  /* memory in MB that does not fit; 0: any */
    const char *why, *remedy;
} misfits[] = {
    {"winnt linux", "386", 0, 0, "such systems want at least a 486",
     "ferrite set MACHINE cpu.model=pentium3"},
    {"win9x", "386", 0, 0, "Windows 98 refuses a 386", "ferrite set MACHINE cpu.model=pentium"},
    {"win9x", NULL, 0, 512,
     "Windows 95 and 98 fail with more than 512 MB, for their disk cache takes all addresses",
     "ferrite set MACHINE memory.mb=256"},
    {"win9x", NULL, 16, 0, "Windows 98 wants 16 MB or more", "ferrite set MACHINE memory.mb=64"},
    {"dos", NULL, 0, 64, "many DOS programs and extenders fail with more than 64 MB",
     "ferrite set MACHINE memory.mb=16"},
    {"win3", NULL, 0, 256, "Windows 3.x does not start with more than 256 MB",
     "ferrite set MACHINE memory.mb=16"},
    {"winnt", NULL, 64, 0, "Windows 2000 and XP want 64 MB or more",
     "ferrite set MACHINE memory.mb=256"},
    {"linux", NULL, 64, 0, "today's distributions want 128 MB or more",
     "ferrite set MACHINE memory.mb=256"},
};

static bool among(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = words; (p = strstr(p, word)); p++) {
        if ((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    }
    return false;
}

static void guest(const struct look *l)
{
    const char *model = config_get(l->c, "cpu", "model", NULL);
    const char *speed = config_get(l->c, "cpu", "speed", NULL);
    const char *name = l->c->preset->name;
    long mb = strtol(config_get(l->c, "memory", "mb", NULL), NULL, 10);
    for (size_t i = 0; i < ARRAY_SIZE(misfits); i++) {
        const struct misfit *m = &misfits[i];
        if (among(m->guests, name) && (!m->cpus || among(m->cpus, model)) &&
            (!m->below || mb < m->below) && (!m->above || mb > m->above))
            found(l->f, FINDING_UNWISE, "guest", m->remedy, "guest = %s: %s", name, m->why);
    }
    if (strcmp(speed, "max") == 0 && among("dos win3", name))
        found(l->f, FINDING_UNWISE, "guest", "ferrite set MACHINE cpu.speed=486-66",
              "cpu.speed = max: programs that time themselves by loops run too fast or fail");
    else if (strcmp(speed, "max") != 0)
        found(l->f, FINDING_FINE, "speed", NULL, "held at %s; cpu.speed=max lets it go", speed);
    if (config_yes(l->c, "security", "throwaway"))
        found(l->f, FINDING_UNWISE, "security", "ferrite set MACHINE security.throwaway=no",
              "what the guest writes to its disks is gone at the end of each run");
}

static void memory(const struct look *l)
{
    u64 mb = strtoul(config_get(l->c, "memory", "mb", NULL), NULL, 10);
    long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    u64 there = pages > 0 && size > 0 ? (u64)pages * (u64)size >> 20 : 0;
    if (there && mb > there)
        found(l->f, FINDING_UNWISE, "memory", "end other programs, or give it less",
              "it may use %u MB, and this host has %u MB free just now", (unsigned)mb,
              (unsigned)there);
}

/* Would its settings make a machine at all? */
static void command_line(const struct look *l)
{
    struct command_line line;
    struct options o;
    struct err e;
    if (!command_line_make(&line, l->c, 0, NULL, &e)) {
        found(l->f, FINDING_WRONG, "settings", NULL, "%s", e.text);
        return;
    }
    if (options_parse(&o, line.argc, line.argv, &e))
        found(l->f, FINDING_FINE, "settings", NULL, "%s", l->c->ini.path);
    else
        found(l->f, FINDING_WRONG, "settings", NULL, "%s: %s", l->c->ini.path, e.text);
    options_free(&o);
    command_line_free(&line);
}

void doctor_machine(struct findings *f, const struct config *c)
{
    struct look l = {f, c, 0};
    struct err e;
    const char *section;
    pid_t pid = home_running(c->folder);
    command_line(&l);
    if (pid) {
        found(f, FINDING_FINE, "state", NULL,
              "it is running, process %d: its disks were not opened", (int)pid);
    } else {
        if (!snapshots_whole(c, &e))
            found(f, FINDING_WRONG, "snapshots", NULL, "%s", e.text);
        for (size_t i = 0; (section = config_section(c, "drive.", i)); i++)
            image(&l, section);
        if (!l.bootable)
            found(f, FINDING_UNWISE, "drives",
                  "start it with -cdrom or -fda, or ferrite set MACHINE drive.cd.if=cdrom "
                  "drive.cd.file=FILE",
                  "nothing to start from: no disk of it has a boot sector yet");
    }
    guest(&l);
    memory(&l);
}
