/*
 * get.c - see get.h.
 *
 * What comes is kept in the cache until it is whole and has its sum, so that an attempt that was
 * cut off goes on. Then the package's folder is made beside its place and renamed: it is there
 * whole, or not at all.
 */
#include "frontend/get/get.h"

#include "frontend/archive/sha256.h"
#include "frontend/archive/zip.h"
#include "frontend/cli/subcommand.h"
#include "frontend/control/xdg.h"
#include "frontend/get/download.h"
#include "frontend/get/table.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"
#include "hw/base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKAGES_MAX = 8, MOST = 512 << 20, NOTICE_MAX = 4096 };

struct get_options {
    const char *from;
    bool again, help;
};

#define LICENCE_FILE "COPYING"

#define ONCE(...) OPTION_TEXT_ROW(struct get_options, OPTION_ONCE, __VA_ARGS__)
#define FLAG(...) OPTION_FLAG_ROW(struct get_options, __VA_ARGS__)

static const struct option rows[] = {
    ONCE("from", "FILE", from, NULL,
         "a file or an address (https:...) to take it from; it must have the right sum"),
    FLAG("again", again, "even if it is there already"),
    FLAG("help", help, "what can be fetched"),
    FLAG("h", help, "the same"),
};

const struct option_table get_options_table = {rows, ARRAY_SIZE(rows)};

/* One attempt's work. */
struct job {
    bool offline; /* nothing is fetched */
    const struct get_package *package;
    char folder[PATH_MAX]; /* where it is to be */
    FILE *messages;
};

static int failed(const struct job *j, const struct err *e)
{
    fprintf(j->messages, "ferrite get: %s\n", e->text);
    return SUBCOMMAND_FAILED;
}

/* ---- files ---- */

static u8 *read_file(const char *path, size_t *size, struct err *e)
{
    int error;
    u8 *bytes = host_read_whole(path, MOST, size, &error);
    if (!bytes)
        err_set(e, "%s: %s", path, host_read_error(error));
    return bytes;
}

static bool write_file(const char *folder, const char *name, const void *bytes, size_t size,
                       struct err *e)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int error = fd < 0 ? errno : host_write(fd, bytes, size, 0);
    if (!error)
        error = host_sync(fd);
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    return !error || err_set(e, "%s: cannot be written: %s", path, strerror(error));
}

