/*
 * dos_cd.c - see dos_cd.h.
 */
#include "frontend/dos/dos_cd.h"

#include "frontend/dos/classify.h"
#include "hw/storage/cd_disc.h"
#include "hw/storage/folder/iso9660.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool read_block(void *opaque, u32 block, u8 *to)
{
    return cd_read(opaque, block, to);
}

/* What DOS would take for the n characters of `name` in this directory; folder: for a directory. */
static bool find_name(const struct iso_disc *d, u32 directory, const char *name, size_t n,
                      bool folder, char out[DOS_NAME], u32 *start)
{
    static const char *const added[] = {"", ".com", ".exe", ".bat"};
    const struct codepage *cp = codepage_find(DOS_CODEPAGE);
    size_t best = folder ? 1 : ARRAY_SIZE(added), none = best;
    struct iso_walk w;
    struct iso_entry e;
    u8 alias[ALIAS_BYTES];
    char found[DOS_NAME];
    bool ok = iso_directory(d, directory, &w);
    while (ok && iso_next(d, &w, &e)) {
        if (!iso_alias(&e, cp, alias) || !(e.flags & ISO_DIRECTORY) == folder || alias[0] == '.')
            continue;
        dos_alias_text(alias, found);
        for (size_t i = 0; i < best; i++) {
            if (strncasecmp(found, name, n) == 0 && strcasecmp(found + n, added[i]) == 0) {
                best = i;
                *start = e.start;
                memcpy(out, found, sizeof(found));
            }
        }
    }
    return best < none;
}

static bool find_path(const struct iso_disc *d, u32 root, const char *word, char out[DOS_PATH])
{
    size_t used = 0;
    u32 at = root;
    for (const char *part = word + strspn(word, "/\\"); *part;) {
        char name[DOS_NAME];
        size_t n = strcspn(part, "/\\");
        bool last = !part[n];
        if (!n || !find_name(d, at, part, n, !last, name, &at) ||
            used + strlen(name) + 2 > DOS_PATH)
            return false;
        used += (size_t)snprintf(out + used, DOS_PATH - used, "\\%s", name);
        part += n + !last;
    }
    return used > 0;
}

bool dos_cd_find(const char *image, const char *word, char out[DOS_PATH], struct err *e)
{
    struct media m = {.path = image};
    struct iso_volume volume;
    struct cd_disc *disc = cd_open(&m, NULL, e);
    if (!disc)
        return false;
    const struct iso_disc d = {read_block, disc, cd_blocks(disc)};
    bool ok =
        iso_open(&d, &volume) || err_set(e, "%s: this CD has no files for DOS (ISO 9660)", image);
    if (ok && !find_path(&d, volume.root.start, word, out))
        out[0] = 0;
    cd_close(disc, NULL);
    return ok;
}

bool dos_cd_sheet(const char *image, char out[PATH_MAX])
{
    static const char *const sheets[] = {".cue", ".CUE", ".Cue"};
    const char *dot = strrchr(image, '.');
    if (!dot || has_extension(image, ".cue") || has_extension(image, ".iso"))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(sheets); i++) {
        int n = snprintf(out, PATH_MAX, "%.*s%s", (int)(dot - image), image, sheets[i]);
        if (n > 0 && n < PATH_MAX && access(out, R_OK) == 0)
            return true;
    }
    return false;
}
