/*
 * rows_chain.c - `irq`: an interrupt from the device's pin to its handler, link by link, and what
 * was delivered last with its frame; `descriptors` and `tss`: the tables of protected mode, entry
 * by entry. 8259A data sheet; SDM vol. 3, chapters 3, 6 and 7.
 */
#include "frontend/control/rows.h"

#include "frontend/control/name_of.h"
#include "frontend/control/points.h"
#include "hw/machine/vm_chain.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- irq ---- */

static void put_frame(struct reply *out, const struct vm_delivery *d)
{
    reply_list(out, "frame");
    for (unsigned i = 0; i < d->items; i++) {
        const struct vm_frame_item *x = &d->item[i];
        reply_map(out, NULL);
        reply_text(out, "item", x->name);
        reply_printf(out, "at", "%08x", x->at);
        reply_printf(out, "pushed", "%0*x", 2 * x->bytes, x->value);
        if (x->known)
            reply_printf(out, "now", "%0*x", 2 * x->bytes, x->now);
        reply_end(out);
    }
    reply_end(out);
}

static void put_delivery(struct reply *out, const struct vm_delivery *d)
{
    const char *name = points_vector_name(d->vector);
    reply_map(out, NULL);
    reply_int(out, "instructions", (s64)d->instructions);
    reply_printf(out, "vector", "%02x", d->vector);
    if (*name && d->how == VM_VECTOR_FAULT)
        reply_text(out, "name", name);
    reply_text(out, "cause",
               d->how == VM_VECTOR_IRQ   ? "interrupt"
               : d->how == VM_VECTOR_INT ? "instruction"
                                         : "exception");
    reply_printf(out, "from", "%04x:%08x", d->cs, d->eip);
    reply_printf(out, "to", "%04x:%08x", d->handler_cs, d->handler_eip);
    reply_printf(out, "rings", "%u to %u%s", d->from_ring, d->to_ring,
                 d->v86 ? ", from virtual-8086 mode" : "");
    if (d->has_error)
        reply_printf(out, "error code", "%04x", d->error);
    put_frame(out, d);
    reply_end(out);
}

/* -1: of any vector. */
static void put_deliveries(struct call *call, int vector, unsigned most)
{
    struct vm_delivery d;
    unsigned shown = 0;
    reply_list(call->reply, "delivered");
    for (unsigned i = 0; shown < most && vm_delivered(call->control->vm, i, &d); i++) {
        if (vector >= 0 && d.vector != vector)
            continue;
        put_delivery(call->reply, &d);
        shown++;
    }
    reply_end(call->reply);
}

static void one_line(struct call *call, unsigned irq)
{
    struct reply *out = call->reply;
    struct vm_chain c;
    const char *stops = NULL;
    vm_chain(call->control->vm, irq, &c);
    for (unsigned i = 0; i < c.steps && !stops; i++)
        if (!c.step[i].passes)
            stops = c.step[i].what;
    reply_int(out, "irq", irq);
    if (!c.requested)
        reply_text(out, "verdict",
                   c.pin && !c.level_triggered
                       ? "nothing is requested: the line is high, and its edge was taken already"
                       : "nothing is requested");
    else if (stops)
        reply_printf(out, "verdict", "it stops at: %s", stops);
    else
        reply_text(out, "verdict", "it gets through");
    reply_printf(out, "vector", "%02x", c.vector);
    reply_list(out, "steps");
    for (unsigned i = 0; i < c.steps; i++) {
        reply_map(out, NULL);
        reply_text(out, "step", c.step[i].what);
        reply_text(out, "result", c.step[i].passes ? "passes" : "stops");
        reply_text(out, "says", c.step[i].says);
        reply_end(out);
    }
    reply_end(out);
    put_deliveries(call, c.vector, 1);
}

static enum command_state irq(struct call *call)
{
    enum { SHOWN = 8 };
    struct reply *out = call->reply;
    const struct value *line = &call->request->arg[0];
    if (line->given) {
        one_line(call, (unsigned)line->number);
        return COMMAND_DONE;
    }
    reply_list(out, "lines");
    for (unsigned i = 0; i < 16; i++) {
        struct vm_chain c;
        vm_chain(call->control->vm, i, &c);
        reply_map(out, NULL);
        reply_int(out, "irq", i);
        reply_text(out, "devices", c.drivers);
        reply_printf(out, "vector", "%02x", c.vector);
        reply_text(out, "trigger", c.level_triggered ? "level" : "edge");
        reply_int(out, "pin", c.pin);
        reply_int(out, "requested", c.requested);
        reply_int(out, "masked", c.masked);
        reply_int(out, "in service", c.in_service);
        reply_end(out);
    }
    reply_end(out);
    put_deliveries(call, -1, SHOWN);
    return COMMAND_DONE;
}

/* ---- descriptor tables ---- */

enum { TABLE_GDT, TABLE_LDT, TABLE_IDT };
static const char *const table_words[] = {"gdt", "ldt", "idt", NULL};

