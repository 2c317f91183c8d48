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
    if (a->kind >= INSPECT_PORT)
        return a->len == b->len && a->how == b->how;
    if (a->kind != INSPECT_EXECUTE)
        return a->len == b->len;
    return a->far == b->far && (!a->far || a->sel == b->sel);
}

static bool is_data(const struct inspect_point *p)
{
    return p->kind == INSPECT_WRITE || p->kind == INSPECT_READ || p->kind == INSPECT_ACCESS;
}

static bool sound(const struct inspect_point *p)
{
    u32 end = p->kind == INSPECT_PORT ? 0xffff : p->kind == INSPECT_VECTOR ? 0xff : 0xffffffffu;
    switch (p->kind) {
    case INSPECT_EXECUTE:
    case INSPECT_TASK:
        return true;
    case INSPECT_MODE:
        return p->how != 0;
    case INSPECT_PORT:
    case INSPECT_VECTOR:
        if (!p->how)
            return false;
        break;
    default:
        break;
    }
    return p->len && p->len <= INSPECT_BYTES && p->lin <= end && p->len - 1 <= end - p->lin;
}

/* What is compared to know a change; see INSPECT_MODE_*. */
static u32 mode_now(const struct cpu *c)
{
    return c->cpl | (c->mode & MODE_PE ? INSPECT_MODE_PE : 0) |
           (c->mode & MODE_VM ? INSPECT_MODE_VM : 0) | (c->mmu.cr0 & CR0_PG ? INSPECT_MODE_PG : 0) |
           (c->mode & MODE_CS32 ? INSPECT_MODE_CS32 : 0);
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
    if (i->points == INSPECT_POINTS || (is_data(p) && !slow(c, p, true)))
        return false;
    i->point[i->points++] = *p;
    i->events += p->kind >= INSPECT_PORT;
    if (p->kind == INSPECT_MODE && !i->modes++)
        i->mode = mode_now(c);
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
    i->events -= gone.kind >= INSPECT_PORT;
    i->modes -= gone.kind == INSPECT_MODE;
    i->breaks -= gone.kind == INSPECT_EXECUTE;
    if (!is_data(&gone))
        return true;
    slow(c, &gone, false);
    for (k = 0; k < i->points; k++) /* others may have had the same pages */
        if (is_data(&i->point[k]))
            slow(c, &i->point[k], true);
    return true;
}

/* ---- what meets them ---- */

static void meet(struct cpu *c, const struct inspect_point *p, const struct inspect_hit *hit)
{
    struct inspect *i = c->inspect;
    if (!i->met) { /* the first one counts */
        i->hit = *hit;
        i->hit.point = *p;
    }
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
            meet(c, p, &(struct inspect_hit){.lin = lin});
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
        if (!is_data(p) || p->kind == (write ? INSPECT_READ : INSPECT_WRITE))
            continue;
        /* Distances modulo 2^32: an access may wrap at the top. */
        if (lin - p->lin < p->len || p->lin - lin < n) {
            meet(c, p, &(struct inspect_hit){.lin = lin, .len = n, .write = write});
            return;
        }
    }
}

void inspect_port(struct cpu *c, u16 port, unsigned n, bool out, u32 value)
{
    struct inspect *i = c->inspect;
    unsigned how = out ? INSPECT_OUT : INSPECT_IN;
    if (i->held)
        return;
    for (unsigned k = 0; k < i->points; k++) {
        const struct inspect_point *p = &i->point[k];
        if (p->kind != INSPECT_PORT || !(p->how & how) ||
            !((u32)port - p->lin < p->len || p->lin - port < n))
            continue;
        meet(c, p,
             &(struct inspect_hit){
                 .lin = port, .len = n, .write = out, .how = (u8)how, .value = value});
        return;
    }
}

void inspect_event(struct cpu *c, enum inspect_kind kind, unsigned how, u32 lin, u32 value)
{
    struct inspect *i = c->inspect;
    if (i->held)
        return;
    for (unsigned k = 0; k < i->points; k++) {
        const struct inspect_point *p = &i->point[k];
        if (p->kind != kind || (kind != INSPECT_TASK && !(p->how & how)) ||
            (kind == INSPECT_VECTOR && lin - p->lin >= p->len))
            continue;
        meet(c, p, &(struct inspect_hit){.lin = lin, .how = (u8)how, .value = value});
        return;
    }
}

void inspect_mode(struct cpu *c)
{
    struct inspect *i = c->inspect;
    u32 before = i->mode, now = mode_now(c), changed = before ^ now;
    i->mode = now;
    if (!changed)
        return;
    unsigned how = 0;
    if (changed & (INSPECT_MODE_PE | INSPECT_MODE_VM | INSPECT_MODE_PG))
        how |= INSPECT_OPERATION;
    if (changed & 3)
        how |= INSPECT_RING;
    if (changed & INSPECT_MODE_CS32)
        how |= INSPECT_SIZE;
    inspect_event(c, INSPECT_MODE, how, before, now);
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
    if (!c->inspect)
        return;
    c->inspect->passed.valid = c->inspect->met = false;
    c->inspect->mode = mode_now(c);
}
