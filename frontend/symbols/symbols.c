/*
 * symbols.c - the list of symbols, by number, by address and by name; ELF files. See symbols.h.
 */
#include "frontend/symbols/symbols.h"

#include "frontend/symbols/symbols_text.h"
#include "hw/base/clean.h"
#include "hw/base/elf32.h"
#include "hw/base/hostfile.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES = 32,
    SYMBOLS = 4 << 20,
    FILE_SIZE = 1 << 30,
    LAST = 0x10000, /* bytes that the last symbol of a file has at most, if it has no size */
    FUNCTION = 2,   /* elf32_symbol.type */
    UNTYPED = 0,
    EXECUTABLE = 4
};

struct symbol {
    u32 lin, size; /* size 0: not known */
    u32 name;      /* where in the names */
    u32 file;
};

struct symbols {
    struct symbol *symbol; /* [0] is none */
    u32 count, room;
    u32 *order; /* numbers by address; of several at one, the best name first */
    char *names;
    size_t names_used, names_room;
    struct symbols_file file[FILES];
    unsigned files;
};

struct symbols *symbols_new(void)
{
    return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->files; i++)
        free((char *)(uintptr_t)s->file[i].path);
    free(s->symbol);
    free(s->order);
    free(s->names);
    free(s);
}

/* ---- adding ---- */

static bool keep_name(struct symbols *s, const char *name, size_t len, u32 *at)
{
    size_t used = s->names_used + len + 1;
    if (used > UINT32_MAX || !ARRAY_ROOM(s->names, s->names_room, used))
        return false;
    *at = (u32)s->names_used;
    memcpy(s->names + s->names_used, name, len);
    s->names[s->names_used + len] = 0;
    s->names_used = used;
    return true;
}

bool symbols_add(struct symbols *s, const char *name, size_t len, u32 lin, u32 size)
{
    if (s->count + 1 >= SYMBOLS || !ARRAY_ROOM(s->symbol, s->room, s->count + 2))
        return false;
    struct symbol *k = &s->symbol[s->count + 1];
    char raw[SYMBOL_NAME + 1], clean[SYMBOL_NAME + 1];
    snprintf(raw, sizeof(raw), "%.*s", (int)(len < SYMBOL_NAME ? len : SYMBOL_NAME), name);
    clean_copy(clean, sizeof(clean), raw); /* traces show it as it is */
    *k = (struct symbol){.lin = lin, .size = size, .file = s->files};
    if (!keep_name(s, clean, strlen(clean), &k->name))
        return false;
    s->count++;
    return true;
}

/* What people mean by an address with several names: one with a size, not a local label. */
static int rank(const struct symbols *s, const struct symbol *k)
{
    const char *name = s->names + k->name;
    return (k->size ? 0 : 4) + (name[0] == '.' || name[0] == '$' ? 2 : 0) +
           (name[0] == '_' && name[1] == '_');
}

/* qsort() passes no argument along: what is compared lies beside the numbers. */
struct sortable {
    u32 lin, number;
    int rank;
};

static int by_address(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    if (x->lin != y->lin)
        return x->lin < y->lin ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return x->number < y->number ? -1 : 1;
}

static bool sort(struct symbols *s)
{
    struct sortable *list = malloc((s->count + 1) * sizeof(*list));
    u32 *order = realloc(s->order, (s->count + 1) * sizeof(*order));
    if (order)
        s->order = order;
    if (!list || !order) {
        free(list);
        return false;
    }
    for (u32 i = 0; i < s->count; i++) {
        const struct symbol *k = &s->symbol[i + 1];
        list[i] = (struct sortable){.lin = k->lin, .number = i + 1, .rank = rank(s, k)};
    }
    if (s->count)
        qsort(list, s->count, sizeof(*list), by_address);
    for (u32 i = 0; i < s->count; i++)
        order[i] = list[i].number;
    free(list);
    return true;
}

/* ---- ELF ---- */