/* A folder of ours with nothing but files in it. */
static void remove_folder(const char *folder, const char *keeps)
{
    char path[PATH_MAX + 64];
    const char *const names[] = {keeps, "NOTICE.txt", LICENCE_FILE};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

/* ---- the licence's text ---- */

/* A file with the licence's sum; the caller frees it. NULL: it is not that. */
static u8 *licence_at(const struct get_package *p, const char *path, size_t *size)
{
    char sum[SHA256_TEXT];
    u8 *bytes = read_file(path, size, NULL);
    if (!bytes)
        return NULL;
    sha256_text(bytes, *size, sum);
    if (strcmp(sum, p->licence_text.sha256) == 0)
        return bytes;
    free(bytes);
    return NULL;
}

/* The whole text of the licence; NULL: it cannot be had, which is no reason not to go on. */
static u8 *licence(const struct job *j, size_t *size)
{
    const struct get_package *p = j->package;
    char part[PATH_MAX];
    u8 *bytes = p->licence_here ? licence_at(p, p->licence_here, size) : NULL;
    if (!xdg_path(XDG_CACHE, "get/" LICENCE_FILE ".part", part) || !xdg_make_parents(part))
        return bytes;
    for (size_t u = 0; !bytes && !j->offline && u < GET_URLS && p->licence_text.url[u]; u++) {
        unlink(part);
        if (download(p->licence_text.url[u], part, NULL) == DOWNLOAD_DONE)
            bytes = licence_at(p, part, size);
        unlink(part);
    }
    return bytes;
}

/* ---- into place ---- */

static bool place(const struct job *j, const struct get_file *file, const u8 *bytes, size_t size,
                  struct err *e)
{
    const struct get_package *p = j->package;
    char fresh[PATH_MAX + 16], old[PATH_MAX + 16], notice[NOTICE_MAX];
    snprintf(fresh, sizeof(fresh), "%s.new", j->folder);
    snprintf(old, sizeof(old), "%s.old", j->folder);
    int n = snprintf(notice, sizeof(notice), "%s (%s, SHA-256 %s)\n\n%s", p->summary, file->name,
                     file->sha256, p->licence);
    size_t licence_size = 0;
    u8 *text = licence(j, &licence_size);
    remove_folder(fresh, p->keeps);
    if (!xdg_make_parents(fresh) || mkdir(fresh, 0755) != 0) {
        err_set(e, "%s: cannot be made: %s", fresh, strerror(errno));
        free(text);
        return false;
    }
    bool ok = write_file(fresh, p->keeps, bytes, size, e) &&
              write_file(fresh, "NOTICE.txt", notice, (size_t)n, e) &&
              (!text || write_file(fresh, LICENCE_FILE, text, licence_size, e));
    free(text);
    if (!ok) {
        remove_folder(fresh, p->keeps);
        return false;
    }
    if (!licence_size)
        fputs("the licence's whole text could not be had; NOTICE.txt says where it is\n",
              j->messages);
    remove_folder(old, p->keeps);
    bool had = rename(j->folder, old) == 0;
    if (rename(fresh, j->folder) != 0) {
        err_set(e, "%s: cannot be put into place: %s", j->folder, strerror(errno));
        if (had)
            (void)!rename(old, j->folder);
        remove_folder(fresh, p->keeps);
        return false;
    }
    host_sync_name(j->folder);
    remove_folder(old, p->keeps);
    return true;
}

/* The member of a zip, or all of it. */
static bool unpack_and_place(const struct job *j, const struct get_file *file, const u8 *bytes,
                             size_t size, struct err *e)
{
    struct zip z;
    if (!file->member)
        return place(j, file, bytes, size, e);
    if (!zip_open(&z, file->name, bytes, size, e))
        return false;
    size_t i = zip_find(&z, file->member);
    u8 *member = NULL;
    if (i == z.count)
        err_set(e, "%s: has no %s", file->name, file->member);
    else
        member = zip_read(&z, i, e);
    bool ok = member && place(j, file, member, z.entries[i].size, e);
    free(member);
    zip_close(&z);
    return ok;
}

/* Which of the package's files has this sum; NULL: none. */
static const struct get_file *by_sum(const struct get_package *p, const u8 *bytes, size_t size,
                                     char sum[SHA256_TEXT])
{
    sha256_text(bytes, size, sum);
    for (size_t i = 0; i < GET_CHOICES && p->choice[i].name; i++) {
        if (strcmp(p->choice[i].sha256, sum) == 0)
            return &p->choice[i];
    }
    return NULL;
}

/* A file that is here, and came from `from`: into place. `wrong`: it has another sum. */
static bool take(const struct job *j, const char *path, const char *from, bool *wrong,
                 struct err *e)
{
    char sum[SHA256_TEXT];
    size_t size = 0;
    *wrong = false;
    u8 *bytes = read_file(path, &size, e);
    if (!bytes)
        return false;
    const struct get_file *file = by_sum(j->package, bytes, size, sum);
    *wrong = !file;
    bool ok = file ? unpack_and_place(j, file, bytes, size, e)
                   : err_set(e,
                             "%s: is not what it should be: its SHA-256 is %s. (-dos FILE uses "
                             "any disk's image with a DOS as it is.)",
                             from, sum);
    free(bytes);
    return ok;
}

/* ---- fetching ---- */

/* From one address. */
static enum download fetch(const struct job *j, const char *url, const char *name, struct err *e)
{
    char part[PATH_MAX], relative[300];
    bool wrong;
    snprintf(relative, sizeof(relative), "get/%s.part", name);
    if (!xdg_path(XDG_CACHE, relative, part) || !xdg_make_parents(part)) {
        err_set(e, "there is no place for a cache: set HOME or XDG_CACHE_HOME");
        return DOWNLOAD_NO_TOOL;
    }
    fprintf(j->messages, "fetching %s\n", url);
    fflush(j->messages);
    for (int attempt = 0; attempt < 2; attempt++) {
        bool resumed = access(part, F_OK) == 0;
        enum download got = download(url, part, e);
        /* What was there may be whole already, and a server has nothing behind its end. */
        if (got != DOWNLOAD_DONE && !(got == DOWNLOAD_FAILED && resumed))
            return got;
        if (take(j, part, url, &wrong, e)) {
            unlink(part);
            return DOWNLOAD_DONE;
        }
        if (!wrong)
            return got == DOWNLOAD_FAILED ? got : DOWNLOAD_NO_TOOL; /* the disk, the archive */
        if (got == DOWNLOAD_FAILED)
            return got; /* not whole yet: another address may go on with it */
        unlink(part);
        if (!resumed)
            return DOWNLOAD_FAILED;
        /* Half of it came from elsewhere: once more from the beginning. */
    }
    return DOWNLOAD_FAILED;
}

static int fetch_any(const struct job *j, struct err *e)
{
    const struct get_package *p = j->package;
    for (size_t c = 0; c < GET_CHOICES && p->choice[c].name; c++) {
        const struct get_file *file = &p->choice[c];
        for (size_t u = 0; u < GET_URLS && file->url[u]; u++) {
            switch (fetch(j, file->url[u], file->name, e)) {
            case DOWNLOAD_DONE:
                return SUBCOMMAND_DONE;
            case DOWNLOAD_NO_TOOL:
            case DOWNLOAD_STOPPED:
                return failed(j, e);
            case DOWNLOAD_FAILED:
                fprintf(j->messages, "  %s\n", e->text);
            }
        }
    }
    err_set(e,
            "%s could not be fetched from any address. Is there a network? With the file from "
            "elsewhere: ferrite get %s -from FILE",
            p->name, p->name);
    return failed(j, e);
}

static bool is_address(const char *from)
{
    return strstr(from, "://") != NULL;
}

static int get(struct job *j, const struct get_options *o)
{
    struct err e;
    bool wrong;
    char relative[64];
    /* Beside the folders of machines, with a name that none of them has. */
    snprintf(relative, sizeof(relative), ".get/%s", j->package->name);
    if (!xdg_path(XDG_DATA, relative, j->folder)) {
        err_set(&e, "there is no place for it: set HOME or XDG_DATA_HOME");
        return failed(j, &e);
    }
    if (!o->again && access(j->folder, F_OK) == 0) {
        clean_printf(j->messages, "%s is there already: %s (-again fetches it again)\n",
                     j->package->name, j->folder);
        return SUBCOMMAND_DONE;
    }
    j->offline = o->from && !is_address(o->from);
    fprintf(j->messages, "%s\n%s", j->package->summary, j->package->licence);
    int status = SUBCOMMAND_DONE;
    if (!o->from)
        status = fetch_any(j, &e);
    else if (is_address(o->from))
        status = fetch(j, o->from, j->package->name, &e) == DOWNLOAD_DONE ? SUBCOMMAND_DONE
                                                                          : failed(j, &e);
    else if (!take(j, o->from, o->from, &wrong, &e))
        status = failed(j, &e);
    if (status == SUBCOMMAND_DONE)
        clean_printf(j->messages, "%s is in %s\n", j->package->name, j->folder);
    return status;
}

/* ---- the command ---- */

static int usage(FILE *to, int status)
{
    fputs("Usage: ferrite get NAME [-from FILE|ADDRESS] [-again]\n", to);
    for (size_t i = 0; i < get_packages_count; i++)
        fprintf(to, "  %-10s%s\n", get_packages[i].name, get_packages[i].summary);
    return status;
}

int get_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct get_options o = {.from = NULL};
    struct job j = {.messages = messages};
    struct err e;
    int rest = 0;
    const char *name = NULL;
    /* Options on either side of the name. */
    for (int at = 0; at < argc; at = rest) {
        if (!option_parse(get_options_table, &o, argc, argv, at, &rest, &e)) {
            fprintf(messages, "ferrite get: %s\n", e.text);
            return SUBCOMMAND_ASKED_WRONGLY;
        }
        if (rest < argc && name) {
            clean_printf(messages, "ferrite get: one NAME at a time, not %.60s too\n", argv[rest]);
            return SUBCOMMAND_ASKED_WRONGLY;
        }
        if (rest < argc)
            name = argv[rest++];
    }
    if (o.help)
        return usage(out, SUBCOMMAND_DONE);
    if (!name)
        return usage(messages, SUBCOMMAND_ASKED_WRONGLY);
    const char *names[PACKAGES_MAX];
    for (size_t i = 0; i < get_packages_count && i < PACKAGES_MAX; i++) {
        names[i] = get_packages[i].name;
        if (strcmp(names[i], name) == 0)
            j.package = &get_packages[i];
    }
    if (j.package)
        return get(&j, &o);
    const char *near = nearest_word(name, names, get_packages_count);
    clean_printf(messages, "ferrite get: there is no \"%.60s\"%s%s%s\n", name,
                 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return SUBCOMMAND_ASKED_WRONGLY;
}
