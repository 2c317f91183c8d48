/*
 * dwarf_lines.c - libdw (elfutils) for dwarf_lines.h.
 */
#include "frontend/profile/dwarf_lines.h"

#include "hw/base/library.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A DIE, as the library's interface lays it out. */
struct die {
    void *address, *unit, *abbreviation;
    long padding;
};

struct table {
    void *(*dwarf_begin)(int fd, int command);
    int (*dwarf_end)(void *dwarf);
    int (*dwarf_nextcu)(void *dwarf, u64 offset, u64 *next, size_t *header, u64 *abbreviations,
                        u8 *address_size, u8 *offset_size);
    struct die *(*dwarf_offdie)(void *dwarf, u64 offset, struct die *result);
    int (*dwarf_getsrclines)(struct die *unit, void **lines, size_t *count);
    void *(*dwarf_onesrcline)(void *lines, size_t i);
    int (*dwarf_lineaddr)(void *line, u64 *address);
    int (*dwarf_lineno)(void *line, int *number);
    int (*dwarf_linebeginstatement)(void *line, bool *flag);
    int (*dwarf_lineendsequence)(void *line, bool *flag);
    const char *(*dwarf_linesrc)(void *line, u64 *time, u64 *length);
};

#define F(name)                                                                                    \
    {                                                                                              \
#name, offsetof(struct table, name)                                                        \
    }

static const struct library_function functions[] = {
    F(dwarf_begin),           F(dwarf_end),      F(dwarf_nextcu),
    F(dwarf_offdie),          F(dwarf_lineaddr), F(dwarf_getsrclines),
    F(dwarf_onesrcline),      F(dwarf_lineno),   F(dwarf_linebeginstatement),
    F(dwarf_lineendsequence), F(dwarf_linesrc),
};

static const struct library library = {
    .what = "the reader of debugging information, libdw,",
    .package = "libdw1",
    .file = "libdw.so.1",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};

struct dwarf {
    struct table call;
    void *library, *dwarf;
    int fd;
};

struct dwarf *dwarf_open(const char *path, struct err *e)
{
    enum { READ = 0 };
    struct dwarf *d = calloc(1, sizeof(*d));
    if (!d) {
        err_set(e, "out of memory");
        return NULL;
    }
    d->fd = -1;
    d->library = library_open(&library, &d->call, e);
    if (!d->library) {
        dwarf_close(d);
        return NULL;
    }
    d->fd = open(path, O_RDONLY | O_CLOEXEC);
    d->dwarf = d->fd >= 0 ? d->call.dwarf_begin(d->fd, READ) : NULL;
    if (!d->dwarf) {
        if (d->fd < 0)
            err_set(e, "%s: %s", path, strerror(errno));
        else
            err_set(e, "%s: has no lines of source in it; build it with -g", path);
        dwarf_close(d);
        return NULL;
    }
    return d;
}

void dwarf_close(struct dwarf *d)
{
    if (!d)
        return;
    if (d->dwarf)
        d->call.dwarf_end(d->dwarf);
    if (d->fd >= 0)
        close(d->fd);
    library_close(d->library);
    free(d);
}

/* One row, if it is of any use. */
static bool row_of(const struct dwarf *d, void *line, struct dwarf_row *row)
{
    u64 address;
    int number;
    bool statement, end;
    if (!line || d->call.dwarf_lineaddr(line, &address) || address > UINT32_MAX ||
        d->call.dwarf_lineno(line, &number) || d->call.dwarf_linebeginstatement(line, &statement) ||
        d->call.dwarf_lineendsequence(line, &end))
        return false;
    *row = (struct dwarf_row){.file = d->call.dwarf_linesrc(line, NULL, NULL),
                              .line = end || number < 0 ? 0 : (u32)number,
                              .address = (u32)address};
    return end || (statement && number > 0 && row->file);
}

struct dwarf_row *dwarf_rows(struct dwarf *d, u32 *count)
{
    enum { MOST = 1 << 24 };
    struct dwarf_row *row = NULL;
    u32 used = 0, room = 0;
    u64 at = 0, next;
    size_t header;
    while (d->call.dwarf_nextcu(d->dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
        struct die die;
        void *lines;
        size_t n;
        if (d->call.dwarf_offdie(d->dwarf, at + header, &die) &&
            d->call.dwarf_getsrclines(&die, &lines, &n) == 0) {
            for (size_t i = 0; i < n && used < MOST; i++) {
                if (!ARRAY_ROOM(row, room, used + 1))
                    break;
                used += row_of(d, d->call.dwarf_onesrcline(lines, i), &row[used]);
            }
        }
        if (next <= at)
            break;
        at = next;
    }
    *count = used;
    return row;
}
