/*
 * record.c - record [-n COUNT] [-s SEED] GROUP FILE.cvec
 *
 * Makes COUNT vectors for each form of a group, runs them on this computer's processor and writes
 * them down in the format of tests/ops/README.md. The same seed gives the same vectors; on a
 * processor of another maker undefined results may differ, defined ones may not.
 */
#include "tests/ops/record/form.h"
#include "tests/ops/record/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"

static const struct group *const groups[] = {
    &group_int, &group_string, &group_stack,    &group_flow,    &group_fault,  &group_seg,
    &group_x87, &group_x87t,   &group_mmx,      &group_sse,     &group_ssea,   &group_sse2,
    &group_seq, &group_int16,  &group_string16, &group_stack16, &group_flow16, &group_ud};

/* ---- a growing file ---- */

struct out {
    u8 *bytes;
    size_t used, size;
};

static void put(struct out *o, const void *bytes, size_t n)
{
    if (o->used + n > o->size) {
        o->size = 2 * o->size + n + 4096;
        o->bytes = realloc(o->bytes, o->size);
        if (!o->bytes)
            abort();
    }
    memcpy(o->bytes + o->used, bytes, n);
    o->used += n;
}

static void put8(struct out *o, unsigned v)
{
    u8 b = (u8)v;
    put(o, &b, 1);
}

static void put16(struct out *o, unsigned v)
{
    u8 b[2];
    put_le16(b, (u16)v);
    put(o, b, 2);
}

static void put32(struct out *o, u32 v)
{
    u8 b[4];
    put_le32(b, v);
    put(o, b, 4);
}

/* ---- records ---- */

/* Runs of bytes in which two states differ; gaps of up to three equal bytes are not worth a run. */
static unsigned put_patches(struct out *o, const u8 *from, const u8 *to)
{
    unsigned n = 0;
    for (unsigned i = 0; i < CVEC_STATE; i++) {
        if (from[i] == to[i])
            continue;
        unsigned last = i;
        for (unsigned k = i + 1; k < CVEC_STATE && k - last <= 3 && k - i < 250; k++)
            if (from[k] != to[k])
                last = k;
        put16(o, i);
        put8(o, last - i + 1);
        put(o, to + i, last - i + 1);
        i = last;
        n++;
    }
    return n;
}

/* What the format does not record stays as it was. */
static void drop_unrecorded(const struct test *t, struct host_result *r)
{
    u8 *fx = r->state + CVEC_FX;
    const u8 *was = t->state + CVEC_FX;
    memcpy(fx + 5, was + 5, 19);
    memcpy(fx + 28, was + 28, 4);
    for (unsigned i = 0; i < 8; i++)
        memset(fx + 32 + 16 * i + 10, 0, 6);
    memset(fx + 288, 0, 512 - 288);
}

/*
 * A fault in the middle of several stores (PUSHA, ENTER, far calls): what has been written by then
 * depends on the processor. A repeated string instruction is defined up to the element that faults.
 */
static bool partial_store(const struct test *t, const struct host_result *r)
{
    return !t->partial && r->vector >= VEC_TS && r->vector <= VEC_PF;
}

static void put_record(struct out *o, const struct test *t, const struct host_result *r,
                       unsigned form, u32 id)
{
    u8 initial[CVEC_STATE];
    struct out body = {0};
    test_default_state(initial);
    unsigned before = put_patches(&body, initial, t->state);
    unsigned after = put_patches(&body, t->state, r->state);
    for (unsigned i = 0; i < t->runs; i++) {
        put32(&body, t->run[i].at);
        put8(&body, t->run[i].length);
        put(&body, t->run[i].byte, t->run[i].length);
    }
    bool partial = partial_store(t, r);
    for (unsigned i = 0; i < r->runs && !partial; i++) {
        put32(&body, r->run[i].at);
        put8(&body, r->run[i].length);
        put(&body, r->run[i].bytes, r->run[i].length);
    }
    for (unsigned i = 0; i < t->ignored; i++) {
        put32(&body, t->ignore[i].at);
        put8(&body, t->ignore[i].length);
    }
    for (unsigned i = 0; i < r->runs && partial; i++) {
        put32(&body, r->run[i].at);
        put8(&body, r->run[i].length);
    }
    put16(o, (unsigned)body.used + 28);
    put16(o, form);
    put32(o, id);
    put8(o, r->vector);
    put8(o, t->length);
    put8(o, before);
    put8(o, t->runs);
    put8(o, after);
    put8(o, partial ? 0 : r->runs);
    put8(o, t->ignored + (partial ? r->runs : 0));
    put8(o, 0);
    put16(o, t->fsw_mask);
    put16(o, 0);
    put32(o, t->eflags_mask);
    put32(o, 0xffffffffu);
    put(o, body.bytes, body.used);
    free(body.bytes);
}

/* Put the code into memory, perhaps across a page's end. */
static void finish(struct test *t)
{
    u32 base = get_le16(t->state + CVEC_SEG + 2 * SEG_CS) & 4 ? CODE_AT : 0;
    u32 at = t->at;
    if (!at)
        at = chance(t, 8) ? 0x1000 - 1 - below(t, t->length) : 0x100 + below(t, 0x1d00);
    put_le32(t->state + CVEC_EIP, CODE_AT - base + at);
    set_mem(t, CODE_AT + at, t->code, t->length);
}

