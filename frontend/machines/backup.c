/*
 * backup.c - `ferrite backup` and `ferrite restore`: a machine's folder as one file.
 *
 * The file is a tar, packed by gzip, as the system's own tar makes and reads it (holes are kept),
 * so that it can be opened without Ferrite, too. In it lies manifest.sha256 with the sum of each
 * file, as sha256sum writes it: after it was made, and when it is restored, all of them are
 * compared.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/backup.h"

#include "frontend/archive/sha256.h"
#include "frontend/machines/commands.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/interrupted.h"
#include "frontend/machines/own_paths.h"
#include "frontend/machines/snapshots.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANIFEST "manifest.sha256"

static bool tar(const char *const *argv, const char *what, struct err *e)
{
    int status, error = interrupted_run(argv, &status);
    if (error)
        return err_set(e, "%s: tar cannot be started: %s", what, strerror(error));
    return interrupted_not_yet(e) &&
           ((WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
            err_set(e, "%s: tar failed; what it said stands above", what));
}

static bool sum_of(const char *path, char text[SHA256_TEXT], struct err *e)
{
    static const char digits[] = "0123456789abcdef";
    struct sha256 *sum = malloc(sizeof(*sum));
    u8 *buf = malloc(1 << 20), digest[SHA256_BYTES];
    const char *why = "out of memory";
    FILE *in = host_open_input(path, &why);
    bool ok = (in && buf && sum) || err_set(e, "%s: %s", path, why);
    if (ok) {
        size_t n;
        sha256_begin(sum);
        while (interrupted_not_yet(e) && (n = fread(buf, 1, 1 << 20, in)) > 0)
            sha256_add(sum, buf, n);
        ok = interrupted_not_yet(e) && (!ferror(in) || err_set(e, "%s: %s", path, strerror(errno)));
        sha256_end(sum, digest);
        for (unsigned i = 0; i < SHA256_BYTES; i++) {
            text[2 * i] = digits[digest[i] >> 4];
            text[2 * i + 1] = digits[digest[i] & 15];
        }
        text[2 * SHA256_BYTES] = 0;
    }
    if (in)
        fclose(in);
    free(buf);
    free(sum);
    return ok;
}

/* What belongs to one run, and is in no backup. */
static bool passing(const char *name)
{
    return strcmp(name, "lock") == 0 || strcmp(name, MANIFEST) == 0 ||
           strcmp(name, "last-run") == 0;
}

static bool add_sum(void *opaque, const char *path, const char *name, struct err *e)
{
    char text[SHA256_TEXT];
    FILE *out = opaque;
    if (passing(name))
        return true;
    if (strpbrk(name, "\n\\"))
        return err_set(e, "%s: a name with a line's end or \\ in it cannot be backed up", path);
    if (!sum_of(path, text, e))
        return false;
    fprintf(out, "%s  %s\n", text, name);
    return true;
}

/* The sums of all files in a folder, as text; the caller frees it. NULL + err. */
static char *sums(const char *folder, struct err *e)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        err_set(e, "out of memory");
        return NULL;
    }
    bool ok = files_walk(folder, add_sum, out, e);
    if (fclose(out) != 0)
        ok = err_set(e, "out of memory");
    if (ok)
        return text;
    free(text);
    return NULL;
}

/* Does the folder hold just what its manifest says? */
static bool verify(const char *folder, const char *what, struct err *e)
{
    char *path = NULL, *wanted = NULL;
    size_t room = 0;
    char *found = sums(folder, e);
    bool ok = found && asprintf(&path, "%s/" MANIFEST, folder) >= 0;
    FILE *in = ok ? fopen(path, "re") : NULL;
    if (ok && !in)
        ok = err_set(e, "%s: it has no " MANIFEST ": this is no backup of Ferrite's", what);
    if (ok)
        ok = getdelim(&wanted, &room, 0, in) > 0 && strcmp(wanted, found) == 0;
    if (in && !ok && interrupted_not_yet(e))
        err_set(e, "%s: a file in it is not what it was when the backup was made", what);
    if (in)
        fclose(in);
    free(found);
    free(wanted);
    if (found)
        free(path);
    return ok;
}

