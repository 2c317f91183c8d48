/*
 * stub.c - packets in and out, registers, what resumes the machine. See stub.h.
 */
#include "frontend/gdb/stub.h"

#include "frontend/gdb/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- out ---- */

void stub_send(struct gdb_stub *g, const void *data, size_t len)
{
    if (GDB_FRAME(len) > g->last_room) {
        char *room = realloc(g->last, GDB_FRAME(len) + 1024);
        if (!room) { /* GDB asks again, and gives up */
            g->last_len = 0;
            return;
        }
        g->last = room;
        g->last_room = GDB_FRAME(len) + 1024;
    }
    g->last_len = gdb_frame(g->last, data, len);
    g->sink.send(g->sink.opaque, g->last, g->last_len);
}

void stub_say(struct gdb_stub *g, const char *text)
{
    stub_send(g, text, strlen(text));
}

/* ---- registers ---- */

static void view(const struct gdb_stub *g, struct gdb_view *v)
{
    gdb_view(v, g->control->vm, g->control->debug.offset);
}

static void all_registers(struct gdb_stub *g, const char *rest, size_t len)
{
    struct gdb_view v;
    char text[2 * GDB_REGISTERS_BYTES + 1];
    u8 bytes[GDB_REGISTER_BYTES];
    size_t n = 0;
    (void)rest, (void)len;
    view(g, &v);
    for (unsigned i = 0; i < gdb_register_count(); i++) {
        gdb_register_get(&v, i, bytes);
        gdb_hex(text + n, bytes, gdb_register_size(i));
        n += 2 * gdb_register_size(i);
    }
    stub_say(g, text);
}

static void set(struct gdb_stub *g, const struct gdb_view *v, bool ok)
{
    struct err e;
    if (ok)
        stub_alters(g);
    stub_say(g, ok && vm_set_registers(g->control->vm, &v->r, &e) ? "OK" : BAD_VALUE);
}

/* What cannot be set keeps its value: GDB sends all when it wants to change one. */
static void set_all(struct gdb_stub *g, const char *rest, size_t len)
{
    struct gdb_view v;
    u8 bytes[GDB_REGISTERS_BYTES], one[GDB_REGISTER_BYTES] = {0};
    size_t at = 0;
    view(g, &v);
    if (len % 2 || len / 2 > sizeof(bytes) || !gdb_bytes(bytes, rest, len / 2)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    for (unsigned i = 0; i < gdb_register_count(); i++) {
        unsigned size = gdb_register_size(i);
        if (at + size > len / 2)
            break;
        memcpy(one, bytes + at, size);
        gdb_register_set(&v, i, one);
        at += size;
    }
    set(g, &v, at > 0);
}

static void one_register(struct gdb_stub *g, const char *rest, size_t len)
{
    struct gdb_view v;
    char text[2 * GDB_REGISTER_BYTES + 1];
    u8 bytes[GDB_REGISTER_BYTES];
    u64 n;
    (void)len;
    if (!gdb_number_then(&rest, gdb_register_count() - 1, 0, &n)) {
        stub_say(g, BAD_PACKET);
        return;
    }
    view(g, &v);
    gdb_register_get(&v, (unsigned)n, bytes);
    gdb_hex(text, bytes, gdb_register_size((unsigned)n));
    stub_say(g, text);
}

static void set_one(struct gdb_stub *g, const char *rest, size_t len)
{
    struct gdb_view v;
    u8 bytes[GDB_REGISTER_BYTES] = {0};
    u64 n;
    (void)len;
    if (!gdb_number_then(&rest, gdb_register_count() - 1, '=', &n) ||
        !gdb_bytes(bytes, rest, gdb_register_size((unsigned)n))) {
        stub_say(g, BAD_PACKET);
        return;
    }
    view(g, &v);
    set(g, &v, gdb_register_set(&v, (unsigned)n, bytes));
}

/* ---- running ---- */

static void why_stopped(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_say(g, g->reason);
}

/* "[ADDR]": to go on there. */
static bool go_from(struct gdb_stub *g, const char *rest)
{
    struct gdb_view v;
    struct err e;
    u64 addr;
    if (!*rest)
        return true;
    if (!gdb_number_then(&rest, 0xffffffffu, 0, &addr))
        return false;
    view(g, &v);
    stub_alters(g);
    v.r.eip = (u32)addr - (v.offset ? 0 : v.r.seg[VM_CS].base);
    return vm_set_registers(g->control->vm, &v.r, &e);
}

static void resume(struct gdb_stub *g, bool ok, bool step)
{
    if (!ok)
        stub_say(g, BAD_PACKET);
    else if (step)
        stub_step(g);
    else
        stub_go(g);
}

static void cont(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)len;
    resume(g, go_from(g, rest), false);
}

static void step(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)len;
    resume(g, go_from(g, rest), true);
}

/* "SIG[;ADDR]": there are no signals here, so nothing is delivered. */
static const char *behind_signal(const char *rest)
{
    u64 signal;
    if (!gdb_number(&rest, &signal) || (*rest && *rest != ';'))
        return "?";
    return rest + (*rest == ';');
}

static void cont_signal(struct gdb_stub *g, const char *rest, size_t len)
{
    cont(g, behind_signal(rest), len);
}

static void step_signal(struct gdb_stub *g, const char *rest, size_t len)
{
    step(g, behind_signal(rest), len);
}

/* "ACTION[:THREAD];...": the first that fits the only thread counts. */
static void vcont(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)len;
    char action = rest[0] == ';' ? rest[1] : 0;
    const char *p = action ? rest + 2 : rest;
    u64 number;
    bool ok = action == 'c' || action == 's' || action == 'C' || action == 'S';
    if (ok && (action == 'C' || action == 'S'))
        ok = gdb_number(&p, &number);
    ok = ok && (!*p || *p == ':' || *p == ';');
    resume(g, ok, action == 's' || action == 'S');
}