static bool read_elf(struct symbols *s, const u8 *bytes, size_t size, u32 base, struct err *e)
{
    struct elf32 elf;
    struct elf32_symbol k;
    if (!elf32_open(&elf, bytes, size, e))
        return false;
    u32 before = s->count;
    for (unsigned i = 0; i < elf.sections; i++) {
        struct elf32_section table = elf32_section(&elf, i);
        if (table.type != ELF32_SYMTAB)
            continue;
        for (u32 n = 0; n < elf32_symbols(&elf, &table); n++) {
            /* Without type and size and with a dot within: a local label of NASM's. */
            bool usable =
                elf32_symbol(&elf, &table, n, &k) && k.name[0] && k.section &&
                k.section < elf.sections &&
                (k.type == FUNCTION || (k.type == UNTYPED && (k.size || !strchr(k.name, '.')))) &&
                elf32_section(&elf, k.section).flags & EXECUTABLE;
            if (usable && !symbols_add(s, k.name, strlen(k.name), k.value + base, k.size))
                return err_set(e, "too many symbols, or no memory for them");
        }
    }
    return s->count > before ||
           err_set(e, "the ELF file has no symbols of code (it is stripped): build it with them");
}

/* ---- files ---- */

static void extend(struct symbols_file *f, u32 start, u32 size)
{
    u64 end = (u64)start + size;
    f->start = start < f->start ? start : f->start;
    f->end = end > UINT32_MAX ? UINT32_MAX : end > f->end ? (u32)end : f->end;
}

static void note_extent(struct symbols *s, u32 first_number, const u8 *bytes, size_t size)
{
    struct symbols_file *f = &s->file[s->files];
    struct elf32 elf;
    struct err e;
    f->start = f->base ? f->base : UINT32_MAX;
    f->end = 0;
    for (u32 n = first_number; n <= s->count; n++)
        extend(f, s->symbol[n].lin, s->symbol[n].size ? s->symbol[n].size : LAST);
    if (!f->elf || !elf32_open(&elf, bytes, size, &e))
        return;
    struct symbols_file whole = *f;
    whole.start = UINT32_MAX;
    whole.end = 0;
    for (unsigned i = 0; i < elf.programs; i++) {
        struct elf32_program p = elf32_program(&elf, i);
        if (p.type == ELF32_LOAD && p.size)
            extend(&whole, p.virtual + f->base, p.size);
    }
    if (whole.end)
        *f = whole;
}

bool symbols_read(struct symbols *s, const char *what, const u8 *bytes, size_t size, u32 base,
                  struct err *e)
{
    struct err why;
    u32 before = s->count;
    size_t names = s->names_used;
    bool elf = size >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
    if (s->files == FILES)
        return err_set(e, "-symbols %s: there are %d files already", what, (int)FILES);
    char *path = strdup(what);
    bool ok = path && (elf ? read_elf(s, bytes, size, base, &why)
                           : symbols_read_text(s, (const char *)bytes, size, base, &why));
    if (!path || (ok && !sort(s)))
        ok = err_set(&why, "out of memory");
    if (!ok) {
        free(path);
        s->count = before;
        s->names_used = names;
        return err_set(e, "-symbols %s: %.300s", what, why.text);
    }
    s->file[s->files] = (struct symbols_file){.path = path, .base = base, .elf = elf};
    note_extent(s, before + 1, bytes, size);
    s->files++;
    return true;
}

static u8 *whole_file(const char *path, size_t *size, struct err *e)
{
    const char *why;
    FILE *f = host_open_input(path, &why);
    if (!f) {
        err_set(e, "-symbols %s: %s", path, why);
        return NULL;
    }
    /* kallsyms says that it is empty. */
    u8 *bytes = NULL;
    size_t room = 0, n = 0;
    bool ok = true;
    do {
        if (n == room) {
            room = room ? 2 * room : 1 << 16;
            u8 *more = room > FILE_SIZE ? NULL : realloc(bytes, room);
            ok = more != NULL;
            bytes = more ? more : bytes;
        }
        size_t got = ok ? fread(bytes + n, 1, room - n, f) : 0;
        n += got;
        if (!got)
            break;
    } while (ok);
    if (ok && ferror(f))
        ok = err_set(e, "-symbols %s: cannot be read", path);
    else if (!ok)
        err_set(e, "-symbols %s: is too large", path);
    fclose(f);
    if (ok) {
        *size = n;
        return bytes;
    }
    free(bytes);
    return NULL;
}

