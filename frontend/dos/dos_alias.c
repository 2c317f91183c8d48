/*
 * dos_alias.c - see dos_alias.h. The same tables as those of the drives themselves, filled in the
 * same order: the names of a folder by their bytes.
 */
#include "frontend/dos/dos_alias.h"

#include "hw/storage/folder/names.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAME_NAMES_MAX = 1000 };

static bool is_name(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

void dos_alias_text(const u8 alias[ALIAS_BYTES], char out[DOS_NAME])
{
    size_t n = 0;
    for (unsigned i = 0; i < ALIAS_BYTES; i++) {
        if (i == 8 && alias[8] != ' ')
            out[n++] = '.';
        if (alias[i] != ' ')
            out[n++] = (char)alias[i];
    }
    out[n] = 0;
}

/* Enter the long name, or the next number of it that is free. */
static bool enter(struct name_table *t, const char *name, struct long_name *as)
{
    struct long_name first;
    bool possible = name_from_host(name, strlen(name), &first);
    for (unsigned n = 1; possible && n < SAME_NAMES_MAX; n++) {
        if (n == 1)
            *as = first;
        else
            name_number(&first, n, as);
        enum name_added added = name_table_add(t, as);
        if (added != NAME_TAKEN)
            return added == NAME_ADDED;
    }
    return false;
}

static bool find_alias(struct name_table *t, struct dirent **list, int count, const char *name,
                       struct long_name *names, char out[DOS_NAME])
{
    bool *known = calloc((size_t)count + 1, sizeof(*known));
    bool found = false;
    for (int i = 0; known && i < count; i++)
        known[i] = is_name(list[i]->d_name) && enter(t, list[i]->d_name, &names[i]);
    for (int i = 0; known && !found && i < count; i++) {
        struct alias alias;
        if (!known[i] || !name_table_alias(t, &names[i], &alias))
            continue;
        found = strcmp(list[i]->d_name, name) == 0;
        if (found)
            dos_alias_text(alias.bytes, out);
    }
    free(known);
    return found;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool dos_alias(const char *folder, const char *name, char out[DOS_NAME])
{
    struct dirent **list = NULL;
    int count = scandir(folder, &list, NULL, by_bytes);
    struct name_table *t = count > 0 ? name_table_new(codepage_find(DOS_CODEPAGE)) : NULL;
    struct long_name *names = count > 0 ? calloc((size_t)count, sizeof(*names)) : NULL;
    bool found = t && names && find_alias(t, list, count, name, names, out);
    free(names);
    name_table_free(t);
    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
    return found;
}

bool dos_path(const char *folder, const char *below, char out[DOS_PATH])
{
    char at[PATH_MAX], part[NAME_BYTES + 1], alias[DOS_NAME];
    size_t used = 0;
    if (snprintf(at, sizeof(at), "%s", folder) >= (int)sizeof(at))
        return false;
    strcpy(out, "\\");
    while (*below) {
        size_t n = strcspn(below, "/"), length = strlen(at);
        if (n == 0 || n > NAME_BYTES || length + n + 2 > sizeof(at))
            return false;
        memcpy(part, below, n);
        part[n] = 0;
        if (!dos_alias(at, part, alias) || used + strlen(alias) + 2 > DOS_PATH)
            return false;
        used += (size_t)snprintf(out + used, DOS_PATH - used, "\\%s", alias);
        snprintf(at + length, sizeof(at) - length, "/%s", part);
        below += n + (below[n] == '/');
    }
    return true;
}

/* One character of UTF-8; 0: it is none, or beyond what code pages have. Moves *p. */
static u32 take_character(const char **p)
{
    const u8 *s = (const u8 *)*p;
    unsigned more = s[0] < 0x80 ? 0 : s[0] < 0xc2 ? 9 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 9;
    u32 c = more == 0 ? s[0] : more == 1 ? s[0] & 0x1f : s[0] & 0x0f;
    for (unsigned i = 1; more < 9 && i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80)
            more = 9;
        else
            c = c << 6 | (s[i] & 0x3f);
    }
    *p += more < 9 ? more + 1 : 1;
    return more < 9 ? c : 0;
}

bool dos_text(const char *text, const char *what, char *out, size_t size, struct err *e)
{
    const struct codepage *cp = codepage_find(DOS_CODEPAGE);
    size_t n = 0;
    for (const char *p = text; *p;) {
        u32 c = take_character(&p);
        u8 byte = c < 0x80 ? (u8)c : codepage_from_unicode(cp, (u16)c);
        if (!byte)
            return err_set(e, "%s: DOS' code page %d lacks a character of \"%.100s\"", what,
                           DOS_CODEPAGE, text);
        if (n + 1 >= size)
            return err_set(e, "%s: \"%.100s...\" is too long", what, text);
        out[n++] = (char)byte;
    }
    out[n] = 0;
    return true;
}
