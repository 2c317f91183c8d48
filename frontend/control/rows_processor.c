/*
 * rows_processor.c - commands that look at the processor: registers and its mode in words,
 * descriptor tables, page tables, TLBs, interrupts, decoded code. Intel SDM vol. 3, chapters 2
 * to 6.
 */
#include "frontend/control/rows.h"

#include "frontend/control/expression.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_MOST = 8192, TLB_SHOWN = 1000 };

static const char *const segment_names[VM_SEGMENTS] = {"es", "cs", "ss", "ds", "fs", "gs"};
static const char *const general_names[VM_GENERAL] = {"eax", "ecx", "edx", "ebx",
                                                      "esp", "ebp", "esi", "edi"};

/* Names of the bits that are set, with blanks between. */
struct bit_name {
    u8 bit;
    const char *name;
};

static void put_bits(u32 value, const struct bit_name *names, size_t count, char *out, size_t size)
{
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < count; i++) {
        if (value >> names[i].bit & 1 && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " " : "", names[i].name);
    }
}

static const struct bit_name flag_names[] = {
    {0, "CF"},  {2, "PF"},   {4, "AF"},   {6, "ZF"},  {7, "SF"},  {8, "TF"},
    {9, "IF"},  {10, "DF"},  {11, "OF"},  {14, "NT"}, {16, "RF"}, {17, "VM"},
    {18, "AC"}, {19, "VIF"}, {20, "VIP"}, {21, "ID"},
};
static const struct bit_name cr0_names[] = {
    {0, "PE"},  {1, "MP"},  {2, "EM"},  {3, "TS"},  {4, "ET"},  {5, "NE"},
    {16, "WP"}, {18, "AM"}, {29, "NW"}, {30, "CD"}, {31, "PG"},
};
static const struct bit_name cr4_names[] = {
    {0, "VME"}, {1, "PVI"}, {2, "TSD"}, {3, "DE"},     {4, "PSE"},         {5, "PAE"},
    {6, "MCE"}, {7, "PGE"}, {8, "PCE"}, {9, "OSFXSR"}, {10, "OSXMMEXCPT"},
};

/* ---- segments in words ---- */

const char *system_descriptor_words(unsigned type)
{
    static const char *const words[16] = {"reserved",
                                          "16-bit TSS",
                                          "LDT",
                                          "16-bit TSS, busy",
                                          "16-bit call gate",
                                          "task gate",
                                          "16-bit interrupt gate",
                                          "16-bit trap gate",
                                          "reserved",
                                          "32-bit TSS",
                                          "reserved",
                                          "32-bit TSS, busy",
                                          "32-bit call gate",
                                          "reserved",
                                          "32-bit interrupt gate",
                                          "32-bit trap gate"};
    return words[type & 15];
}

/* `attr` as in struct vm_segment: type, S, DPL, P; D/B bit 14, G bit 15. */
static void put_type(u16 attr, char *out, size_t size)
{
    unsigned type = attr & 15;
    if (!(attr & 0x10))
        snprintf(out, size, "%s", system_descriptor_words(type));
    else if (type & 8)
        snprintf(out, size, "%s-bit code, %s%s", attr & 0x4000 ? "32" : "16",
                 type & 2 ? "readable" : "execute only", type & 4 ? ", conforming" : "");
    else
        snprintf(out, size, "data, %s%s%s", type & 2 ? "writable" : "read-only",
                 type & 4 ? ", expands down" : "", attr & 0x4000 ? ", 32-bit" : "");
}

static void put_segment(struct reply *r, const char *name, const struct vm_segment *s)
{
    char type[80];
    put_type(s->attr, type, sizeof(type));
    if (!s->usable)
        reply_printf(r, name, "%04x (null)", s->sel);
    else
        reply_printf(r, name, "%04x base %08x limit %08x %s, ring %u%s", s->sel, s->base, s->limit,
                     type, s->attr >> 5 & 3, s->attr & 0x80 ? "" : ", not present");
}

/* ---- registers, mode ---- */

