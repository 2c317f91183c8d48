/*
 * vectors.c - what real processors did with the instructions of a row (tests/ops/vectors): whether
 * its handlers are the right ones.
 */
#include "tests/ops/cvec_compare.h"
#include "tests/ops/cvec_machine.h"
#include "tests/rows/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 32, PER_ROW = 48 };

struct source {
    struct cvec_file file;
    struct cvec_machine machine;
};

/* Vectors by row: the number of the file and the offset in it. */
struct place {
    u32 row, offset;
    u8 source;
};

static struct {
    struct source source[MAX_FILES];
    unsigned sources;
    struct place *place;
    size_t places, room;
} all;

/* The row of the instruction that a vector starts with. */
static unsigned row_of(const struct cvec_machine *m, const struct cvec *v)
{
    u8 code[DECODE_MAX];
    struct op o;
    u32 eip = get_le32(v->before + CVEC_EIP), mode = MODE_CS32 | MODE_PE;
    u16 cs = get_le16(v->before + CVEC_SEG + 2 * SEG_CS);
    if (m->file->mode != CVEC_FLAT) {
        mode = 0;
        eip += (u32)cs << 4;
    } else if (cs & 4 && cs >> 3 < m->file->ldt_count) {
        const u8 *d = m->file->ldt + (cs & ~7u);
        eip += get_le16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24;
        mode = d[6] & 0x40 ? mode : MODE_PE;
    }
    memset(code, 0xcc, sizeof code);
    for (unsigned i = 0; i < sizeof code; i++)
        for (unsigned k = 0; k < v->before_runs; k++)
            if (eip + i - v->before_mem[k].addr < v->before_mem[k].len)
                code[i] = v->before_mem[k].bytes[eip + i - v->before_mem[k].addr];
    return decode_op(m->superset, mode, code, sizeof code, &o) ? o.def : opdef_count;
}

bool vectors_open(const char *path)
{
    static struct cvec v;
    struct err e = {0};
    u32 offset = 0;
    if (all.sources == MAX_FILES)
        return false;
    struct source *s = &all.source[all.sources];
    if (!cvec_open(&s->file, path, &e) ||
        !cvec_machine_new(&s->machine, "pentium4", &s->file, &e)) {
        fprintf(stderr, "test-rows: %s\n", e.text);
        return false;
    }
    for (unsigned form = 0; form < s->file.form_count; form++) {
        offset = s->file.form[form].first;
        for (u32 k = 0; k < s->file.form[form].count; k++) {
            u32 at = offset;
            if (!cvec_next(&s->file, &offset, &v))
                return false;
            if (cvec_sequence(&s->file, &v))
                continue;
            if (all.places == all.room) {
                all.room = all.room ? 2 * all.room : 4096;
                all.place = realloc(all.place, all.room * sizeof *all.place);
                if (!all.place)
                    abort();
            }
            all.place[all.places++] = (struct place){row_of(&s->machine, &v), at, (u8)all.sources};
        }
    }
    all.sources++;
    return true;
}

void vectors_again(void)
{
    for (unsigned k = 0; k < all.sources; k++) {
        struct cvec_machine *m = &all.source[k].machine;
        decoder_free(m->cpu->decoder);
        m->cpu->decoder = decoder_new(m->cpu->model);
    }
}

void check_vectors(struct bench *b, unsigned row)
{
    static struct cvec v;
    static struct cvec_seen seen;
    char text[256];
    unsigned count = 0, every, done = 0;
    for (size_t k = 0; k < all.places; k++)
        count += all.place[k].row == row;
    every = count / PER_ROW + 1;
    count = 0;
    for (size_t k = 0; k < all.places; k++) {
        const struct place *p = &all.place[k];
        if (p->row != row || count++ % every)
            continue;
        struct source *s = &all.source[p->source];
        u32 offset = p->offset;
        if (!cvec_next(&s->file, &offset, &v))
            continue;
        cvec_execute(&s->machine, &v, 1, &seen);
        bool ok = cvec_compare(&s->machine, &v, &seen, true, text, sizeof text);
        cvec_restore(&s->machine, &v, !ok);
        done++;
        if (!ok)
            fail(b, row, NULL, "vector %u: %s", v.id, text);
        if (!ok && b->quiet)
            return;
    }
}
