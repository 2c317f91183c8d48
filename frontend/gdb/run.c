/*
 * run.c - going on, stopping, points. See stub.h.
 *
 * A step is one instruction. If an interrupt is due before it, or the processor is halted, it would
 * end in a handler; unless control.debug.interrupts says that this is wanted, the machine runs
 * until the handler has come back to the same instruction and stack, and does the step then. The
 * guest does the same in either case: only where the machine stands is another place.
 */
#include "frontend/gdb/internal.h"

#include <stdio.h>
#include <string.h>

/* ---- points ---- */

static bool same(const struct vm_point *a, const struct vm_point *b)
{
    return a->kind == b->kind && a->lin == b->lin &&
           (a->kind == VM_POINT_EXECUTE || a->len == b->len);
}

/* "TYPE,ADDR,KIND", and perhaps conditions, which are GDB's matter. */
static bool parse(const char *rest, struct stub_point *p)
{
    static const enum vm_point_kind kinds[] = {VM_POINT_EXECUTE, VM_POINT_EXECUTE, VM_POINT_WRITE,
                                               VM_POINT_READ, VM_POINT_ACCESS};
    u64 type, addr, len;
    if (!gdb_number_then(&rest, ARRAY_SIZE(kinds) - 1, ',', &type) ||
        !gdb_number_then(&rest, 0xffffffffu, ',', &addr) || !gdb_number(&rest, &len) ||
        len > 0xffffffffu || (*rest && *rest != ';'))
        return false;
    *p = (struct stub_point){.hardware = type == 1,
                             .point = {.kind = kinds[type], .lin = (u32)addr, .len = (u32)len}};
    return true;
}

static struct stub_point *find(struct gdb_stub *g, const struct vm_point *p)
{
    for (unsigned i = 0; i < g->points; i++)
        if (same(&g->point[i].point, p))
            return &g->point[i];
    return NULL;
}

void stub_point_set(struct gdb_stub *g, const char *rest, size_t len)
{
    struct stub_point p;
    struct err e;
    (void)len;
    if (!parse(rest, &p)) {
        stub_say(g, BAD_PACKET);
    } else if (find(g, &p.point)) { /* setting it again changes nothing, as the protocol wants */
        stub_say(g, "OK");
    } else if (g->points == STUB_POINTS || !vm_point_set(g->control->vm, &p.point, &e)) {
        stub_say(g, NO_ROOM);
    } else {
        g->point[g->points++] = p;
        stub_say(g, "OK");
    }
}