static void put_mode(const struct vm_registers *r, char *out, size_t size)
{
    const char *mode = !r->protected_mode ? "real mode"
                       : r->v86           ? "virtual-8086 mode"
                                          : "protected mode";
    char ring[24] = "";
    if (r->protected_mode && !r->v86)
        snprintf(ring, sizeof(ring), ", ring %u", r->cpl);
    snprintf(out, size, "%s%s, %u-bit code, %u-bit stack, paging %s, interrupts %s%s%s", mode, ring,
             r->code32 ? 32 : 16, r->stack32 ? 32 : 16,
             !r->paging         ? "off"
             : r->cr4 & 1u << 5 ? "on (PAE)"
             : r->cr4 & 1u << 4 ? "on (32 bits, large pages allowed)"
                                : "on (32 bits)",
             r->eflags & 0x200 ? "on" : "off", r->held ? " (held for one instruction)" : "",
             r->halted ? ", halted" : "");
}

static enum command_state mode(struct call *call)
{
    struct vm_registers r;
    char words[200];
    vm_registers(call->control->vm, &r);
    put_mode(&r, words, sizeof(words));
    reply_text(call->reply, "mode", words);
    reply_bool(call->reply, "protected", r.protected_mode);
    reply_bool(call->reply, "virtual 8086", r.v86);
    reply_int(call->reply, "ring", r.cpl);
    reply_int(call->reply, "code bits", r.code32 ? 32 : 16);
    reply_int(call->reply, "stack bits", r.stack32 ? 32 : 16);
    reply_bool(call->reply, "paging", r.paging);
    reply_bool(call->reply, "interrupts", r.eflags & 0x200);
    reply_bool(call->reply, "halted", r.halted);
    return COMMAND_DONE;
}

static void put_fpu(struct reply *out, const struct vm_registers *r)
{
    reply_printf(out, "fpu", "control %04x status %04x tags %04x", r->fcw, r->fsw, r->ftw);
    for (unsigned i = 0; i < 8; i++) {
        char name[8];
        u64 low = get_le64(r->st[i]);
        snprintf(name, sizeof(name), "st%u", i);
        reply_printf(out, name, "%04x %016llx", get_le16(r->st[i] + 8), (unsigned long long)low);
    }
    for (unsigned i = 0; i < 8; i++) {
        char name[8];
        snprintf(name, sizeof(name), "xmm%u", i);
        reply_printf(out, name, "%016llx %016llx", (unsigned long long)get_le64(r->xmm[i] + 8),
                     (unsigned long long)get_le64(r->xmm[i]));
    }
    reply_printf(out, "mxcsr", "%08x", r->mxcsr);
}

static enum command_state registers(struct call *call)
{
    struct reply *out = call->reply;
    struct vm_registers r;
    char words[200];
    vm_registers(call->control->vm, &r);
    if (call->request->arg[0].given) {
        put_fpu(out, &r);
        return COMMAND_DONE;
    }
    for (unsigned i = 0; i < VM_GENERAL; i++)
        reply_printf(out, general_names[i], "%08x", r.gpr[i]);
    put_bits(r.eflags, flag_names, ARRAY_SIZE(flag_names), words, sizeof(words));
    reply_printf(out, "eip", "%08x", r.eip);
    reply_printf(out, "eflags", "%08x %s%sIOPL %u", r.eflags, words, *words ? ", " : "",
                 r.eflags >> 12 & 3);
    for (unsigned i = 0; i < VM_SEGMENTS; i++)
        put_segment(out, segment_names[i], &r.seg[i]);
    put_segment(out, "ldtr", &r.ldtr);
    put_segment(out, "tr", &r.tr);
    reply_printf(out, "gdtr", "base %08x limit %04x", r.gdtr.base, r.gdtr.limit);
    reply_printf(out, "idtr", "base %08x limit %04x", r.idtr.base, r.idtr.limit);
    put_bits(r.cr0, cr0_names, ARRAY_SIZE(cr0_names), words, sizeof(words));
    reply_printf(out, "cr0", "%08x %s", r.cr0, words);
    reply_printf(out, "cr2", "%08x", r.cr2);
    reply_printf(out, "cr3", "%08x", r.cr3);
    put_bits(r.cr4, cr4_names, ARRAY_SIZE(cr4_names), words, sizeof(words));
    reply_printf(out, "cr4", "%08x %s", r.cr4, words);
    for (unsigned i = 0; i < 8; i++) {
        char name[8];
        if (i == 4 || i == 5)
            continue;
        snprintf(name, sizeof(name), "dr%u", i);
        reply_printf(out, name, "%08x", r.dr[i]);
    }
    put_mode(&r, words, sizeof(words));
    reply_text(out, "mode", words);
    return COMMAND_DONE;
}

/* ---- descriptor tables ---- */

