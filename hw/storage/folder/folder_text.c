/*
 * folder_text.c - how a folder's disk was made, in one line, for the header of an overlay over it:
 * "folder:fat=16;bytes=524288000;cp=437;utc=0;max=0;label=NAME;path=/home/me/dos".
 */
#include "hw/storage/folder/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool folder_is_text(const char *text)
{
    return strncmp(text, FOLDER_TEXT, sizeof(FOLDER_TEXT) - 1) == 0;
}

bool folder_to_text(const struct folder *f, const struct folder_options *o, char *out, size_t size)
{
    const struct layout *l = folder_layout(f);
    char label[64];
    snprintf(label, sizeof(label), "%s", l->options.label ? l->options.label : "");
    for (char *p = label; *p; p++)
        *p = *p == ';' ? '_' : *p;
    int n =
        snprintf(out, size, FOLDER_TEXT "fat=%u;bytes=%llu;cp=%u;utc=%d;max=%u;label=%s;path=%s",
                 l->volume.bits, (unsigned long long)l->sectors * FAT_SECTOR,
                 codepage_number(l->options.cp), o->utc, o->max_files, label, folder_path(f));
    return n > 0 && (size_t)n < size;
}

/* The value of a key, which ends with ; - cut out of the text. NULL: it is not there. */
static char *value_of(char **rest, const char *key)
{
    size_t n = strlen(key);
    char *value = *rest + n, *end = strchr(*rest, ';');
    if (strncmp(*rest, key, n) != 0 || !end)
        return NULL;
    *end = 0;
    *rest = end + 1;
    return value;
}

bool folder_from_text(char *text, struct folder_options *o)
{
    char *rest = text + sizeof(FOLDER_TEXT) - 1;
    if (!folder_is_text(text))
        return false;
    char *fat = value_of(&rest, "fat="), *bytes = value_of(&rest, "bytes=");
    char *cp = value_of(&rest, "cp="), *utc = value_of(&rest, "utc=");
    char *max = value_of(&rest, "max="), *label = value_of(&rest, "label=");
    if (!fat || !bytes || !cp || !utc || !max || !label || strncmp(rest, "path=/", 6) != 0)
        return false;
    *o = (struct folder_options){.path = rest + 5,
                                 .label = label,
                                 .fat = (unsigned)strtoul(fat, NULL, 10),
                                 .bytes = strtoull(bytes, NULL, 10),
                                 .codepage = (unsigned)strtoul(cp, NULL, 10),
                                 .utc = *utc == '1',
                                 .max_files = (u32)strtoul(max, NULL, 10)};
    return o->fat == 12 || o->fat == 16 || o->fat == 32;
}
