/*
 * cvec_compare.c - comparison under the vectors' masks, with the stated tolerances: transcendental
 * x87 results within 1 unit in the last place (C1 ignored), RCP and RSQRT within 1.5 * 2^-12.
 */
#define _GNU_SOURCE
#include "tests/ops/cvec_compare.h"

#include "cpu/decode/models.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COMPARED_RAM 0x600000u

struct report {
    char *text;
    size_t size, used;
    bool equal;
};

static void differ(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void differ(struct report *r, const char *fmt, ...)
{
    va_list ap;
    r->equal = false;
    va_start(ap, fmt);
    int n = vsnprintf(r->text + r->used, r->size - r->used, fmt, ap);
    va_end(ap);
    if (n > 0)
        r->used += (size_t)n < r->size - r->used ? (size_t)n : r->size - r->used - 1;
}

static void compare_u32(struct report *r, const char *name, u32 want, u32 got, u32 mask)
{
    if ((want ^ got) & mask)
        differ(r, "    %-6s expected %08x, found %08x (mask %08x)\n", name, want, got, mask);
}

static bool transcendental(const struct cvec_file *f, const struct cvec *v)
{
    const char *n = f->form[v->form].name;
    static const char *const forms[] = {"D9F0", "D9F1", "D9F2", "D9F3",
                                        "D9F9", "D9FB", "D9FE", "D9FF"};
    for (unsigned i = 0; i < ARRAY_SIZE(forms); i++)
        if (!strncmp(n, forms[i], 4))
            return true;
    static const char *const names[] = {"F2XM1", "FYL2X", "FPTAN", "FPATAN", "FSIN", "FCOS"};
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        if (strcasestr(n, names[i]))
            return true;
    return false;
}

static bool approximate(const struct cvec_file *f, const struct cvec *v)
{
    const char *n = f->form[v->form].name;
    return strstr(n, "0F52") || strstr(n, "0F53") || strcasestr(n, "rcp") || strcasestr(n, "rsqrt");
}

/* Significands one apart, same sign and exponent (or a carry into the next exponent). */
static bool within_one_ulp(const u8 *a, const u8 *b)
{
    u64 x = get_le64(a), y = get_le64(b);
    u16 ex = get_le16(a + 8), ey = get_le16(b + 8);
    if ((ex ^ ey) & 0x8000)
        return false;
    if ((ex & 0x7fff) == 0x7fff || (ey & 0x7fff) == 0x7fff || !x || !y)
        return false;
    if (ex == ey)
        return x - y == 1 || y - x == 1;
    if ((u16)(ex + 1) == ey)
        return x == ~0ull && y == 1ull << 63;
    return (u16)(ey + 1) == ex && y == ~0ull && x == 1ull << 63;
}

static bool nearly_equal(const u8 *a, const u8 *b)
{
    float x, y;
    memcpy(&x, a, 4);
    memcpy(&y, b, 4);
    return isfinite(x) && isfinite(y) && x != 0 && fabsf(x - y) <= 1.5f / 4096 * fabsf(x);
}

static void compare_fx(struct report *r, const struct cvec_machine *m, const struct cvec *v,
                       bool exact, const u8 *want, const u8 *got)
{
    bool loose = transcendental(m->file, v), rough = !exact && approximate(m->file, v);
    u16 fsw_mask = v->fsw_mask & (loose ? (u16)~0x0200 : 0xffff);
    compare_u32(r, "FCW", get_le16(want), get_le16(got), 0xffff);
    compare_u32(r, "FSW", get_le16(want + 2), get_le16(got + 2), fsw_mask);
    compare_u32(r, "FTW", want[4], got[4], 0xff);
    bool sse = model_has(m->cpu->model, F_SSE);
    if (sse)
        compare_u32(r, "MXCSR", get_le32(want + 24), get_le32(got + 24), 0xffff);
    for (unsigned i = 0; i < 8; i++) {
        const u8 *w = want + 32 + 16 * i, *g = got + 32 + 16 * i;
        if (memcmp(w, g, 10) && !(loose && within_one_ulp(w, g)))
            differ(r, "    ST%u    expected %04x %016llx, found %04x %016llx\n", i, get_le16(w + 8),
                   (unsigned long long)get_le64(w), get_le16(g + 8),
                   (unsigned long long)get_le64(g));
    }
    for (unsigned i = 0; i < 8 && sse; i++) {
        const u8 *w = want + 160 + 16 * i, *g = got + 160 + 16 * i;
        bool same = true;
        for (unsigned k = 0; k < 16; k += 4)
            if (memcmp(w + k, g + k, 4) && !(rough && nearly_equal(w + k, g + k)))
                same = false;
        if (!same)
            differ(r, "    XMM%u   expected %016llx%016llx, found %016llx%016llx\n", i,
                   (unsigned long long)get_le64(w + 8), (unsigned long long)get_le64(w),
                   (unsigned long long)get_le64(g + 8), (unsigned long long)get_le64(g));
    }
}

static void compare_memory(struct report *r, struct cvec_machine *m, const struct cvec *v)
{
    u8 *ram = m->phys.ram;
    for (unsigned i = 0; i < v->ignore_runs; i++)
        if (v->ignore[i].addr + v->ignore[i].len <= COMPARED_RAM)
            memcpy(m->expected + v->ignore[i].addr, ram + v->ignore[i].addr, v->ignore[i].len);
    if (m->file->mode == CVEC_REAL && v->flag_addr != 0xffffffffu) {
        /*
         * The pushed FLAGS: only the masked bits count. They are the third word on the stack after
         * delivery; flag_addr gives the same place, but rounded down to even (a bus address of the
         * 80286) in some vectors with an odd SP.
         */
        u32 at = ((u32)get_le16(v->after + CVEC_SEG + 2 * SEG_SS) << 4) +
                 (u16)(get_le16(v->after + 4 * ESP) + 4);
        u8 *w = m->expected + at;
        const u8 *g = ram + at;
        u32 mask = v->eflags_mask & m->file->form[v->form].eflags_mask;
        compare_u32(r, "pushed", get_le16(w), get_le16(g), (mask | 2) & 0xfff);
        memcpy(w, g, 2);
    }
    for (unsigned i = 0, shown = 0; i < m->file->region_count; i++) {
        const struct cvec_region *reg = &m->file->region[i];
        if (!memcmp(m->expected + reg->base, ram + reg->base, reg->len))
            continue;
        for (u32 a = reg->base; a < reg->base + reg->len && shown < 8; a++)
            if (m->expected[a] != ram[a]) {
                differ(r, "    [%06x] expected %02x, found %02x\n", a, m->expected[a], ram[a]);
                shown++;
            }
    }
}

bool cvec_compare(struct cvec_machine *m, const struct cvec *v, const struct cvec_seen *seen,
                  bool exact, char *text, size_t size)
{
    static const char *const gpr[] = {"EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI"};
    static const char *const seg[] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    struct report r = {.text = text, .size = size, .equal = true};
    const u8 *w = v->after, *g = seen->state;

    text[0] = 0;
    if (seen->stuck)
        differ(&r, "    did not finish\n");
    if (m->file->mode == CVEC_FLAT && seen->vector != v->vector)
        differ(&r, "    vector expected %d, found %d (%s)\n",
               v->vector == CVEC_NO_VECTOR ? -1 : v->vector,
               seen->vector == CVEC_NO_VECTOR ? -1 : seen->vector, m->cpu->event.why);
    for (unsigned i = 0; i < 8; i++)
        compare_u32(&r, gpr[i], get_le32(w + 4 * i), get_le32(g + 4 * i), 0xffffffffu);
    compare_u32(&r, "EIP", get_le32(w + CVEC_EIP), get_le32(g + CVEC_EIP), 0xffffffffu);
    compare_u32(&r, "EFLAGS", get_le32(w + CVEC_EFLAGS), get_le32(g + CVEC_EFLAGS),
                v->eflags_mask & m->file->form[v->form].eflags_mask);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        compare_u32(&r, seg[i], get_le16(w + CVEC_SEG + 2 * i), get_le16(g + CVEC_SEG + 2 * i),
                    0xffff);
    if (m->file->mode == CVEC_FLAT) {
        if (v->vector != CVEC_NO_VECTOR && seen->has_error)
            compare_u32(&r, "error", get_le32(w + CVEC_ERROR), get_le32(g + CVEC_ERROR), 0xffff);
        if (v->vector == VEC_PF)
            compare_u32(&r, "CR2", get_le32(w + CVEC_CR2), get_le32(g + CVEC_CR2), 0xffffffffu);
        compare_fx(&r, m, v, exact, w + CVEC_FX, g + CVEC_FX);
    }
    compare_memory(&r, m, v);
    return r.equal;
}