void stub_point_clear(struct gdb_stub *g, const char *rest, size_t len)
{
    struct stub_point p, *there;
    (void)len;
    if (!parse(rest, &p)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    there = find(g, &p.point);
    if (there) {
        vm_point_clear(g->control->vm, &there->point);
        *there = g->point[--g->points];
    }
    stub_say(g, "OK");
}

static void come_back(struct gdb_stub *g)
{
    if (g->away.active)
        vm_point_clear(g->control->vm, &g->away.point);
    g->away.active = false;
}

static void stub_points_gone(struct gdb_stub *g)
{
    come_back(g);
    while (g->points)
        vm_point_clear(g->control->vm, &g->point[--g->points].point);
}

/* ---- running ---- */

static const unsigned own = (unsigned)STOPPED_CLIENT << CLIENT_DEBUGGER;

void stub_stand(struct gdb_stub *g)
{
    come_back(g);
    g->control->stopped |= own;
    g->control->go_until = 0;
    g->control->goal = CONTROL_NO_GOAL;
}

void stub_release(struct gdb_stub *g)
{
    stub_points_gone(g);
    stub_forget_back(g);
    g->control->goal = CONTROL_NO_GOAL;
    control_leave(g->control, CLIENT_DEBUGGER, g);
}

/* As `cont` does: whoever has stopped the machine, GDB lets it go on. */
void stub_go(struct gdb_stub *g)
{
    vm_points_pass(g->control->vm);
    g->gone_from = vm_instructions(g->control->vm);
    g->control->stopped &= STOPPED_OFF;
    g->waits = true;
}

static void step_one(struct gdb_stub *g)
{
    g->control->goal = vm_instructions(g->control->vm) + 1;
    stub_go(g);
}

void stub_step(struct gdb_stub *g)
{
    struct vm *vm = g->control->vm;
    struct vm_registers r;
    vm_registers(vm, &r);
    if (!g->control->debug.interrupts && (vm_interrupt_due(vm) || r.halted)) {
        struct vm_point p = {.kind = VM_POINT_EXECUTE, .lin = r.seg[VM_CS].base + r.eip};
        if (vm_point_set(vm, &p, NULL)) {
            g->away.active = true;
            g->away.point = p;
            g->away.esp = r.gpr[VM_ESP];
            g->away.ss_base = r.seg[VM_SS].base;
            stub_go(g);
            return;
        }
    }
    step_one(g);
}

/* ---- stopping ---- */

void stub_stopped(struct gdb_stub *g, const char *reply)
{
    stub_stand(g);
    snprintf(g->reason, sizeof(g->reason), "%s", reply);
    if (g->waits)
        stub_say(g, g->reason);
    g->waits = false;
}

void stub_interrupt(struct gdb_stub *g)
{
    stub_look_no_more(g);
    if (g->waits)
        stub_stopped(g, "T02thread:01;");
    else
        stub_stand(g);
}

void stub_at_point(struct gdb_stub *g, const struct vm_point_hit *h)
{
    static const char *const watch[] = {
        [VM_POINT_WRITE] = "watch", [VM_POINT_READ] = "rwatch", [VM_POINT_ACCESS] = "awatch"};
    const struct stub_point *p = find(g, &h->point);
    char reply[sizeof(g->reason)] = "T05thread:01;";
    size_t n = strlen(reply);
    if (p && h->point.kind != VM_POINT_EXECUTE) {
        u32 at = h->lin - h->point.lin < h->point.len ? h->lin : h->point.lin;
        snprintf(reply + n, sizeof(reply) - n, "%s:%x;", watch[h->point.kind], at);
    } else if (p && g->tells_break) {
        snprintf(reply + n, sizeof(reply) - n, p->hardware ? "hwbreak:;" : "swbreak:;");
    }
    stub_stopped(g, reply);
}

bool gdb_stub_shutdown(struct gdb_stub *g)
{
    u64 now = vm_instructions(g->control->vm);
    if (!g->waits || (g->shut_down == now && g->gone_from == now))
        return false;
    g->shut_down = now;
    stub_show_line(g, "triple fault: the processor has shut down; when it goes on, the machine "
                      "starts again");
    stub_show_line(g, vm_last_fault(g->control->vm));
    stub_stopped(g, "T0bthread:01;");
    return true;
}

/* At the instruction before which the interrupt came: is it the same activation of it? */
static bool is_back(struct gdb_stub *g)
{
    struct vm_registers r;
    vm_registers(g->control->vm, &r);
    return r.gpr[VM_ESP] == g->away.esp && r.seg[VM_SS].base == g->away.ss_base;
}

void gdb_stub_met(struct gdb_stub *g, enum vm_stop why)
{
    bool for_step = g->away.active && why == VM_POINT &&
                    same(&vm_point_hit(g->control->vm)->point, &g->away.point);
    if (!for_step) {
        if (why == VM_POINT)
            stub_at_point(g, vm_point_hit(g->control->vm));
        else
            stub_stopped(g, "T05thread:01;");
        return;
    }
    if (find(g, &g->away.point) && !is_back(g)) { /* GDB has one there, too */
        stub_at_point(g, vm_point_hit(g->control->vm));
    } else if (is_back(g)) {
        come_back(g);
        step_one(g);
    } else {
        stub_go(g);
    }
}
