/*
 * cvec_file.c - see cvec_file.h.
 */
#include "tests/ops/cvec_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if __has_include(<zlib.h>)
#include <zlib.h>
#else /* plain files only: a build for WebAssembly */
typedef FILE *gzFile;
#define gzopen fopen
#define gzread(file, to, size) ((int)fread(to, 1, size, file))
#define gzclose fclose
enum { Z_OK = 0 };
#endif

#define CHUNK 65536u
#define SIZE_MAX_READ (256u << 20)

static bool inside(const struct cvec_file *f, u32 offset, u64 count, u64 each)
{
    return offset <= f->size && count * each <= f->size - offset;
}

/* Plain or compressed with gzip: zlib reads both. */
static bool slurp(struct cvec_file *f, const char *path, struct err *e)
{
    gzFile in = gzopen(path, "rb");
    if (!in)
        return err_set(e, "%s: %s", path, strerror(errno));
    size_t room = 0;
    int n = 0;
    do {
        f->size += (size_t)n;
        if (room - f->size < CHUNK) {
            u8 *bytes = f->size < SIZE_MAX_READ ? realloc(f->bytes, room = 2 * room + CHUNK) : NULL;
            if (!bytes) {
                n = -1;
                break;
            }
            f->bytes = bytes;
        }
        n = gzread(in, f->bytes + f->size, CHUNK);
    } while (n > 0);
    bool ok = gzclose(in) == Z_OK && n == 0;
    return ok ? true : err_set(e, "%s: cannot be read, or larger than 256 MB", path);
}

bool cvec_open(struct cvec_file *f, const char *path, struct err *e)
{
    memset(f, 0, sizeof *f);
    if (!slurp(f, path, e)) {
        cvec_close(f);
        return false;
    }
    const u8 *h = f->bytes;
    if (f->size < 64 || memcmp(h, "CVEC0001", 8)) {
        cvec_close(f);
        return err_set(e, "%s: not a CVEC file", path);
    }
    u32 forms = get_le32(h + 8), regions = get_le32(h + 40), ldt = get_le32(h + 32),
        initial = get_le32(h + 44);
    f->form_count = get_le32(h + 12);
    f->mode = get_le32(h + 24);
    f->ldt_count = get_le32(h + 28);
    f->region_count = get_le32(h + 36);
    if (!inside(f, forms, f->form_count, 32) || !inside(f, regions, f->region_count, 12) ||
        !inside(f, ldt, f->ldt_count, 8) || !inside(f, initial, CVEC_STATE, 1) ||
        f->ldt_count > 16 || (f->mode != CVEC_REAL && f->mode != CVEC_FLAT)) {
        cvec_close(f);
        return err_set(e, "%s: the header is damaged", path);
    }
    f->ldt = h + ldt;
    f->initial = h + initial;
    f->form = calloc(f->form_count + 1, sizeof *f->form);
    f->region = calloc(f->region_count + 1, sizeof *f->region);
    for (unsigned i = 0; i < f->form_count; i++) {
        const u8 *p = h + forms + 32 * i;
        memcpy(f->form[i].name, p, 20);
        f->form[i].first = get_le32(p + 20);
        f->form[i].count = get_le32(p + 24);
        f->form[i].eflags_mask = get_le32(p + 28);
    }
    for (unsigned i = 0; i < f->region_count; i++) {
        const u8 *p = h + regions + 12 * i;
        f->region[i] = (struct cvec_region){get_le32(p), get_le32(p + 4), p[8], p[9]};
        if (f->region[i].base > 0x400000 || f->region[i].len > 0x200000) {
            cvec_close(f);
            return err_set(e, "%s: region %u lies outside the first 6 MiB", path, i);
        }
    }
    return true;
}

void cvec_close(struct cvec_file *f)
{
    free(f->bytes);
    free(f->form);
    free(f->region);
    memset(f, 0, sizeof *f);
}

static const u8 *patches(const u8 *p, const u8 *end, unsigned n, u8 *state)
{
    for (; p && n; n--) {
        if (end - p < 3 || end - p < 3 + p[2] || get_le16(p) + p[2] > CVEC_STATE)
            return NULL;
        memcpy(state + get_le16(p), p + 3, p[2]);
        p += 3 + p[2];
    }
    return p;
}

static const u8 *runs(const u8 *p, const u8 *end, unsigned n, struct cvec_run *out, bool with_bytes)
{
    for (unsigned i = 0; p && i < n; i++) {
        if (end - p < 5 || (with_bytes && end - p < 5 + p[4]))
            return NULL;
        out[i] = (struct cvec_run){get_le32(p), p[4], with_bytes ? p + 5 : NULL};
        p += 5 + (with_bytes ? p[4] : 0);
    }
    return p;
}

bool cvec_next(const struct cvec_file *f, u32 *offset, struct cvec *v)
{
    if (!inside(f, *offset, 28, 1))
        return false;
    const u8 *r = f->bytes + *offset, *p = r + 28;
    u16 size = get_le16(r);
    if (size < 28 || !inside(f, *offset, size, 1))
        return false;
    const u8 *end = r + size;
    v->form = get_le16(r + 2);
    v->id = get_le32(r + 4);
    v->vector = r[8];
    v->length = r[9];
    v->before_runs = r[11];
    v->after_runs = r[13];
    v->ignore_runs = r[14];
    v->kind = r[15];
    v->fsw_mask = get_le16(r + 16);
    v->eflags_mask = get_le32(r + 20);
    v->flag_addr = get_le32(r + 24);
    memcpy(v->before, f->initial, CVEC_STATE);
    p = patches(p, end, r[10], v->before);
    memcpy(v->after, v->before, CVEC_STATE);
    p = patches(p, end, r[12], v->after);
    p = runs(p, end, v->before_runs, v->before_mem, true);
    p = runs(p, end, v->after_runs, v->after_mem, true);
    p = runs(p, end, v->ignore_runs, v->ignore, false);
    if (!p || v->form >= f->form_count)
        return false;
    size_t n = (size_t)(end - p) < sizeof v->name - 1 ? (size_t)(end - p) : sizeof v->name - 1;
    memcpy(v->name, p, n);
    v->name[n] = 0;
    *offset += size;
    return true;
}