/* Unpack into a new folder, and look whether it is all there. */
static bool unpack(const char *file, const char *folder, struct err *e)
{
    const char *argv[] = {"tar",
                          "--extract",
                          "--gzip",
                          "--sparse",
                          "--no-same-owner",
                          "--no-same-permissions",
                          "--file",
                          file,
                          "--directory",
                          folder,
                          NULL};
    if (!files_remove_tree(folder, e) || !files_make_folder(folder, e))
        return false;
    if (!tar(argv, file, e))
        return interrupted_not_yet(e) &&
               err_set(e,
                       "%s: tar failed to unpack it: it is damaged, or no backup of Ferrite's, or "
                       "the disk is full (what tar said stands above); nothing was made",
                       file);
    return verify(folder, file, e);
}

bool backup_pack(const struct config *s, const char *file, struct err *e)
{
    char *manifest = NULL, *text = sums(s->folder, e), *trial = NULL;
    bool ok = text && asprintf(&manifest, "%s/" MANIFEST, s->folder) >= 0 &&
              asprintf(&trial, "%s.check", file) >= 0;
    FILE *out = ok ? fopen(manifest, "we") : NULL;
    if (ok && !out)
        ok = err_set(e, "%s: %s", manifest, strerror(errno));
    if (out) {
        bool written = fputs(text, out) >= 0;
        written &= fclose(out) == 0;
        ok = written || err_set(e, "%s: %s", manifest, strerror(errno));
    }
    const char *argv[] = {
        "tar",    "--create", "--format=posix", /* times to the nanosecond: overlays know their base
                                                   by them */
        "--gzip", "--sparse", "--exclude=./lock", "--exclude=./last-run",
        "--file", file,       "--directory",      s->folder,
        ".",      NULL};
    ok = ok && tar(argv, file, e) && unpack(file, trial, e);
    if (manifest)
        unlink(manifest);
    if (trial)
        files_remove_tree(trial, NULL);
    free(manifest);
    free(trial);
    free(text);
    return ok;
}

/* gzip's magic number (RFC 1952). */
bool backup_looks_like(const char *file)
{
    u8 head[2];
    const char *why;
    FILE *in = host_open_input(file, &why);
    bool yes = in && fread(head, 1, 2, in) == 2 && head[0] == 0x1f && head[1] == 0x8b;
    if (in)
        fclose(in);
    return yes;
}

/* ---- which stay ---- */

/* NAME-20261129-180512.tar.gz, made by us for this machine? */
static bool is_backup(const char *file, const char *name)
{
    size_t n = strlen(name), len = strlen(file);
    return strncmp(file, name, n) == 0 && file[n] == '-' && len == n + 23 &&
           strspn(file + n + 1, "0123456789-") == 15 && strcmp(file + n + 16, ".tar.gz") == 0;
}

/* Of the machine's backups in the folder the newest `keep` stay. */
static bool thin_out(const char *folder, const char *name, long keep, FILE *out, struct err *e)
{
    struct dirent **list;
    int count = scandir(folder, &list, NULL, alphasort);
    if (count < 0)
        return err_set(e, "%s: %s", folder, strerror(errno));
    bool ok = true;
    for (int i = count; i-- > 0;) { /* by name is by time */
        char *path = NULL;
        if (is_backup(list[i]->d_name, name) && keep-- <= 0 && ok &&
            asprintf(&path, "%s/%s", folder, list[i]->d_name) >= 0) {
            ok = unlink(path) == 0 || err_set(e, "%s: %s", path, strerror(errno));
            if (ok)
                clean_printf(out, "removed %s (backup.keep)\n", path);
            free(path);
        }
        free(list[i]);
    }
    free(list);
    return ok;
}

static bool backup_to(struct config *s, const char *folder, FILE *out, struct err *e)
{
    const char *slash = strrchr(s->folder, '/'), *name = slash + 1;
    char stamp[20], size[20], *file = NULL, *part = NULL;
    time_t now = time(NULL);
    struct tm tm;
    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
    if (asprintf(&file, "%s/%s-%s.tar.gz", folder, name, stamp) < 0 ||
        asprintf(&part, "%s.part", file) < 0) {
        free(file);
        return err_set(e, "out of memory");
    }
    bool ok = files_make_folder(folder, e) && backup_pack(s, part, e) &&
              (rename(part, file) == 0 || err_set(e, "%s: %s", file, strerror(errno)));
    if (ok)
        clean_printf(out, "%s (%s), read again and compared\n", file,
                     files_size_text(files_room(file), size));
    else
        unlink(part);
    ok = ok &&
         thin_out(folder, name, strtol(config_get(s, "backup", "keep", NULL), NULL, 10), out, e);
    free(file);
    free(part);
    return ok;
}

