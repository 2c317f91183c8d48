/*
 * varied_mind.c - registers and numbers of which a range is known: see varied_mind.h.
 */
#include "cpu/varied_mind.h"

bool mind_reaches(const struct mind *m, u32 is, u32 step, unsigned size, struct range *in)
{
    s64 last = (s64)is + (s64)m->rounds * (s32)step;
    u32 mask = number_mask(size);
    if (last < 0 || last > mask) {
        *in = (struct range){0, mask};
        return false;
    }
    *in = (struct range){is, (u32)last};
    if ((u32)last < is)
        *in = (struct range){(u32)last, is};
    return true;
}

struct number mind_constant(u32 v)
{
    return (struct number){.in = {v, v}, .is = v};
}

struct number mind_stepping(const struct mind *m, u32 is, u32 step)
{
    struct number n = {.is = is, .step = step};
    mind_reaches(m, is, step, 4, &n.in);
    return n;
}

struct mind_cell *mind_cell(struct mind *m, const u8 *at, unsigned size)
{
    for (unsigned i = 0; i < m->cells; i++)
        if (m->cell[i].at == at && m->cell[i].size == size)
            return &m->cell[i];
    return NULL;
}

/* The bytes, from the lowest on, that are not the same throughout a range. */
static u8 bytes_within(struct range r)
{
    u32 differ = r.low ^ r.high;
    return differ ? (u8)((2u << (31 - __builtin_clz(differ)) / 8) - 1) : 0;
}

static struct range *part_of(struct mind_register *r, unsigned size, bool high)
{
    return size == 4 ? &r->whole : size == 2 ? &r->half : high ? &r->high : &r->low;
}

static u8 bytes_of(unsigned size, bool high)
{
    return (u8)(((1u << size) - 1) << high);
}

/* Part of a register that has a step: only what nothing is carried out of has one. */
static struct number part_stepping(const struct mind *m, const struct mind_register *r,
                                   unsigned size, bool high)
{
    struct range all;
    unsigned shift = high ? 8 : 0;
    struct number n = {.in = range_part(r->whole, shift, 8 * size),
                       .is = r->is >> shift & number_mask(size)};
    if (size == 4) {
        n.step = r->step;
        return n;
    }
    bool above_same =
        mind_reaches(m, r->is, r->step, 4, &all) && all.low >> (8 * size) == all.high >> (8 * size);
    if (!high && above_same)
        n.step = r->step;
    else
        n.vague = true;
    return n;
}

struct number mind_get(const struct mind *m, unsigned reg, unsigned size, bool high)
{
    struct mind_register r = m->reg[reg];
    u8 bytes = bytes_of(size, high);
    struct number n = {.in = *part_of(&r, size, high),
                       .is = r.is >> (high ? 8 : 0) & number_mask(size),
                       .vague = r.vague & bytes,
                       .wrong = r.wrong & bytes};
    if (r.step)
        n = part_stepping(m, &r, size, high);
    return n.in.low == n.in.high ? mind_constant(n.in.low) : n;
}

/* What is kept of a register of which a part is written has no step of its own any more. */
static void end_step(struct mind_register *r)
{
    if (!r->step)
        return;
    r->vague = bytes_within(r->whole);
    r->is = r->whole.low;
    r->step = 0;
    r->half = range_part(r->whole, 0, 16);
    r->low = range_part(r->whole, 0, 8);
    r->high = range_part(r->whole, 8, 8);
}

static void set_whole(struct mind_register *r, struct number n)
{
    *r = (struct mind_register){.whole = n.in,
                                .half = range_part(n.in, 0, 16),
                                .low = range_part(n.in, 0, 8),
                                .high = range_part(n.in, 8, 8),
                                .is = n.vague ? n.in.low : n.is,
                                .step = n.vague ? 0 : n.step,
                                .vague = n.vague ? bytes_within(n.in) : 0};
    r->wrong = n.wrong ? r->vague : 0;
}

void mind_set(struct mind *m, unsigned reg, unsigned size, bool high, struct number n)
{
    struct mind_register *r = &m->reg[reg];
    unsigned shift = high ? 8 : 0;
    u8 bytes = bytes_of(size, high), vague = n.vague || n.step ? bytes_within(n.in) << high : 0;
    if (size == 4) {
        set_whole(r, n);
        return;
    }
    end_step(r);
    u32 mask = number_mask(size) << shift, low = n.in.low << shift, top = n.in.high << shift;
    u32 is = (r->is & ~mask) | (n.vague || n.step ? low : n.is << shift);
    if (!n.vague && n.step && !(r->vague & ~bytes)) {
        set_whole(r, (struct number){.in = {(r->is & ~mask) | low, (r->is & ~mask) | top},
                                     .is = (r->is & ~mask) | n.is << shift,
                                     .step = n.step << shift});
        return;
    }
    struct range upper = range_part(r->whole, 16, 16);
    *part_of(r, size, high) = n.in;
    if (size == 2) {
        r->low = range_part(n.in, 0, 8);
        r->high = range_part(n.in, 8, 8);
    } else {
        r->half = (struct range){r->high.low << 8 | r->low.low, r->high.high << 8 | r->low.high};
    }
    r->whole = (struct range){upper.low << 16 | r->half.low, upper.high << 16 | r->half.high};
    r->is = is;
    r->vague = (r->vague & (u8)~bytes) | vague;
    r->wrong = (r->wrong & (u8)~bytes) | (n.wrong ? vague : 0);
}