static void put_gate(struct reply *out, const u8 d[8], unsigned type)
{
    reply_text(out, "kind", "gate");
    reply_text(out, "type", system_descriptor_words(type));
    reply_printf(out, "selector", "%04x", get_le16(d + 2));
    if (type != 5)
        reply_printf(out, "offset", "%08x",
                     get_le16(d) | (type & 8 ? (u32)get_le16(d + 6) << 16 : 0));
    if ((type & 7) == 4)
        reply_int(out, "parameters", d[4] & 31);
}

static void put_segment(struct reply *out, const u8 d[8], bool system)
{
    u32 limit = get_le16(d) | (u32)(d[6] & 15) << 16;
    unsigned type = d[5] & 15;
    bool code = !system && (type & 8);
    reply_text(out, "kind", system ? "system" : code ? "code" : "data");
    if (system)
        reply_text(out, "type", system_descriptor_words(type));
    else
        reply_printf(out, "type", "%s-bit %s%s%s", d[6] & 0x40 ? "32" : "16",
                     code       ? type & 2 ? "code, readable" : "code, execute only"
                     : type & 2 ? "data, writable"
                                : "data, read-only",
                     !(type & 4) ? ""
                     : code      ? ", conforming"
                                 : ", expands down",
                     type & 1 ? ", accessed" : "");
    reply_printf(out, "base", "%08x", get_le16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24);
    reply_printf(out, "limit", "%08x", d[6] & 0x80 ? limit << 12 | 0xfff : limit);
}

static void put_users(struct reply *out, const struct vm_registers *r, u16 sel)
{
    static const char *const names[VM_SEGMENTS] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    char users[40] = "";
    size_t n = 0;
    for (unsigned i = 0; i < VM_SEGMENTS; i++)
        if (r->seg[i].usable && (r->seg[i].sel & ~3u) == sel && n < sizeof(users))
            n += (size_t)snprintf(users + n, sizeof(users) - n, "%s%s", n ? " " : "", names[i]);
    if ((r->tr.sel & ~3u) == sel && sel && n < sizeof(users))
        n += (size_t)snprintf(users + n, sizeof(users) - n, "%sTR", n ? " " : "");
    if (r->ldtr.usable && (r->ldtr.sel & ~3u) == sel && n < sizeof(users))
        snprintf(users + n, sizeof(users) - n, "%sLDTR", n ? " " : "");
    if (*users)
        reply_text(out, "in", users);
}

static void put_entry(struct reply *out, const struct vm_registers *r, unsigned table, u32 i,
                      const u8 d[8])
{
    bool system = !(d[5] & 0x10), gate = system && (d[5] & 4);
    reply_map(out, NULL);
    reply_int(out, "index", i);
    if (table == TABLE_IDT)
        reply_printf(out, "vector", "%02x", i);
    else
        reply_printf(out, "entry", "%04x", i * 8 | (table == TABLE_LDT ? 4 : 0));
    if (!(get_le32(d) | get_le32(d + 4))) {
        reply_text(out, "kind", "empty");
        reply_bool(out, "present", false);
        reply_end(out);
        return;
    }
    if (gate)
        put_gate(out, d, d[5] & 15);
    else
        put_segment(out, d, system);
    reply_int(out, "ring", d[5] >> 5 & 3);
    reply_bool(out, "present", d[5] & 0x80);
    if (table != TABLE_IDT)
        put_users(out, r, (u16)(i * 8 | (table == TABLE_LDT ? 4 : 0)));
    reply_printf(out, "bytes", "%02x %02x %02x %02x %02x %02x %02x %02x", d[0], d[1], d[2], d[3],
                 d[4], d[5], d[6], d[7]);
    reply_end(out);
}

static void real_entries(struct call *call, const struct vm_registers *r, u32 from, u32 count)
{
    for (u32 i = from; i < from + count && i * 4 + 3 <= r->idtr.limit; i++) {
        char name[ADDRESS_NAME];
        u8 d[4];
        if (vm_linear_read(call->control->vm, r->idtr.base + i * 4, d, 4) != 4)
            break;
        reply_map(call->reply, NULL);
        reply_int(call->reply, "index", i);
        reply_printf(call->reply, "vector", "%02x", i);
        reply_text(call->reply, "kind", "address");
        reply_printf(call->reply, "selector", "%04x", get_le16(d + 2));
        reply_printf(call->reply, "offset", "%04x", get_le16(d));
        name_of(call->control, ((u32)get_le16(d + 2) << 4) + get_le16(d), name);
        if (*name)
            reply_text(call->reply, "name", name);
        reply_end(call->reply);
    }
}