int backup_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct config s;
    struct err e;
    if (argc < 1 || argc > 2) {
        err_set(&e, "backup wants a machine, and a folder if backup.to of the machine has none");
        return subcommand_refused(messages, &e);
    }
    if (!config_open(&s, argv[0], &e))
        return subcommand_refused(messages, &e);
    sigset_t before;
    interrupted_begin(&before);
    int lock = home_lock(s.folder, &e);
    if (argc > 1 && lock >= 0)
        mkdir(argv[1], 0777); /* a folder that is there is as good; anything else is said below */
    char *to = argc > 1 ? realpath(argv[1], NULL) : config_path(&s, "backup", "to");
    bool ok = lock >= 0 && snapshots_whole(&s, &e), changed = false;
    /* Where it is restored its folder may be another one. */
    ok = ok && own_paths_relative(&s, s.folder, &changed, &e) &&
         (!changed || ini_save(&s.ini, &e)) && own_paths_of_snapshots(s.folder, s.folder, &e);
    if (ok && !to)
        ok = argc > 1
                 ? err_set(&e, "%.300s: %s", argv[1], strerror(errno))
                 : err_set(&e, "where to? say a folder, or ferrite set \"%s\" backup.to=FOLDER",
                           config_name(&s));
    size_t n = strlen(s.folder);
    if (ok && strncmp(to, s.folder, n) == 0 && (to[n] == '/' || !to[n]))
        ok = err_set(&e, "%.300s lies in the machine itself: say another folder", to);
    ok = ok && backup_to(&s, to, out, &e);
    free(to);
    config_close(&s);
    if (lock >= 0)
        close(lock);
    int status = ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
    interrupted_end(&before);
    return status;
}

/* ---- restore ---- */

/* Unpacked and looked at beside where it goes: a bad file leaves nothing behind. */
static bool backup_restore_as(const char *file, const char *folder, struct err *e)
{
    char *slash = strrchr(folder, '/'), *trial = NULL, *manifest = NULL;
    struct config s;
    if (asprintf(&trial, "%.*s/.restore-%s", (int)(slash - folder), folder, slash + 1) < 0 ||
        asprintf(&manifest, "%s/" MANIFEST, trial) < 0) {
        free(trial);
        return err_set(e, "out of memory");
    }
    bool ok = unpack(file, trial, e) && config_open(&s, trial, e);
    if (ok) {
        ok = ini_set(&s.ini, "machine", "name", slash + 1, e) && ini_save(&s.ini, e);
        config_close(&s);
    }
    ok = ok && (unlink(manifest) == 0 || err_set(e, "%s: %s", manifest, strerror(errno))) &&
         (rename(trial, folder) == 0 || err_set(e, "%s: %s", folder, strerror(errno)));
    if (!ok)
        files_remove_tree(trial, NULL);
    free(trial);
    free(manifest);
    return ok;
}

int restore_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct err e;
    if (argc != 2) {
        err_set(&e, "restore wants a file that ferrite backup made, and a name for the machine");
        return subcommand_refused(messages, &e);
    }
    char *home = home_folder(&e), *folder = home ? home_new(argv[1], &e) : NULL;
    bool ok = folder && files_make_folder(home, &e);
    if (ok && access(folder, F_OK) == 0)
        ok = err_set(&e, "there is a machine \"%s\" already; say another name", argv[1]);
    if (ok && access(argv[0], R_OK) != 0)
        ok = err_set(&e, "%.300s: %s", argv[0], strerror(errno));
    sigset_t before;
    interrupted_begin(&before);
    ok = ok && backup_restore_as(argv[0], folder, &e);
    if (ok)
        clean_printf(out, "%s is back, in %s\n", argv[1], folder);
    free(folder);
    free(home);
    int status = ok ? SUBCOMMAND_DONE : subcommand_refused(messages, &e);
    interrupted_end(&before);
    return status;
}
