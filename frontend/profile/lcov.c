/*
 * lcov.c - how often each line of source was executed, as a tracefile of lcov (geninfo(1), FILES).
 *
 * A line's count is that of its statements' first instruction, the largest if it has several: what
 * gcov would say of a line, as far as that can be seen from outside.
 */
#include "frontend/profile/profile_files.h"

#include "frontend/profile/dwarf_lines.h"

#include <stdlib.h>
#include <string.h>

/* ---- how often the instruction at an address was completed ---- */

struct executed {
    u32 lin;
    u64 count;
};

static int by_lin(const void *a, const void *b)
{
    const struct executed *x = a, *y = b;
    return x->lin < y->lin ? -1 : x->lin > y->lin;
}

/* Of all blocks, sorted, each address once. NULL: no memory. */
static struct executed *executed_list(const struct vm_profile *p, u32 *count)
{
    struct vm_profile_block b;
    u32 total = 0, n = 0, kept = 0;
    for (u32 i = 0; vm_profile_block(p, i, &b); i++)
        total += b.count;
    struct executed *list = calloc(total + 1u, sizeof(*list));
    for (u32 i = 0; list && vm_profile_block(p, i, &b); i++)
        for (unsigned k = 0; k < b.count; k++)
            list[n++] = (struct executed){b.lin + b.start[k], vm_profile_completed(p, i, k)};
    if (n)
        qsort(list, n, sizeof(*list), by_lin);
    for (u32 i = 0; i < n; i++) {
        if (kept && list[kept - 1].lin == list[i].lin)
            list[kept - 1].count += list[i].count;
        else
            list[kept++] = list[i];
    }
    *count = kept;
    return list;
}

static u64 executed_at(const struct executed *list, u32 count, u32 lin)
{
    struct executed key = {.lin = lin};
    const struct executed *k = count ? bsearch(&key, list, count, sizeof(*list), by_lin) : NULL;
    return k ? k->count : 0;
}

/* ---- lines ---- */

static int by_source(const void *a, const void *b)
{
    const struct dwarf_row *x = a, *y = b;
    int c = strcmp(x->file, y->file);
    if (c)
        return c;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* The functions of one source file: symbols whose first instruction is a row of it. */
static void functions(const struct symbols *s, u32 base, const struct dwarf_row *row, u32 rows,
                      const struct executed *list, u32 count, FILE *out)
{
    unsigned found = 0, hit = 0;
    u32 last = 0;
    for (u32 i = 0; i < rows; i++) {
        u32 lin = row[i].address + base, n = symbols_at(s, lin);
        if (!n || n == last || symbols_address(s, n) != lin)
            continue;
        last = n;
        u64 calls = executed_at(list, count, lin);
        fprintf(out, "FN:%u,%s\nFNDA:%llu,%s\n", row[i].line, symbols_name(s, n),
                (unsigned long long)calls, symbols_name(s, n));
        found++;
        hit += calls > 0;
    }
    if (found)
        fprintf(out, "FNF:%u\nFNH:%u\n", found, hit);
}

static void source_file(const struct symbols *s, u32 base, const struct dwarf_row *row, u32 rows,
                        const struct executed *list, u32 count, FILE *out)
{
    unsigned found = 0, hit = 0;
    fprintf(out, "SF:%s\n", row[0].file);
    functions(s, base, row, rows, list, count, out);
    for (u32 i = 0; i < rows;) {
        u32 line = row[i].line;
        u64 most = 0;
        for (; i < rows && row[i].line == line; i++) {
            u64 n = executed_at(list, count, row[i].address + base);
            most = n > most ? n : most;
        }
        fprintf(out, "DA:%u,%llu\n", line, (unsigned long long)most);
        found++;
        hit += most > 0;
    }
    fprintf(out, "LF:%u\nLH:%u\nend_of_record\n", found, hit);
}

/* ---- the lines of all files ---- */

struct lines_of_file {
    u32 base;
    struct dwarf *dwarf; /* holds the names */
    struct dwarf_row *row;
    u32 rows;
};

struct source_lines {
    unsigned files;
    struct lines_of_file file[]; /* one for each of the symbols' */
};

/* Ends of sequences are no lines. */
static u32 lines_only(struct dwarf_row *row, u32 rows)
{
    u32 kept = 0;
    for (u32 i = 0; i < rows; i++)
        if (row[i].line && row[i].file)
            row[kept++] = row[i];
    return kept;
}

/* false + err: there are none in this one. */
static bool read_file(struct lines_of_file *l, const struct symbols_file *f, struct err *e)
{
    l->base = f->base;
    l->dwarf = dwarf_open(f->path, e);
    if (!l->dwarf)
        return false;
    l->row = dwarf_rows(l->dwarf, &l->rows);
    l->rows = l->row ? lines_only(l->row, l->rows) : 0;
    if (l->rows)
        qsort(l->row, l->rows, sizeof(*l->row), by_source);
    return l->rows || err_set(e, "%s: has no lines of source in it; build it with -g", f->path);
}

struct source_lines *source_lines_read(const struct symbols *s, struct err *e)
{
    unsigned files = s ? symbols_files(s) : 0;
    bool any = false, elf = false;
    struct source_lines *l = calloc(1, sizeof(*l) + files * sizeof(l->file[0]));
    if (!l) {
        err_set(e, "out of memory");
        return NULL;
    }
    l->files = files;
    for (unsigned i = 0; i < files; i++) {
        struct symbols_file f = symbols_file(s, i);
        elf |= f.elf;
        any |= f.elf && read_file(&l->file[i], &f, e);
    }
    if (any)
        return l;
    source_lines_free(l);
    if (!elf)
        err_set(e, "lines of source are known from ELF files with DWARF in them: -symbols FILE");
    return NULL;
}

void source_lines_free(struct source_lines *l)
{
    if (!l)
        return;
    for (unsigned i = 0; i < l->files; i++) {
        free(l->file[i].row);
        dwarf_close(l->file[i].dwarf);
    }
    free(l);
}

bool coverage_write_lcov(const struct vm_profile *p, const struct symbols *s,
                         const struct source_lines *l, FILE *out, struct err *e)
{
    u32 count;
    struct executed *list = executed_list(p, &count);
    if (!list)
        return err_set(e, "out of memory");
    fputs("TN:ferrite\n", out);
    for (unsigned k = 0; k < l->files; k++) {
        const struct lines_of_file *f = &l->file[k];
        for (u32 i = 0; i < f->rows;) {
            u32 n = 1;
            while (i + n < f->rows && strcmp(f->row[i + n].file, f->row[i].file) == 0)
                n++;
            source_file(s, f->base, f->row + i, n, list, count, out);
            i += n;
        }
    }
    free(list);
    return true;
}