static enum command_state descriptors(struct call *call)
{
    const struct value *arg = call->request->arg;
    unsigned table = (unsigned)arg[0].number;
    u32 from = (u32)arg[1].number, most = (u32)arg[2].number;
    struct reply *out = call->reply;
    struct vm_registers r;
    vm_registers(call->control->vm, &r);
    if (table == TABLE_LDT && !r.ldtr.usable)
        return call_fails(call, FAULT_GUEST, "there is no LDT (LDTR %04x)", r.ldtr.sel);
    bool real = table == TABLE_IDT && !r.protected_mode;
    u32 base = table == TABLE_GDT ? r.gdtr.base : table == TABLE_LDT ? r.ldtr.base : r.idtr.base;
    u32 limit = table == TABLE_GDT   ? r.gdtr.limit
                : table == TABLE_LDT ? r.ldtr.limit
                                     : r.idtr.limit;
    u32 entries = (u32)(((u64)limit + 1) / (real ? 4 : 8));
    entries = entries < 8192 ? entries : 8192;
    reply_text(out, "table", table_words[table]);
    reply_printf(out, "base", "%08x", base);
    reply_printf(out, "limit", "%08x", limit);
    reply_int(out, "count", entries);
    reply_int(out, "from", from);
    reply_list(out, "entries");
    if (real)
        real_entries(call, &r, from, most < 256 ? most : 256);
    for (u32 i = from; !real && i < entries && i - from < most; i++) {
        u8 d[8];
        if (vm_linear_read(call->control->vm, base + i * 8, d, 8) != 8)
            break;
        put_entry(out, &r, table, i, d);
    }
    reply_end(out);
    return COMMAND_DONE;
}

/* ---- the task state segment ---- */

struct tss_field {
    const char *name;
    u16 wide, narrow; /* places in the 32-bit and the 16-bit one; 0xffff: not there */
    u8 bytes;         /* in the 32-bit one */
};

static const struct tss_field tss_fields[] = {
    {"back link", 0, 0, 2}, {"ESP0", 4, 2, 4},      {"SS0", 8, 4, 2},
    {"ESP1", 12, 6, 4},     {"SS1", 16, 8, 2},      {"ESP2", 20, 10, 4},
    {"SS2", 24, 12, 2},     {"CR3", 28, 0xffff, 4}, {"EIP", 32, 14, 4},
    {"EFLAGS", 36, 16, 4},  {"EAX", 40, 18, 4},     {"ECX", 44, 20, 4},
    {"EDX", 48, 22, 4},     {"EBX", 52, 24, 4},     {"ESP", 56, 26, 4},
    {"EBP", 60, 28, 4},     {"ESI", 64, 30, 4},     {"EDI", 68, 32, 4},
    {"ES", 72, 34, 2},      {"CS", 76, 36, 2},      {"SS", 80, 38, 2},
    {"DS", 84, 40, 2},      {"FS", 88, 0xffff, 2},  {"GS", 92, 0xffff, 2},
    {"LDT", 96, 42, 2},     {"T", 100, 0xffff, 2},  {"I/O map", 102, 0xffff, 2},
};

static enum command_state tss(struct call *call)
{
    struct reply *out = call->reply;
    struct vm_registers r;
    vm_registers(call->control->vm, &r);
    bool wide = r.tr.attr & 8;
    if (!r.tr.usable || !(r.tr.sel & 0xfffc))
        return call_fails(call, FAULT_GUEST, "there is no TSS (TR %04x)", r.tr.sel);
    reply_printf(out, "selector", "%04x", r.tr.sel);
    reply_printf(out, "base", "%08x", r.tr.base);
    reply_printf(out, "limit", "%08x", r.tr.limit);
    reply_text(out, "type", wide ? "32-bit TSS" : "16-bit TSS");
    reply_list(out, "fields");
    for (size_t i = 0; i < ARRAY_SIZE(tss_fields); i++) {
        const struct tss_field *f = &tss_fields[i];
        unsigned at = wide ? f->wide : f->narrow, bytes = wide ? f->bytes : 2;
        u8 d[4] = {0};
        if (at == 0xffff || at + bytes - 1 > r.tr.limit ||
            vm_linear_read(call->control->vm, r.tr.base + at, d, bytes) != bytes)
            continue;
        reply_map(out, NULL);
        reply_text(out, "field",
                   wide || f->name[0] != 'E' || f->bytes == 2 ? f->name : f->name + 1);
        reply_int(out, "offset", at);
        reply_printf(out, "value", "%0*x", (int)(2 * bytes), get_le32(d));
        reply_end(out);
    }
    reply_end(out);
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {.name = "irq",
     .aliases = "info irq",
     .param = {{.name = "line",
                .kind = PARAM_INT,
                .optional = true,
                .what = "number of a line",
                .min = 0,
                .max = 15}},
     .help = "an interrupt line from the device's pin through 8259, APIC and IF to the gate, and "
             "where it stops; alone: all lines, and what was delivered last with its frame",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = irq},
    {.name = "descriptors",
     .param = {{.name = "table", .kind = PARAM_WORD, .words = table_words},
               {.name = "from",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "0",
                .what = "number of an entry",
                .min = 0,
                .max = 8191},
               {.name = "count",
                .kind = PARAM_INT,
                .optional = true,
                .otherwise = "64",
                .what = "number of entries",
                .min = 1,
                .max = 1024}},
     .help = "entries of a descriptor table, field by field, and which registers hold them",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = descriptors},
    {.name = "tss",
     .aliases = "info tss",
     .help = "the task state segment that TR names, field by field",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = tss},
};

const struct command_topic rows_chain = {"Interrupts and tables", rows, ARRAY_SIZE(rows)};
