/*
 * drive_folder.c - what -drive says of a folder: rw=, fat=, size=, label=, tz=, cp=, max-files=,
 * removable=.
 */
#include "frontend/cli/drive.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A whole number up to `most`; false: something else. */
static bool number(const char *text, u64 most, u64 *out)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    unsigned long long v = strtoull(text, &end, 10);
    *out = v;
    return !*end && v <= most;
}

/* "500M", "2G": bytes. */
static bool size_of(const char *text, u64 *out)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    unsigned long long v = strtoull(text, &end, 10);
    unsigned shift = *end == 'M' || *end == 'm' ? 20 : *end == 'G' || *end == 'g' ? 30 : 0;
    *out = (u64)v << shift;
    return shift && !end[1] && v && v <= 1u << 21;
}

static bool rw(struct folder_options *o, const char *v, struct err *e)
{
    if (strcmp(v, "no") == 0)
        o->write = FOLDER_READ_ONLY;
    else if (strcmp(v, "live") == 0)
        o->write = FOLDER_LIVE;
    else if (strcmp(v, "overlay") == 0)
        o->write = FOLDER_OVERLAY;
    else
        return err_set(e,
                       "-drive rw=%.60s: say no (the guest cannot write), overlay (what it writes "
                       "goes to overlay=FILE) or live (it goes to the files)",
                       v);
    return true;
}

static bool fat(struct folder_options *o, const char *v, struct err *e)
{
    u64 n = 0;
    if (strcmp(v, "auto") != 0 && (!number(v, 32, &n) || (n != 12 && n != 16 && n != 32)))
        return err_set(e, "-drive fat=%.60s: say 12, 16, 32 or auto", v);
    o->fat = (unsigned)n;
    return true;
}

static bool tz(struct folder_options *o, const char *v, struct err *e)
{
    o->utc = strcmp(v, "utc") == 0;
    return o->utc || strcmp(v, "local") == 0 || err_set(e, "-drive tz=%.60s: say local or utc", v);
}

bool drive_folder(struct folder_options *o, const char *const values[DRIVE_FOLDER_KEYS],
                  struct err *e)
{
    const char *v;
    u64 n;
    if ((values[DRIVE_RW] && !rw(o, values[DRIVE_RW], e)) ||
        (values[DRIVE_FAT] && !fat(o, values[DRIVE_FAT], e)) ||
        (values[DRIVE_TZ] && !tz(o, values[DRIVE_TZ], e)))
        return false;
    if ((v = values[DRIVE_REMOVABLE])) {
        o->removable = strcmp(v, "on") == 0;
        if (!o->removable && strcmp(v, "off") != 0)
            return err_set(e, "-drive removable=%.60s: on or off", v);
    }
    o->label = values[DRIVE_LABEL];
    if ((v = values[DRIVE_SIZE]) && !size_of(v, &o->bytes))
        return err_set(e, "-drive size=%.60s: say a number with M or G, as 500M", v);
    if ((v = values[DRIVE_CP])) {
        if (!number(v, 9999, &n) || !codepage_find((unsigned)n))
            return err_set(e,
                           "-drive cp=%.60s: say 437, 850, 852, 866 or 1252 (pages of two bytes a "
                           "character are not supported; long names work without)",
                           v);
        o->codepage = (unsigned)n;
    }
    if ((v = values[DRIVE_MAX_FILES])) {
        if (!number(v, 10000000, &n) || !n)
            return err_set(e, "-drive max-files=%.60s: say a number up to 10000000", v);
        o->max_files = (u32)n;
    }
    return true;
}