static void put_descriptor(struct reply *out, const char *name, const u8 d[8])
{
    char type[80];
    u16 attr = (u16)(d[5] | (d[6] & 0xf0) << 8);
    u32 base = get_le16(d + 2) | (u32)d[4] << 16 | (u32)d[7] << 24;
    u32 limit = get_le16(d) | (u32)(d[6] & 15) << 16;
    bool system = !(attr & 0x10), gate = system && (attr & 4);
    if (attr & 0x8000 && !gate)
        limit = limit << 12 | 0xfff;
    put_type(attr, type, sizeof(type));
    if (gate)
        reply_printf(out, name, "%s to %04x:%08x, DPL %u%s", type, get_le16(d + 2),
                     get_le16(d) | (attr & 8 ? (u32)get_le16(d + 6) << 16 : 0), attr >> 5 & 3,
                     attr & 0x80 ? "" : ", not present");
    else
        reply_printf(out, name, "%s, base %08x limit %08x, DPL %u%s", type, base, limit,
                     attr >> 5 & 3, attr & 0x80 ? "" : ", not present");
}

/*
 * All entries but empty ones, or the one that is asked for. Names are selectors (`step` 8), or
 * vectors.
 */
static enum command_state table(struct call *call, u32 base, u32 limit, bool vectors)
{
    const struct value *v = &call->request->arg[0];
    u32 count = (limit + 1) / 8, first = 0;
    if (v->given) {
        u32 which = vectors ? (u32)v->number : (u32)v->number >> 3;
        if (which >= count)
            return call_fails(call, FAULT_HOST, "the table ends before it, at limit %04x", limit);
        first = which;
        count = which + 1;
    }
    if (count > TABLE_MOST)
        count = TABLE_MOST;
    reply_map(call->reply, NULL);
    for (u32 i = first; i < count; i++) {
        static const u8 empty[8];
        u8 d[8];
        char name[16];
        snprintf(name, sizeof(name), vectors ? "%02x" : "%04x", vectors ? i : i * 8);
        if (vm_linear_read(call->control->vm, base + i * 8, d, 8) != 8) {
            reply_text(call->reply, name, "(on a page that is not there)");
            break;
        }
        if (v->given || memcmp(d, empty, 8) != 0)
            put_descriptor(call->reply, name, d);
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

static enum command_state gdt(struct call *call)
{
    struct vm_registers r;
    vm_registers(call->control->vm, &r);
    return table(call, r.gdtr.base, r.gdtr.limit, false);
}

static enum command_state ldt(struct call *call)
{
    struct vm_registers r;
    vm_registers(call->control->vm, &r);
    if (!r.ldtr.usable)
        return call_fails(call, FAULT_GUEST, "there is no LDT (LDTR %04x)", r.ldtr.sel);
    return table(call, r.ldtr.base, r.ldtr.limit, false);
}

/* In real mode the table has addresses, four bytes each. */
static enum command_state real_vectors(struct call *call, const struct vm_registers *r)
{
    const struct value *v = &call->request->arg[0];
    u32 count = (r->idtr.limit + 1u) / 4, first = v->given ? (u32)v->number : 0;
    if (first >= count)
        return call_fails(call, FAULT_HOST, "the table ends before it, at limit %04x",
                          r->idtr.limit);
    count = v->given ? first + 1 : count < 256 ? count : 256;
    reply_map(call->reply, NULL);
    for (u32 i = first; i < count; i++) {
        u8 d[4];
        char name[8];
        if (vm_linear_read(call->control->vm, r->idtr.base + i * 4, d, 4) != 4)
            break;
        snprintf(name, sizeof(name), "%02x", i);
        reply_printf(call->reply, name, "%04x:%04x", get_le16(d + 2), get_le16(d));
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

static enum command_state idt(struct call *call)
{
    struct vm_registers r;
    vm_registers(call->control->vm, &r);
    return r.protected_mode ? table(call, r.idtr.base, r.idtr.limit, true) : real_vectors(call, &r);
}

/* ---- page tables, TLBs ---- */

static const struct bit_name entry_names[] = {
    {0, "P"}, {1, "RW"}, {2, "US"}, {3, "PWT"}, {4, "PCD"}, {5, "A"}, {6, "D"}, {7, "PS"}, {8, "G"},
};

static void put_step(struct reply *out, const struct vm_walk_step *s)
{
    char bits[60];
    put_bits((u32)s->entry, entry_names, ARRAY_SIZE(entry_names), bits, sizeof(bits));
    reply_map(out, NULL);
    reply_text(out, "table", s->table);
    reply_int(out, "index", s->index);
    if (strcmp(s->table, "PDPTE") != 0) /* those are in the processor */
        reply_printf(out, "at", "%08x", s->at);
    reply_printf(out, "entry", "%0*llx", s->entry >> 32 ? 16 : 8, (unsigned long long)s->entry);
    reply_text(out, "bits", bits);
    if (s->large)
        reply_text(out, "page", "large");
    reply_end(out);
}

static enum command_state page(struct call *call)
{
    static const char *const who[] = {"supervisor", "user"}, *const how[] = {"read", "write",
                                                                             "execute"};
    struct reply *out = call->reply;
    struct address a;
    struct vm_walk w;
    if (!expression_address_in(call->control->vm, call->control->symbols,
                               call->request->arg[0].text, &a, &call->error))
        return call_host_failed(call);
    if (a.physical)
        return call_fails(call, FAULT_HOST, "a physical address needs no page tables");
    vm_walk(call->control->vm, a.value, &w);
    reply_printf(out, "linear", "%08x", a.value);
    reply_text(out, "paging", !w.paging ? "off" : w.pae ? "PAE" : "32 bits");
    if (w.paging) {
        reply_printf(out, "cr3", "%08x", w.cr3);
        reply_list(out, "levels");
        for (unsigned i = 0; i < w.steps; i++)
            put_step(out, &w.step[i]);
        reply_end(out);
    }
    if (w.mapped) {
        reply_printf(out, "physical", "%08x", w.phys);
        reply_text(out, "memory", w.memory);
    }
    reply_map(out, "access");
    for (unsigned user = 0; user < 2; user++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            char name[30];
            const struct vm_walk_access *x = &w.access[user][kind];
            snprintf(name, sizeof(name), "%s %s", who[user], how[kind]);
            if (x->allowed)
                reply_text(out, name, "allowed");
            else
                reply_printf(out, name, "page fault: %s", x->why);
        }
    }
    reply_end(out);
    return COMMAND_DONE;
}

/* Ranges with the same rights. */
static enum command_state mappings(struct call *call)
{
    enum { RANGES = 4096 };
    struct vm_registers r;
    struct vm_mapping m;
    unsigned count = 0;
    vm_registers(call->control->vm, &r);
    if (!r.paging) {
        reply_text(call->reply, "paging", "off: linear addresses are physical ones");
        return COMMAND_DONE;
    }
    reply_map(call->reply, NULL);
    for (u64 at = 0; vm_mapping_next(call->control->vm, &at, &m); count++) {
        char name[24];
        if (count == RANGES) {
            reply_printf(call->reply, "more", "behind these %u", count);
            break;
        }
        snprintf(name, sizeof(name), "%08x-%08x", m.first, m.last);
        reply_printf(call->reply, name, "%08llx bytes %cr%c",
                     (unsigned long long)m.last + 1 - m.first, m.user ? 'u' : '-',
                     m.writable ? 'w' : '-');
    }
    reply_end(call->reply);
    return COMMAND_DONE;
}

static bool check_page(const struct request *r, struct err *e)
{
    struct address a;
    struct err why;
    return expression_address(NULL, r->arg[0].text, &a, &why) ||
           err_set(e, "page: %.400s", why.text);
}

static enum command_state tlb(struct call *call)
{
    struct reply *out = call->reply;
    struct vm_tlb_entry t;
    unsigned count = 0, all = 0;
    for (u32 at = 0; vm_tlb_next(call->control->vm, &at, &t);)
        all++;
    reply_int(out, "entries", all);
    reply_map(out, "pages");
    for (u32 at = 0; count < TLB_SHOWN && vm_tlb_next(call->control->vm, &at, &t); count++) {
        char name[40];
        snprintf(name, sizeof(name), "%08x %s %s", t.page, t.user ? "user" : "supervisor",
                 t.code ? "code" : "data");
        reply_printf(out, name, "%08x%s%s%s", t.phys,
                     t.code || t.writable ? "" : " (not yet written)", t.global ? " global" : "",
                     t.shift == 12   ? ""
                     : t.shift == 21 ? " of a page of 2 MB"
                                     : " of a page of 4 MB");
    }
    reply_end(out);
    if (all > count)
        reply_int(out, "not shown", all - count);
    return COMMAND_DONE;
}

/* ---- interrupts, decoded code ---- */

static enum command_state interrupts(struct call *call)
{
    struct reply *out = call->reply;
    struct vm_interrupts *in = malloc(sizeof(*in));
    if (!in)
        return call_fails(call, FAULT_HOST, "out of memory");
    vm_interrupts(call->control->vm, in);
    reply_text(out, "next", in->next);
    reply_bool(out, "enabled", in->enabled);
    reply_bool(out, "held", in->held);
    reply_bool(out, "signalled", in->signalled);
    if (in->nmi || in->nmi_blocked)
        reply_text(out, "nmi", in->nmi ? "waits" : "in its handler");
    if (in->apic && in->apic_next >= 0)
        reply_printf(out, "local APIC", "vector %02x is requested, task priority %02x",
                     (unsigned)in->apic_next, in->apic_priority);
    reply_list(out, "lines");
    for (unsigned i = 0; i < VM_LINES; i++) {
        const struct vm_line *l = &in->line[i];
        if (!l->requested && !l->in_service)
            continue;
        reply_map(out, NULL);
        reply_int(out, "irq", i);
        reply_printf(out, "vector", "%02x", l->vector);
        reply_bool(out, "requested", l->requested);
        reply_bool(out, "in service", l->in_service);
        reply_bool(out, "masked", l->masked);
        if (l->why[0])
            reply_text(out, "why", l->why);
        reply_end(out);
    }
    reply_end(out);
    free(in);
    return COMMAND_DONE;
}

static enum command_state blocks(struct call *call)
{
    struct vm_blocks b;
    vm_blocks(call->control->vm, &b);
    reply_int(call->reply, "decoded", (s64)b.decoded);
    reply_int(call->reply, "dropped", (s64)b.dropped);
    reply_int(call->reply, "flushes", (s64)b.flushes);
    reply_int(call->reply, "bytes", (s64)b.bytes);
    reply_int(call->reply, "pages with code", b.pages);
    return COMMAND_DONE;
}

static const char *const fpu_words[] = {"fpu", NULL};

static const struct command rows[] = {
    {.name = "registers",
     .aliases = "info registers|regs",
     .param = {{.name = "which", .kind = PARAM_WORD, .optional = true, .words = fpu_words}},
     .help =
         "the processor's registers with segments and flags in words; fpu: those of x87 and SSE",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = registers},
    {.name = "mode",
     .aliases = "info mode",
     .help = "the processor's mode in words: real or protected, ring, sizes, paging, interrupts",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = mode},
    {.name = "gdt",
     .aliases = "info gdt",
     .param = {{.name = "selector",
                .kind = PARAM_INT,
                .optional = true,
                .what = "selector",
                .min = 0,
                .max = 0xffff}},
     .help = "the global descriptor table in words, or one selector's descriptor",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = gdt},
    {.name = "ldt",
     .aliases = "info ldt",
     .param = {{.name = "selector",
                .kind = PARAM_INT,
                .optional = true,
                .what = "selector",
                .min = 0,
                .max = 0xffff}},
     .help = "the same for the local descriptor table",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = ldt},
    {.name = "idt",
     .aliases = "info idt",
     .param = {{.name = "vector",
                .kind = PARAM_INT,
                .optional = true,
                .what = "vector",
                .min = 0,
                .max = 255}},
     .help = "the interrupt table: gates in words, in real mode addresses",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = idt},
    {.name = "page",
     .aliases = "info page|gva2gpa",
     .param = {{.name = "address", .kind = PARAM_STRING, .what = "an address, as 0x7c00 or $esp"}},
     .help = "the page tables of a linear address: each level, where it leads, who may read, write "
             "and execute there and why not",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_page,
     .run = page},
    {.name = "mappings",
     .aliases = "info mem",
     .help = "which linear addresses the page tables map, in ranges with the same rights: u for "
             "user programs too, r read, w write",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = mappings},
    {.name = "tlb",
     .aliases = "info tlb",
     .help = "the translations that the processor has kept (what the tables say now is `page`'s)",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = tlb},
    {.name = "interrupts",
     .aliases = "info interrupts",
     .help = "what is requested, and why it is not taken",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = interrupts},
    {.name = "blocks",
     .aliases = "info blocks",
     .help = "decoded code that is kept: how much, how often it was dropped",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .run = blocks},
};

const struct command_topic rows_processor = {"The processor", rows, ARRAY_SIZE(rows)};
