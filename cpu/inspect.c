/*
 * inspect.c - the lists of points, and what meets them. See inspect.h.
 */
#include "cpu/inspect.h"

#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

static bool same(const struct inspect_point *a, const struct inspect_point *b)
{
    if (a->kind != b->kind || a->lin != b->lin)
        return false;
    if (a->kind != INSPECT_EXECUTE)
        return a->len == b->len;
    return a->far == b->far && (!a->far || a->sel == b->sel);
}

static bool sound(const struct inspect_point *p)
{
    return p->kind == INSPECT_EXECUTE ||
           (p->len && p->len <= INSPECT_BYTES && p->lin <= 0xffffffffu - (p->len - 1));
}

static bool slow(struct cpu *c, const struct inspect_point *p, bool on)
{
    return mmu_slow_pages(&c->mmu, p->lin >> PAGE_SHIFT, (p->lin + (p->len - 1)) >> PAGE_SHIFT, on);
}

bool inspect_add(struct cpu *c, const struct inspect_point *p, bool *fresh)
{
    *fresh = false;
    if (!sound(p))
        return false;
    if (!c->inspect && !(c->inspect = calloc(1, sizeof *c->inspect)))
        return false;
    struct inspect *i = c->inspect;
    if (i->points == INSPECT_POINTS || (p->kind != INSPECT_EXECUTE && !slow(c, p, true)))
        return false;
    i->point[i->points++] = *p;
    if (p->kind != INSPECT_EXECUTE)
        return true;
    u32 offset = p->lin & PAGE_MASK;
    *fresh = !inspect_guards(i, offset);
    i->guard[offset / 64] |= 1ull << offset % 64;
    i->breaks++;
    return true;
}

/*
 * Guards stay: debuggers take their breakpoints away at each stop and put them back, and blocks
 * would be decoded anew each time.
 */
bool inspect_remove(struct cpu *c, const struct inspect_point *p)
{
    struct inspect *i = c->inspect;
    unsigned k = 0;
    while (i && k < i->points && !same(&i->point[k], p))
        k++;
    if (!i || k == i->points)
        return false;
    struct inspect_point gone = i->point[k];
    i->point[k] = i->point[--i->points];
    if (gone.kind == INSPECT_EXECUTE) {
        i->breaks--;
        return true;
    }
    slow(c, &gone, false);
    for (k = 0; k < i->points; k++) /* others may have had the same pages */
        if (i->point[k].kind != INSPECT_EXECUTE)
            slow(c, &i->point[k], true);
    return true;
}

/* ---- what meets them ---- */

static void meet(struct cpu *c, const struct inspect_point *p, u32 lin, u32 len, bool write)
{
    struct inspect *i = c->inspect;
    if (!i->met) /* the first one counts */
        i->hit = (struct inspect_hit){.point = *p, .lin = lin, .len = len, .write = write};
    i->met = true;
    c->stop_wanted = true;
    c->stop |= CPU_STOP_REQUEST;
}

bool inspect_execute(struct cpu *c, u32 lin)
{
    struct inspect *i = c->inspect;
    if (!i->breaks || i->held ||
        (i->passed.valid && i->passed.lin == lin && i->passed.executed == cpu_executed(c)))
        return false;
    for (unsigned k = 0; k < i->points; k++) {
        const struct inspect_point *p = &i->point[k];
        if (p->kind == INSPECT_EXECUTE && p->lin == lin &&
            (!p->far || p->sel == c->seg[SEG_CS].sel)) {
            meet(c, p, lin, 0, false);
            cpu_points_pass(c);
            return true;
        }
    }
    return false;
}

void inspect_data(struct cpu *c, u32 lin, unsigned n, bool write)
{
    struct inspect *i = c->inspect;
    if (i->held)
        return;
    for (unsigned k = 0; k < i->points; k++) {
        const struct inspect_point *p = &i->point[k];
        if (p->kind == INSPECT_EXECUTE || p->kind == (write ? INSPECT_READ : INSPECT_WRITE))
            continue;
        /* Distances modulo 2^32: an access may wrap at the top. */
        if (lin - p->lin < p->len || p->lin - lin < n) {
            meet(c, p, lin, n, write);
            return;
        }
    }
}

bool cpu_point_met(struct cpu *c, struct inspect_hit *hit)
{
    struct inspect *i = c->inspect;
    if (!i || !i->met)
        return false;
    i->met = false;
    *hit = i->hit;
    return true;
}

void cpu_points_pass(struct cpu *c)
{
    if (c->inspect)
        c->inspect->passed =
            (struct inspect_place){true, c->seg[SEG_CS].base + c->eip, cpu_executed(c)};
}

void cpu_points_hold(struct cpu *c, bool on)
{
    if (c->inspect)
        c->inspect->held = on;
}

void inspect_loaded(struct cpu *c)
{
    if (c->inspect)
        c->inspect->passed.valid = c->inspect->met = false;
}