static void vcont_can(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_say(g, "vCont;c;C;s;S");
}

/* ---- the end ---- */

static void detach(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_release(g);
    stub_say(g, "OK");
    g->over = true;
}

static void kill_machine(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    g->control->quit = true;
    g->over = true;
}

static void kill_and_say(struct gdb_stub *g, const char *rest, size_t len)
{
    stub_say(g, "OK");
    kill_machine(g, rest, len);
}

static void restart(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    vm_reset(g->control->vm);
    g->control->stopped &= ~(unsigned)STOPPED_OFF;
}

/* ---- in ---- */

static void say_ok(struct gdb_stub *g, const char *rest, size_t len)
{
    (void)rest, (void)len;
    stub_say(g, "OK");
}

/* "g-1", "c1": which thread is meant. */
static void choose_thread(struct gdb_stub *g, const char *rest, size_t len)
{
    const char *thread = rest + 1;
    u64 n = 0;
    bool ok = len > 1 && (*rest == 'g' || *rest == 'c');
    if (ok && strcmp(thread, "-1") != 0)
        ok = gdb_number_then(&thread, 1, 0, &n);
    stub_say(g, ok ? "OK" : BAD_PACKET);
}

static void thread_alive(struct gdb_stub *g, const char *rest, size_t len)
{
    u64 n;
    (void)len;
    stub_say(g, gdb_number_then(&rest, 1, 0, &n) && n == 1 ? "OK" : BAD_VALUE);
}

static const struct packet packets[] = {
    {"?", why_stopped},
    {"!", say_ok},
    {"bc", stub_go_back},
    {"bs", stub_step_back},
    {"c", cont},
    {"C", cont_signal},
    {"D", detach},
    {"g", all_registers},
    {"G", set_all},
    {"H", choose_thread},
    {"k", kill_machine},
    {"m", stub_read_memory},
    {"M", stub_write_hex},
    {"p", one_register},
    {"P", set_one},
    {"q", stub_query},
    {"Q", stub_set},
    {"R", restart},
    {"s", step},
    {"S", step_signal},
    {"T", thread_alive},
    {"vCont?", vcont_can},
    {"vCont", vcont},
    {"vKill;", kill_and_say},
    {"X", stub_write_binary},
    {"z", stub_point_clear},
    {"Z", stub_point_set},
};

bool stub_dispatch(struct gdb_stub *g, const struct packet *table, size_t count, const char *data,
                   size_t len)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(table[i].name);
        if (len >= n && memcmp(data, table[i].name, n) == 0) {
            table[i].does(g, data + n, len - n);
            return true;
        }
    }
    return false;
}

static void take(struct gdb_stub *g, enum gdb_item item)
{
    switch (item) {
    case GDB_NOTHING:
        break;
    case GDB_INTERRUPT:
        stub_interrupt(g);
        break;
    case GDB_AGAIN:
        if (!g->no_ack && g->last_len)
            g->sink.send(g->sink.opaque, g->last, g->last_len);
        break;
    case GDB_BROKEN:
        g->sink.send(g->sink.opaque, "-", 1);
        break;
    case GDB_TOO_LONG:
    case GDB_DATA:
        if (!g->no_ack)
            g->sink.send(g->sink.opaque, "+", 1);
        if (item == GDB_TOO_LONG)
            stub_say(g, BAD_PACKET);
        else if (!stub_dispatch(g, packets, ARRAY_SIZE(packets), g->in.data, g->in.len))
            stub_say(g, ""); /* not known, as the protocol says it */
        break;
    }
}

size_t gdb_stub_got(struct gdb_stub *g, const u8 *data, size_t len)
{
    size_t n = 0;
    if (g->commands && memchr(data, 3, len)) { /* it is not waited for any more */
        control_cancel(g->control, g);
        g->commands = false;
        stub_say(g, BAD_VALUE);
    }
    enum gdb_item item = GDB_NOTHING;
    while (n < len && !g->over && !g->commands && item == GDB_NOTHING) /* one packet: link.h */
        take(g, item = gdb_read(&g->in, data[n++]));
    return g->over ? len : n;
}

/* ---- life ---- */

struct gdb_stub *gdb_stub_new(struct control *c, const struct gdb_sink *sink, bool code32)
{
    struct gdb_stub *g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    struct vm_registers r;
    vm_registers(c->vm, &r);
    enum debug_arch arch = c->debug.arch;
    g->xml = gdb_target_xml(arch == DEBUG_ARCH_AUTO ? code32 || r.code32 : arch == DEBUG_ARCH_32);
    if (!g->xml) {
        free(g);
        return NULL;
    }
    g->control = c;
    g->sink = *sink;
    strcpy(g->reason, "T05thread:01;");
    stub_stand(g);
    return g;
}

void gdb_stub_free(struct gdb_stub *g)
{
    if (!g)
        return;
    stub_release(g);
    free(g->xml);
    free(g->last);
    free(g);
}

bool gdb_stub_busy(const struct gdb_stub *g)
{
    return g->back.busy;
}

void gdb_stub_work(struct gdb_stub *g)
{
    if (g->back.busy)
        stub_look_back(g);
}

bool gdb_stub_over(const struct gdb_stub *g)
{
    return g->over;
}

void gdb_stub_exits(struct gdb_stub *g, int status)
{
    char text[8];
    snprintf(text, sizeof(text), "W%02x", (unsigned)status & 0xff);
    if (g->waits)
        stub_say(g, text);
    g->waits = false;
}