struct recording {
    struct out forms, records;
    unsigned form_count, lost;
    u32 id;
};

/* Undefined, and not something that ran into random bytes after it. */
static bool undefined(const struct test *t, const struct host_result *r)
{
    return r->vector == VEC_UD && get_le32(r->state + CVEC_EIP) == get_le32(t->state + CVEC_EIP);
}

static void record_form(struct recording *rec, const struct group *g, const struct form *f,
                        unsigned operand_size, unsigned count, u32 seed)
{
    char name[20] = {0};
    if (g->small)
        strcpy(name, "c16.");
    form_name(f, operand_size, name + strlen(name), sizeof(name) - strlen(name));
    size_t start = rec->records.used;
    unsigned made = 0;
    for (unsigned i = 0; i < count; i++) {
        struct test t;
        struct host_result r;
        test_begin(&t, name, seed, i);
        t.operand_size = (u8)operand_size;
        t.small = g->small;
        if (g->small)
            set_selector(&t, SEG_CS, LDT_SEL(11));
        form_build(&t, f);
        finish(&t);
        host_run(&t, &r);
        drop_unrecorded(&t, &r);
        if (r.lost || (g == &group_ud && !undefined(&t, &r))) {
            rec->lost++;
            continue;
        }
        put_record(&rec->records, &t, &r, rec->form_count, rec->id++);
        made++;
    }
    put(&rec->forms, name, sizeof(name));
    put32(&rec->forms, (u32)start); /* the file offset is added when the table's size is known */
    put32(&rec->forms, made);
    put32(&rec->forms, EFLAGS_SEEN);
    rec->form_count++;
}

static bool write_file(struct recording *rec, const char *path)
{
    u32 forms_at = 64, ldt_at = forms_at + 32 * rec->form_count,
        regions_at = ldt_at + 8 * LDT_COUNT,
        state_at = regions_at + 12 * (u32)ARRAY_SIZE(record_regions),
        records_at = state_at + CVEC_STATE;
    struct out o = {0};
    u8 state[CVEC_STATE];
    static const u8 zeros[64];

    for (unsigned i = 0; i < rec->form_count; i++) {
        u8 *offset = rec->forms.bytes + 32 * i + 20;
        put_le32(offset, get_le32(offset) + records_at);
    }
    put(&o, "CVEC0001", 8);
    put32(&o, forms_at);
    put32(&o, rec->form_count);
    put32(&o, rec->id);
    put32(&o, records_at);
    put32(&o, CVEC_FLAT);
    put32(&o, LDT_COUNT);
    put32(&o, ldt_at);
    put32(&o, (u32)ARRAY_SIZE(record_regions));
    put32(&o, regions_at);
    put32(&o, state_at);
    put(&o, zeros, 64 - o.used);
    put(&o, rec->forms.bytes, rec->forms.used);
    put(&o, record_ldt, sizeof(record_ldt));
    for (unsigned i = 0; i < ARRAY_SIZE(record_regions); i++) {
        const struct cvec_region *r = &record_regions[i];
        put32(&o, r->base);
        put32(&o, r->len);
        put8(&o, r->fill);
        put8(&o, r->prot);
        put16(&o, 0);
    }
    test_default_state(state);
    put(&o, state, sizeof(state));
    put(&o, rec->records.bytes, rec->records.used);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(o.bytes, 1, o.used, f) == o.used;
    ok = f && fclose(f) == 0 && ok;
    free(o.bytes);
    return ok;
}

int main(int argc, char **argv)
{
    u32 seed = 1;
    unsigned count = 8;
    const struct group *g = NULL;
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (!strcmp(argv[i], "-n"))
            count = (unsigned)atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "-s"))
            seed = (u32)strtoul(argv[i + 1], NULL, 0);
    }
    for (unsigned k = 0; i < argc && k < ARRAY_SIZE(groups); k++)
        if (!strcmp(argv[i], groups[k]->name))
            g = groups[k];
    if (!g || i + 2 != argc || count == 0) {
        fprintf(stderr, "usage: record [-n COUNT] [-s SEED] GROUP FILE.cvec\n groups:");
        for (unsigned k = 0; k < ARRAY_SIZE(groups); k++)
            fprintf(stderr, " %s", groups[k]->name);
        fprintf(stderr, "\n");
        return 2;
    }
    struct err e;
    if (!host_open(&e)) {
        fprintf(stderr, "record: %s\n", e.text);
        return 2;
    }
    struct recording rec = {0};
    for (unsigned k = 0; k < g->count; k++) {
        const struct form *f = &g->form[k];
        unsigned n = count * (f->weight ? f->weight : 1);
        if (form_sized(f))
            record_form(&rec, g, f, 2, n, seed);
        record_form(&rec, g, f, 4, n, seed);
    }
    if (!write_file(&rec, argv[i + 1])) {
        perror(argv[i + 1]);
        return 1;
    }
    printf("%-8s %u forms, %u vectors, %u dropped\n", g->name, rec.form_count, rec.id, rec.lost);
    free(rec.forms.bytes);
    free(rec.records.bytes);
    return 0;
}