/* "0x10000" or "1a2:0". */
static bool symbols_parse_base(const char *text, u32 *base)
{
    char *end;
    errno = 0;
    const char *colon = strchr(text, ':');
    unsigned long long high = strtoull(text, &end, colon ? 16 : 0), low = 0;
    bool ok = end != text && *text != '-' && *text != '+' && !errno && end == (colon ? colon : end);
    if (ok && colon) {
        text = colon + 1;
        low = strtoull(text, &end, 16);
        ok = end != text && *text != '-' && !errno && high <= 0xffff && low <= 0xffff;
        high *= 16;
    }
    if (!ok || *end || high > UINT32_MAX)
        return false;
    *base = (u32)(high + low);
    return true;
}

bool symbols_load(struct symbols *s, const char *spec, struct err *e)
{
    const char *comma = strrchr(spec, ',');
    u32 base = 0;
    if (comma && strncmp(comma, ",base=", 6) == 0) {
        if (!symbols_parse_base(comma + 6, &base))
            return err_set(e,
                           "-symbols %.300s: base= wants a linear address (0x10000) or "
                           "SEGMENT:OFFSET in hexadecimal (1a2:0)",
                           spec);
    } else {
        comma = spec + strlen(spec);
    }
    char *path = strndup(spec, (size_t)(comma - spec));
    size_t size = 0;
    u8 *bytes = path ? whole_file(path, &size, e) : NULL;
    bool ok = bytes && symbols_read(s, path, bytes, size, base, e);
    if (!path)
        err_set(e, "out of memory");
    free(bytes);
    free(path);
    return ok;
}

/* ---- looking up ---- */

/* The last symbol in the order at or before an address; count: none. */
static u32 place_of(const struct symbols *s, u32 lin)
{
    u32 low = 0, high = s->count;
    while (low < high) {
        u32 middle = (low + high) / 2;
        if (s->symbol[s->order[middle]].lin <= lin)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : s->count;
}

u32 symbols_at(const struct symbols *s, u32 lin)
{
    enum { BACK = 64 }; /* symbols with a size may lie within others */
    u32 at = place_of(s, lin);
    if (at == s->count)
        return 0;
    u32 start = s->symbol[s->order[at]].lin;
    while (at && s->symbol[s->order[at - 1]].lin == start)
        at--;
    for (u32 n = 0; n < BACK; n++) {
        const struct symbol *k = &s->symbol[s->order[at]];
        if (k->size ? lin - k->lin < k->size : lin - k->lin < LAST)
            return s->order[at];
        if (!at)
            break;
        start = s->symbol[s->order[--at]].lin;
        while (at && s->symbol[s->order[at - 1]].lin == start)
            at--;
    }
    return 0;
}

u32 symbols_count(const struct symbols *s)
{
    return s->count;
}

const char *symbols_name(const struct symbols *s, u32 number)
{
    return s->names + s->symbol[number].name;
}

u32 symbols_address(const struct symbols *s, u32 number)
{
    return s->symbol[number].lin;
}

bool symbols_find(const struct symbols *s, const char *name, u32 *lin)
{
    for (u32 n = 1; n <= s->count; n++) {
        if (strcmp(symbols_name(s, n), name) == 0) {
            *lin = s->symbol[n].lin;
            return true;
        }
    }
    return false;
}

unsigned symbols_files(const struct symbols *s)
{
    return s->files;
}

struct symbols_file symbols_file(const struct symbols *s, unsigned i)
{
    return s->file[i];
}
