/*
 * new_make.c - a new machine's folder. See new.h.
 *
 * Everything is made in a folder with another name beside it, which is renamed at the end.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/machines/keys.h"
#include "frontend/machines/new.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

static bool random_bytes(u8 *p, size_t n, struct err *e)
{
    return getrandom(p, n, 0) == (ssize_t)n || err_set(e, "no random numbers: %s", strerror(errno));
}

bool new_uuid(char text[37], struct err *e)
{
    u8 b[16];
    if (!random_bytes(b, sizeof(b), e))
        return false;
    b[6] = (u8)((b[6] & 0x0f) | 0x40); /* RFC 9562: version 4, variant 10 */
    b[8] = (u8)((b[8] & 0x3f) | 0x80);
    char *p = text;
    for (unsigned i = 0; i < sizeof(b); i++)
        p += sprintf(p, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
    return true;
}

bool new_mac(char text[18], struct err *e)
{
    u8 b[3];
    if (!random_bytes(b, sizeof(b), e))
        return false;
    snprintf(text, 18, "52:54:00:%02x:%02x:%02x", b[0], b[1], b[2]);
    return true;
}

static bool none(const char *value)
{
    return !value || !*value || strcasecmp(value, "none") == 0;
}

/* A file of the user's: its absolute name, so that the machine finds it from anywhere. */
static bool put_file(FILE *ini, const char *path, struct err *e)
{
    char *real = realpath(path, NULL);
    if (!real)
        return err_set(e, "%s: %s", path, strerror(errno));
    fprintf(ini, "file = %s\n", real);
    free(real);
    return true;
}

static bool hard_disk(const struct answers *a, const char *folder, FILE *ini, struct err *e)
{
    u64 bytes;
    if (none(a->storage))
        return true;
    fprintf(ini, "\n[drive.c]\nif = ide\nindex = 0\n");
    if (access(a->storage, F_OK) == 0)
        return put_file(ini, a->storage, e);
    char *path;
    if (asprintf(&path, "%s/disks/c.img", folder) < 0)
        return err_set(e, "out of memory");
    bool ok = files_parse_size(a->storage, &bytes, e) && files_make_empty(path, bytes & ~511ull, e);
    free(path);
    fprintf(ini, "file = disks/c.img\n");
    return ok;
}

static bool write_ini(const struct answers *a, const char *folder, FILE *ini, struct err *e)
{
    char uuid[37], mac[18];
    if (!new_uuid(uuid, e) || !new_mac(mac, e))
        return false;
    fprintf(ini,
            "# A machine of Ferrite. \"ferrite info\" shows every setting and what it means,\n"
            "# \"ferrite set\" changes them and keeps what you write here, and so can you.\n"
            "\n[machine]\nformat = 1\nname = %s\n"
            "# What is not said below is as this kind of guest wants it.\nguest = %s\nuuid = %s\n"
            "\n[memory]\nmb = %s\n",
            a->name, a->guest, uuid, a->memory);
    if (!hard_disk(a, folder, ini, e))
        return false;
    if (!none(a->cd)) {
        fprintf(ini, "\n[drive.cd]\nif = cdrom\n");
        if (!put_file(ini, a->cd, e))
            return false;
    }
    if (!none(a->floppy)) {
        fprintf(ini, "\n[drive.a]\nif = floppy\nindex = 0\n");
        if (!put_file(ini, a->floppy, e))
            return false;
    }
    fprintf(ini, "\n[net]\n# none, user or lan:NAME\nmode = %s\n",
            none(a->network) ? "none" : a->network);
    if (!none(a->network))
        fprintf(ini, "mac = %s\n", mac);
    if (!none(a->forward))
        fprintf(ini, "forward = %s\n", a->forward);
    fprintf(ini, "\n[security]\n# yes: disks are as before after each run\nthrowaway = %s\n",
            a->throwaway);
    if (strcasecmp(a->sandbox, "on") !=
        0) /* else it is as usual, also where a kernel lacks parts */
        fprintf(ini, "sandbox = %s\n", a->sandbox);
    if (!none(a->backup))
        fprintf(ini, "\n[backup]\nto = %s\n", a->backup);
    return true;
}

static bool fill(const struct answers *a, const char *folder, struct err *e)
{
    static const char *const inside[] = {"disks", "states", "shots"};
    char *path;
    bool ok = files_make_folder(folder, e);
    for (size_t i = 0; ok && i < ARRAY_SIZE(inside); i++) {
        if (asprintf(&path, "%s/%s", folder, inside[i]) < 0)
            return err_set(e, "out of memory");
        ok = files_make_folder(path, e);
        free(path);
    }
    if (!ok || asprintf(&path, "%s/machine.ini", folder) < 0)
        return ok ? err_set(e, "out of memory") : false;
    FILE *ini = fopen(path, "wxe");
    ok = ini ? write_ini(a, folder, ini, e) : err_set(e, "%s: %s", path, strerror(errno));
    bool written = ini && !ferror(ini);
    written &= ini && fclose(ini) == 0;
    ok = ok && (written || err_set(e, "%s: %s", path, strerror(errno)));
    free(path);
    return ok;
}

bool new_make(const struct answers *a, char **folder, struct err *e)
{
    char *home = home_folder(e), *making = NULL;
    *folder = home ? home_new(a->name, e) : NULL;
    bool ok = *folder != NULL;
    if (ok && asprintf(&making, "%s/.new-%s-%d", home, a->name, (int)getpid()) < 0) {
        making = NULL;
        ok = err_set(e, "out of memory");
    }
    ok = ok && files_make_folder(home, e) && fill(a, making, e) &&
         (rename(making, *folder) == 0 || err_set(e, "%s: %s", *folder, strerror(errno)));
    if (!ok && making)
        files_remove_tree(making, NULL);
    if (!ok) {
        free(*folder);
        *folder = NULL;
    }
    free(making);
    free(home);
    return ok;
}
