/*
 * test_views.c - the commands behind the page's views: an instruction taken apart, before and after
 * it is done; an address step by step, in real, protected and virtual-8086 mode, with small, large
 * and PAE pages. What they say is what the processor does: a refused walk faults, with the same
 * vector and code. Nothing of it is felt.
 */
#include "cpu/cpu.h"
#include "cpu/protect/desc.h"
#include "frontend/control/control.h"
#include "frontend/timeline/timeline.h"
#include "hw/base/row.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_parts.h"
#include "hw/machine/vm_route.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rig {
    struct vm *vm;
    struct control c;
    struct reply reply; /* of the last command */
    struct err e;
};

/*
 * 7c00: a loop that adds, compares and jumps, and an INT 0 handler that it divides into; with
 * interrupts off.
 */
static const u8 boot[] = {
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0,       /* 7c00 cli; xor ax,ax; mov ds,ax; mov ss,ax */
    0xbc, 0x00, 0x7c, 0x66, 0xb9, 3,    0,    0, 0, /* 7c07 mov sp,7c00h; mov ecx,3 */
    0xb8, 0xff, 0x7f,                               /* 7c10 again: mov ax,7fffh */
    0x83, 0xc0, 0x01,                               /* 7c13 add ax,1 */
    0x01, 0x06, 0x00, 0x90,                         /* 7c16 add [9000h],ax */
    0x66, 0x49,                                     /* 7c1a dec ecx */
    0x75, 0xf2,                                     /* 7c1c jnz again */
    0xb9, 0x03, 0x00,                               /* 7c1e mov cx,3 */
    0xeb, 0xed,                                     /* 7c21 jmp again */
};

static struct rig rig_of(struct vm_config config)
{
    static u8 disk[163840];
    memcpy(disk, boot, sizeof(boot));
    disk[510] = 0x55;
    disk[511] = 0xaa;
    config.floppy[0] = (struct media){.bytes = disk, .size = sizeof(disk)};
    struct rig r = {.vm = vm_new(&config, NULL)};
    static const struct vm_point begin = {.kind = VM_POINT_EXECUTE, .lin = 0x7c10};
    ck_assert_ptr_nonnull(r.vm);
    control_init(&r.c, r.vm);
    reply_init(&r.reply);
    r.c.timeline = timeline_new(r.vm, 64 << 20, TIMELINE_STEADY, true);
    timeline_closer(r.c.timeline, 100000);
    ck_assert(vm_point_set(r.vm, &begin, &r.e));
    while (vm_run(r.vm, vm_now(r.vm) + 10 * NS_PER_MS) != VM_POINT) {
        ck_assert(vm_now(r.vm) < 10 * NS_PER_SEC);
        timeline_look(r.c.timeline, &r.e);
    }
    vm_point_clear(r.vm, &begin);
    r.c.stopped |= STOPPED_CLIENT << CLIENT_SCRIPT;
    return r;
}

static struct rig rig_with(u32 mb, enum vm_jit jit)
{
    return rig_of((struct vm_config){.ram_mb = mb, .jit = jit});
}

static struct rig rig_new(u32 mb)
{
    return rig_with(mb, VM_JIT_OFF);
}

static void rig_free(struct rig *r)
{
    reply_free(&r->reply);
    timeline_free(r->c.timeline);
    r->c.timeline = NULL;
    control_free(&r->c);
    vm_free(r->vm, NULL);
}

/* false: r->e. The machine is as it was. */
static bool ask(struct rig *r, const char *line)
{
    struct request q;
    struct call call;
    u64 before, after;
    reply_free(&r->reply);
    reply_init(&r->reply);
    if (!request_parse(&q, NULL, line, strlen(line), &r->e)) {
        request_free(&q);
        return false;
    }
    vm_state_hash(r->vm, &before, NULL);
    call_begin(&call, &r->c, CLIENT_SCRIPT, &q, &r->reply);
    bool ok = call_step(&call) == COMMAND_DONE;
    r->e = call.error;
    vm_state_hash(r->vm, &after, NULL);
    ck_assert_msg(before == after, "%s is felt", line);
    ck_assert(!reply_lost(&r->reply));
    request_free(&q);
    return ok;
}

static void asks(struct rig *r, const char *line)
{
    ck_assert_msg(ask(r, line), "%s: %s", line, r->e.text);
}

/* "parts.0.role": a value in the reply, as text. */
static const char *get(struct rig *r, const char *path)
{
    static char text[400];
    const struct reply *a = &r->reply;
    const struct reply_node *n = reply_root(a);
    while (*path && n) {
        size_t len = strcspn(path, ".");
        char name[60];
        snprintf(name, sizeof(name), "%.*s", (int)len, path);
        if (n->kind == REPLY_LIST) {
            unsigned i = (unsigned)atoi(name);
            for (n = reply_first(a, n); n && i; i--)
                n = reply_next(a, n);
        } else {
            n = n->kind == REPLY_MAP ? reply_find(a, n, name) : NULL;
        }
        path += len + (path[len] == '.');
    }
    if (!n)
        return "(none)";
    if (n->kind == REPLY_TEXT)
        snprintf(text, sizeof(text), "%s", reply_string(a, n));
    else
        snprintf(text, sizeof(text), "%lld", (long long)n->number);
    return text;
}

static void is(struct rig *r, const char *path, const char *want)
{
    ck_assert_msg(strcmp(get(r, path), want) == 0, "%s is \"%s\", not \"%s\"", path, get(r, path),
                  want);
}

static void has(struct rig *r, const char *path, const char *want)
{
    ck_assert_msg(strstr(get(r, path), want) != NULL, "%s is \"%s\", without \"%s\"", path,
                  get(r, path), want);
}

static void step(struct rig *r, u64 n)
{
    u64 to = vm_instructions(r->vm) + n;
    ck_assert(vm_run_to(r->vm, UINT64_MAX, to) == VM_GOAL);
}

/* ---- explain ---- */

START_TEST(the_next_instruction)
{
    struct rig r = rig_new(2);
    asks(&r, "explain");
    is(&r, "at", "0000:7c10");
    is(&r, "instruction", "mov ax, 0x7fff");
    is(&r, "next", "1");
    is(&r, "parts.0.role", "opcode");
    is(&r, "parts.1.bytes", "ff 7f");
    has(&r, "row.text", "mov, Zv, Iz");
    has(&r, "row.file", "cpu/decode/ops_int.def:");
    step(&r, 1);
    asks(&r, "explain");
    is(&r, "instruction", "add ax, 0x1");
    is(&r, "operands.0.operand", "eax");
    is(&r, "operands.0.before", "00007fff");
    is(&r, "operands.0.after", "(none)");
    is(&r, "flags.5.flag", "OF");
    is(&r, "flags.5.before", "0");
    has(&r, "flags.5.rule", "the sum of the signed numbers does not fit");
    /* Elsewhere: what it would do is known, what it will find is not. */
    asks(&r, "explain 0x7c1c");
    is(&r, "instruction", "jnz 0x7c10");
    is(&r, "next", "0");
    has(&r, "condition.rule", "ZF = 0");
    is(&r, "condition.holds", "(none)");
    is(&r, "operands", "(none)");
    asks(&r, "explain f000:fff0");
    is(&r, "at", "f000:fff0");
    ck_assert(!ask(&r, "explain p:0x7c00"));
    ck_assert(!ask(&r, "explain 0xfffe0000:"));
    ck_assert(!ask(&r, "explain 0xfec00000"));
    has(&r, "at", "(none)");
    rig_free(&r);
}
END_TEST

START_TEST(the_last_instruction)
{
    struct rig r = rig_new(2);
    step(&r, 2);
    asks(&r, "explain last");
    is(&r, "instruction", "add ax, 0x1");
    is(&r, "operands.0.before", "00007fff");
    is(&r, "operands.0.after", "00008000");
    is(&r, "operands.0.changed", "1");
    is(&r, "flags.5.after", "1"); /* OF */
    is(&r, "flags.4.after", "1"); /* SF */
    is(&r, "flags.3.after", "0"); /* ZF */
    is(&r, "changed.0.register", "eax");
    is(&r, "changed.1.register", "eip");
    step(&r, 1);
    asks(&r, "explain last");
    is(&r, "operands.0.operand", "[00009000]");
    is(&r, "operands.0.after", "8000");
    step(&r, 2);
    asks(&r, "explain last");
    is(&r, "instruction", "jnz 0x7c10");
    is(&r, "condition.so", "it jumps");
    has(&r, "came by.0.what", "jnz");
    /* It runs: nothing is done again then. And without a past. */
    r.c.stopped = 0;
    ck_assert(!ask(&r, "explain last"));
    has(&r, "at", "(none)");
    ck_assert_ptr_nonnull(strstr(r.e.text, "stop it first"));
    r.c.stopped |= STOPPED_CLIENT << CLIENT_SCRIPT;
    timeline_free(r.c.timeline);
    r.c.timeline = NULL;
    ck_assert(!ask(&r, "explain last"));
    ck_assert_ptr_nonnull(strstr(r.e.text, "-rewind"));
    rig_free(&r);
}
END_TEST

/* It is done on trial: what it says is what a step then does, and nothing has been. */
START_TEST(the_next_on_trial)
{
    static const char *const code[] = {"div bl",   "int 0x10",        "in al, 0x21", "out 0x80, al",
                                       "push eax", "rep stosb",       "sti",         "jmp 0x1000",
                                       "into",     "mov [0x9100], al"};
    struct rig r = rig_new(2);
    struct vm_registers back = {.eip = 0};
    asks(&r, "explain next");
    is(&r, "instruction", "mov ax, 0x7fff");
    is(&r, "next", "1");
    for (unsigned i = 0; i < 60; i++) {
        char line[60], said[12];
        struct vm_registers v;
        if (i == 30)
            vm_registers(r.vm, &back);
        if (i >= 30) { /* other instructions, which are new to the machine */
            ck_assert(vm_set_registers(r.vm, &back, &r.e));
            snprintf(line, sizeof(line), "assemble $cs:$eip %s", code[i % ARRAY_SIZE(code)]);
            struct request q;
            ck_assert(request_parse(&q, NULL, line, strlen(line), &r.e));
            struct call call;
            call_begin(&call, &r.c, CLIENT_SCRIPT, &q, &r.reply);
            ck_assert_msg(call_step(&call) == COMMAND_DONE, "%s: %s", line, call.error.text);
            request_free(&q);
        }
        u64 before = vm_instructions(r.vm);
        asks(&r, "explain next");
        ck_assert_uint_eq(vm_instructions(r.vm), before);
        const struct reply *a = &r.reply;
        const struct reply_node *list = reply_find(a, reply_root(a), "changed");
        const char *eip = NULL;
        for (const struct reply_node *n = reply_first(a, list); n; n = reply_next(a, n))
            if (strcmp(reply_get(a, n, "register"), "eip") == 0)
                eip = reply_get(a, n, "after");
        snprintf(said, sizeof(said), "%s", eip ? eip : "");
        vm_run_to(r.vm, UINT64_MAX, before + 1);
        vm_registers(r.vm, &v);
        if (!eip) /* an interrupt came instead; or REP goes on */
            continue;
        snprintf(line, sizeof(line), "%08x", v.eip);
        ck_assert_msg(strcmp(line, said) == 0 || vm_instructions(r.vm) == before, "%u: %s, %s", i,
                      said, line);
    }
    /* In the past, and at its end. */
    ck_assert(timeline_goto(r.c.timeline, vm_instructions(r.vm), &r.e));
    asks(&r, "explain next");
    r.c.stopped = 0;
    asks(&r, "explain next");
    has(&r, "not tried", "stop it first");
    is(&r, "changed", "(none)");
    rig_free(&r);
}
END_TEST

START_TEST(what_the_cache_made_of_it)
{
    struct rig r = rig_new(2);
    step(&r, 100);
    vm_run(r.vm, vm_now(r.vm) + NS_PER_MS);
    asks(&r, "explain 0x7c13");
    has(&r, "cache.0.says", "a block of ");
    has(&r, "cache.0.mode", "16-bit real");
    asks(&r, "explain 0x7d00");
    is(&r, "cache.0.says", "(none)");
    rig_free(&r);
}
END_TEST

/* ---- walk ---- */

START_TEST(addresses_in_real_mode)
{
    struct rig r = rig_new(2);
    asks(&r, "walk ds:0x7c00");
    is(&r, "verdict", "allowed: RAM");
    is(&r, "linear", "00007c00");
    is(&r, "physical", "00007c00");
    has(&r, "steps.0.says", "16 times the selector");
    is(&r, "steps.4.step", "memory");
    asks(&r, "walk f000:fff0 execute");
    is(&r, "verdict", "allowed: ROM");
    is(&r, "physical", "000ffff0");
    asks(&r, "walk ds:0xffff read 2");
    has(&r, "verdict", "refused by the limit: beyond the segment limit");
    is(&r, "fault", "#GP, error code 0000");
    asks(&r, "walk ss:0xffff write 2");
    is(&r, "fault", "#SS, error code 0000");
    asks(&r, "walk 0xa0000 write");
    has(&r, "memory", "vga");
    asks(&r, "walk 0xfd000000");
    ck_assert(!ask(&r, "walk p:0x7c00"));
    ck_assert(!ask(&r, "walk"));
    ck_assert(!ask(&r, "walk 0 read 17"));
    rig_free(&r);
}
END_TEST

static u32 seed = 1;

static u32 rnd(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8 ^ seed << 13;
}

enum { TABLES = 0x20000, FRAMES = 0x100000 };

/* Page tables of one kind, every entry by chance: present, writable, user, large, reserved bits. */
static void random_tables(struct cpu *c, bool pae)
{
    unsigned size = pae ? 8 : 4, entries = PAGE_SIZE / size;
    for (unsigned i = 0; i < entries; i++) {
        u32 low = 7u & (rnd() | rnd());
        bool large = rnd() % 4 == 0;
        u32 pde = (large ? (FRAMES & 0xffe00000) | 0x80 : TABLES + PAGE_SIZE) | low;
        u32 pte = (FRAMES + (rnd() & 0xff000)) | (7u & (rnd() | rnd() | rnd()));
        u64 reserved = pae && rnd() % 8 == 0 ? 1ull << 40 : 0;
        phys_store(c->phys, TABLES + i * size, pde | reserved, size);
        phys_store(c->phys, TABLES + PAGE_SIZE + i * size, pte, size);
    }
    for (unsigned i = 0; pae && i < 4; i++)
        phys_store(c->phys, TABLES + 2 * PAGE_SIZE + i * 8, TABLES | (i != 2), 8);
    mmu_set_cr0(&c->mmu, 0);
    mmu_set_cr4(&c->mmu, CR4_PSE | (pae ? CR4_PAE : 0));
    ck_assert(mmu_set_cr3(&c->mmu, TABLES + (pae ? 2 * PAGE_SIZE : 0)));
    ck_assert(!pae || mmu_load_pdptes(&c->mmu, c->mmu.cr3));
    mmu_set_cr0(&c->mmu, CR0_PE | CR0_PG | CR0_AM | (rnd() & CR0_WP));
}

static void random_segment(struct cpu *c)
{
    struct desc d = {.lo = rnd(), .hi = rnd()};
    d.hi |= rnd() & 1 ? 0 : SEG_G << 8;
    d.attr = (u16)((d.hi >> 8 & 0xf0ff) | SEG_S | SEG_P);
    d.type = d.attr & 15;
    seg_assign(&c->seg[SEG_DS], 0x10, &d);
    if (rnd() % 8 == 0)
        seg_assign_null(&c->seg[SEG_DS], 0);
}

/* A walk says what the access does: allowed or not, which fault, with which code, where it ends. */
START_TEST(walks_are_what_accesses_do)
{
    static struct vm_route route;
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    unsigned allowed = 0, refused = 0;
    random_tables(c, _i);
    for (unsigned n = 0; n < 3000; n++) {
        static const u8 sizes[] = {1, 2, 4, 8};
        u64 value = 0;
        u32 lin;
        if (n % 8 == 0)
            random_segment(c);
        c->cpl = rnd() & 1 ? 3 : 0;
        c->user = c->cpl == 3;
        c->eflags = EFL_ONE | (rnd() & EFL_AC);
        struct vm_route_from f = {.has_segment = true,
                                  .by_register = true,
                                  .segment = VM_DS,
                                  .offset = rnd() & (rnd() & 1 ? 0xffff : 0xffffffff),
                                  .bytes = sizes[rnd() & 3],
                                  .access = rnd() & 1 ? VM_WRITE : VM_READ};
        if (((c->seg[SEG_DS].base + f.offset) & PAGE_MASK) + f.bytes > PAGE_SIZE)
            continue; /* the second page is the access's own affair */
        vm_route(r.vm, &f, &route);
        mmu_flush(&c->mmu, true);
        c->event.pending = false;
        bool write = f.access == VM_WRITE;
        bool ok =
            seg_check_slow(c, SEG_DS, f.offset, f.bytes, write, &lin) == OP_NEXT &&
            (write ? lin_store(c, lin, f.bytes, 0) : lin_load(c, lin, f.bytes, &value)) == OP_NEXT;
        if (ok != route.allowed ||
            (!ok && (route.vector != c->event.vector || route.error != c->event.error)))
            ck_abort_msg("%08x: %d, %d: vector %02x, %02x, code %x, %x", f.offset, ok,
                         route.allowed, c->event.vector, route.vector, c->event.error, route.error);
        u32 phys;
        if (ok && (!mmu_peek(&c->mmu, lin, &phys) || phys != route.physical))
            ck_abort_msg("%08x is not at %08x", lin, route.physical);
        allowed += ok;
        refused += !ok;
    }
    ck_assert_uint_gt(allowed, 100);
    ck_assert_uint_gt(refused, 100);
    c->event.pending = false;
    rig_free(&r);
}
END_TEST

/* In words, by the command; with the TLB, which remembers. */
START_TEST(page_tables_in_words)
{
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    for (u32 i = 0; i < 1024; i++) {
        phys_store(c->phys, TABLES + 4 * i, i ? 0 : TABLES + 0x1000 + 7, 4);
        phys_store(c->phys, TABLES + 0x1000 + 4 * i,
                   (i << 12) + (i == 0x90   ? 1
                                : i == 0x91 ? 0
                                            : 7),
                   4);
    }
    mmu_set_cr3(&c->mmu, TABLES);
    mmu_set_cr0(&c->mmu, CR0_PE | CR0_PG | CR0_WP);
    asks(&r, "walk 0x90123 write");
    is(&r, "fault", "#PF, error code 0003");
    has(&r, "verdict", "refused by the PTE: entry 090");
    has(&r, "verdict", "read-only (R/W is 0), and CR0.WP is 1");
    is(&r, "steps.3.bits.1.name", "R/W");
    is(&r, "steps.3.bits.1.value", "0");
    asks(&r, "walk 0x91000");
    is(&r, "fault", "#PF, error code 0000");
    asks(&r, "walk 0x400000");
    has(&r, "verdict", "refused by the PDE: entry 001");
    asks(&r, "walk 0x90123");
    is(&r, "verdict", "allowed: RAM");
    is(&r, "in-the-TLB", "(none)");
    is(&r, "in the TLB", "0");
    u64 v;
    ck_assert(lin_load(c, 0x90123, 1, &v) == OP_NEXT);
    asks(&r, "walk 0x90123");
    is(&r, "in the TLB", "1");
    is(&r, "stale", "0");
    phys_store(c->phys, TABLES + 0x1000 + 4 * 0x90, 0x80007, 4);
    asks(&r, "walk 0x90123");
    is(&r, "stale", "1");
    rig_free(&r);
}
END_TEST

static void descriptor(struct cpu *c, u32 at, u32 lo, u32 hi)
{
    phys_store(c->phys, at, lo, 4);
    phys_store(c->phys, at + 4, hi, 4);
}

START_TEST(selectors_that_are_not_loaded)
{
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    descriptor(c, 0x9100, 0, 0);
    descriptor(c, 0x9108, 0x0000ffff, 0x00cf9200); /* data, ring 0 */
    descriptor(c, 0x9110, 0x0000ffff, 0x00cf1200); /* not present */
    descriptor(c, 0x9118, 0x00001234, 0x0000ee00); /* a gate */
    descriptor(c, 0x9120, 0x0000ffff, 0x0000fa01); /* code, ring 3, base 10000h */
    c->gdtr.base = 0x9100;
    c->gdtr.limit = 0x27;
    mmu_set_cr0(&c->mmu, CR0_PE);
    c->mode |= MODE_PE;
    asks(&r, "walk 8:0x123");
    is(&r, "linear", "00000123");
    asks(&r, "walk 0:1000");
    has(&r, "verdict", "null selector");
    asks(&r, "walk 10:0");
    is(&r, "fault", "#NP, error code 0010");
    asks(&r, "walk 18:0");
    is(&r, "fault", "#GP, error code 0018");
    asks(&r, "walk 28:0");
    has(&r, "verdict", "beyond the end of the GDT");
    asks(&r, "walk 20:0x10000");
    has(&r, "verdict", "beyond the segment limit");
    asks(&r, "walk 20:0 write");
    has(&r, "verdict", "write to a code segment");
    c->cpl = 3;
    asks(&r, "walk 8:0x123");
    has(&r, "verdict", "not from there");
    asks(&r, "walk 23:0x10 execute");
    is(&r, "linear", "00010010");
    /* In virtual-8086 mode selectors are paragraphs again. */
    c->mode |= MODE_VM;
    c->eflags |= EFL_VM;
    asks(&r, "walk 1234:10");
    is(&r, "linear", "00012350");
    rig_free(&r);
}
END_TEST

START_TEST(entries_of_tables)
{
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    asks(&r, "descriptors idt 16 1");
    is(&r, "entries.0.vector", "10");
    is(&r, "entries.0.kind", "address");
    ck_assert(!ask(&r, "tss"));
    ck_assert(!ask(&r, "descriptors ldt"));
    descriptor(c, 0x9100, 0, 0);
    descriptor(c, 0x9108, 0x0000ffff, 0x00cf9a00);
    descriptor(c, 0x9110, 0x20000067, 0x00008b00);
    descriptor(c, 0x9118, 0x00081234, 0x5678ec00);
    c->gdtr.base = 0x9100;
    c->gdtr.limit = 0x1f;
    asks(&r, "descriptors gdt");
    is(&r, "count", "4");
    is(&r, "entries.0.kind", "empty");
    is(&r, "entries.1.entry", "0008");
    is(&r, "entries.1.type", "32-bit code, readable");
    is(&r, "entries.1.limit", "ffffffff");
    is(&r, "entries.2.type", "32-bit TSS, busy");
    is(&r, "entries.2.base", "00002000");
    is(&r, "entries.3.kind", "gate");
    is(&r, "entries.3.type", "32-bit call gate");
    is(&r, "entries.3.offset", "56781234");
    is(&r, "entries.3.ring", "3");
    asks(&r, "descriptors gdt 2 1");
    is(&r, "entries.0.entry", "0010");
    is(&r, "entries.1.entry", "(none)");
    c->tr = (struct seg){.sel = 0x10, .base = 0x2000, .limit = 0x67, .attr = 0x8b, .usable = true};
    phys_store(c->phys, 0x2004, 0x12345678, 4);
    asks(&r, "tss");
    is(&r, "fields.1.field", "ESP0");
    is(&r, "fields.1.value", "12345678");
    c->tr.attr = 0x83;
    asks(&r, "tss");
    is(&r, "fields.1.field", "SP0");
    is(&r, "fields.1.offset", "2");
    is(&r, "fields.1.value", "0000");
    rig_free(&r);
}
END_TEST

/* ---- irq ---- */

START_TEST(an_interrupt_from_pin_to_frame)
{
    struct rig r = rig_new(2);
    for (unsigned i = 0; i < 200 && !strstr(get(&r, "steps.1.says"), "edge-triggered: requested");
         i++) {
        vm_run(r.vm, vm_now(r.vm) + NS_PER_MS); /* the timer's pin is high half of the time */
        asks(&r, "irq 0");
    }
    is(&r, "steps.0.step", "device");
    has(&r, "steps.0.says", "pit");
    has(&r, "steps.1.says", "IR0, edge-triggered: requested, not masked, not in service");
    is(&r, "vector", "08");
    asks(&r, "irq 14");
    is(&r, "verdict", "nothing is requested");
    ck_assert(!ask(&r, "irq 16"));
    /* INT 60h to a handler at 7d10. */
    static const u8 code[] = {0xcd, 0x60}, entry[] = {0x10, 0x7d, 0, 0};
    struct vm_registers v;
    vm_linear_write(r.vm, 0x7d00, code, 2);
    vm_linear_write(r.vm, 0x180, entry, 4);
    vm_registers(r.vm, &v);
    v.eip = 0x7d00;
    v.gpr[VM_ESP] = 0x7c00;
    ck_assert(vm_set_registers(r.vm, &v, &r.e));
    step(&r, 1);
    asks(&r, "irq");
    is(&r, "lines.1.devices", "i8042");
    is(&r, "delivered.0.vector", "60");
    is(&r, "delivered.0.cause", "instruction");
    is(&r, "delivered.0.name", "(none)");
    is(&r, "delivered.0.from", "0000:00007d02");
    is(&r, "delivered.0.to", "0000:00007d10");
    is(&r, "delivered.0.frame.0.item", "IP");
    is(&r, "delivered.0.frame.0.at", "00007bfa");
    is(&r, "delivered.0.frame.0.pushed", "7d02");
    is(&r, "delivered.0.frame.0.now", "7d02");
    is(&r, "delivered.0.frame.1.pushed", "0000");
    is(&r, "delivered.0.frame.2.item", "FLAGS");
    is(&r, "delivered.0.frame.3.item", "(none)");
    rig_free(&r);
}
END_TEST

/* ---- maps ---- */

/* Is a page in a list of ranges, with this property? */
static bool in_ranges(struct rig *r, u32 page, const char *what)
{
    const struct reply *a = &r->reply;
    const struct reply_node *list = reply_find(a, reply_root(a), "ranges");
    for (const struct reply_node *n = reply_first(a, list); n; n = reply_next(a, n)) {
        u32 first = (u32)strtoul(reply_get(a, n, "first"), NULL, 16);
        u32 last = (u32)strtoul(reply_get(a, n, "last"), NULL, 16);
        const struct reply_node *x = reply_find(a, n, what);
        if (page >= first && page <= last)
            return x && (x->kind == REPLY_TEXT || x->number);
    }
    return false;
}

START_TEST(memory_as_a_map)
{
    struct rig r = rig_new(2);
    asks(&r, "map");
    is(&r, "ranges.0.first", "00000000");
    is(&r, "ranges.0.kind", "RAM");
    is(&r, "stack at", "00007c00");
    ck_assert(in_ranges(&r, 0xa0000, "name"));
    ck_assert(in_ranges(&r, 0xff000, "kind"));
    /* Touched: nothing yet; then what the loop stores to and reads from, and nothing else. */
    asks(&r, "touched");
    has(&r, "note", "ask again");
    step(&r, 30);
    asks(&r, "touched");
    ck_assert(in_ranges(&r, 0x9000, "written") && in_ranges(&r, 0x9000, "read"));
    ck_assert(in_ranges(&r, 0x7000, "code") && !in_ranges(&r, 0x7000, "written"));
    ck_assert(!in_ranges(&r, 0x8000, "kind"));
    u64 then = vm_instructions(r.vm);
    asks(&r, "touched");
    ck_assert(!in_ranges(&r, 0x9000, "written")); /* nothing ran since */
    step(&r, 10);
    asks(&r, "touched");
    asks(&r, "touched");
    ck_assert(!in_ranges(&r, 0x9000, "written"));
    char line[60];
    snprintf(line, sizeof(line), "touched %llu", (unsigned long long)then);
    asks(&r, line);
    ck_assert(in_ranges(&r, 0x9000, "written"));
    asks(&r, "timeline");
    is(&r, "away", "0");
    ck_assert_str_ne(get(&r, "interrupts.0.cause"), "(none)");
    ck_assert_str_ne(get(&r, "states.0.instructions"), "(none)");
    rig_free(&r);
}
END_TEST

/* ---- devices ---- */

/* In the groups of `device`: the value of this name, and of a field of it if one is named. */
static const struct reply_node *find_value(struct rig *r, const char *title, const char *name)
{
    const struct reply *a = &r->reply;
    const struct reply_node *groups = reply_find(a, reply_root(a), "groups");
    for (const struct reply_node *g = reply_first(a, groups); g; g = reply_next(a, g)) {
        const struct reply_node *list = reply_find(a, g, "values");
        if (!strstr(reply_get(a, g, "title"), title))
            continue;
        for (const struct reply_node *v = reply_first(a, list); v; v = reply_next(a, v))
            if (strcmp(reply_get(a, v, "name"), name) == 0)
                return v;
    }
    ck_abort_msg("no %s in %s", name, title);
}

static void register_is(struct rig *r, const char *title, const char *name, const char *value)
{
    const char *is = reply_get(&r->reply, find_value(r, title, name), "value");
    ck_assert_msg(strcmp(is, value) == 0, "%s, %s is %s, not %s", title, name, is, value);
}

static void field_means(struct rig *r, const char *title, const char *name, const char *field,
                        const char *meaning)
{
    const struct reply *a = &r->reply;
    const struct reply_node *list = reply_find(a, find_value(r, title, name), "fields");
    for (const struct reply_node *f = reply_first(a, list); f; f = reply_next(a, f)) {
        if (strcmp(reply_get(a, f, "name"), field) != 0)
            continue;
        ck_assert_str_eq(reply_get(a, f, "meaning"), meaning);
        return;
    }
    ck_abort_msg("%s has no %s", name, field);
}

static s64 number_of(struct rig *r, const char *title, const char *name)
{
    const struct reply_node *v = find_value(r, title, name);
    return reply_find(&r->reply, v, "number")->number;
}

START_TEST(devices_by_their_data_sheets)
{
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    asks(&r, "device");
    has(&r, "devices.0.name", "pic");
    asks(&r, "device pit"); /* from now on its accesses are noted */
    is(&r, "accesses.0.port", "(none)");
    c->bus.port_out(c->bus.owner, 0x43, 0xb6, 1);
    c->bus.port_out(c->bus.owner, 0x42, 0x34, 1);
    c->bus.port_out(c->bus.owner, 0x42, 0x12, 1);
    c->bus.port_out(c->bus.owner, 0x61, 3, 1);
    asks(&r, "device pit");
    register_is(&r, "Counter 2", "Count register", "1234");
    field_means(&r, "Counter 2", "Control word", "M", "mode 3: square wave");
    is(&r, "accesses.0.way", "out");
    is(&r, "accesses.0.port", "042");
    is(&r, "accesses.0.value", "12");
    is(&r, "accesses.2.value", "b6");
    is(&r, "accesses.3.value", "(none)");
    /* The wave is what OUT will do: half of 1234h pulses high, half low. */
    const struct reply_node *w = find_value(&r, "Counter 2", "OUT"), *ns;
    ns = reply_find(&r.reply, w, "changes after ns");
    ns = reply_next(&r.reply, reply_next(&r.reply, reply_first(&r.reply, ns)));
    ck_assert_int_le(llabs(ns->number - 1000000000ll * 0x1234 / 2 / 1193182), 2000);
    asks(&r, "device pic");
    register_is(&r, "First 8259A", "ICW2", "08");
    field_means(&r, "First 8259A", "ICW4", "uPM", "8086");
    c->bus.port_out(c->bus.owner, 0x3d4, 0x0e, 1);
    c->bus.port_out(c->bus.owner, 0x3d5, 0x01, 1);
    asks(&r, "device vga");
    register_is(&r, "CRT controller", "Cursor Location High", "01");
    field_means(&r, "Graphics controller", "Miscellaneous", "MM", "B8000, 32 KiB");
    ck_assert_int_eq(number_of(&r, "Timing", "lines a frame"), 449);
    ck_assert_int_lt(number_of(&r, "Timing", "beam line"), 449);
    static const char *const others[] = {"dma",     "rtc", "i8042", "keyboard",
                                         "serial0", "fdc", "ide"};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        char line[40];
        snprintf(line, sizeof(line), "device %s", others[i]);
        asks(&r, line);
        ck_assert_str_ne(get(&r, "groups.0.values.0.name"), "(none)");
    }
    c->bus.port_out(c->bus.owner, 0x1f6, 0xa0, 1);
    c->bus.port_out(c->bus.owner, 0x1f7, 0xec, 1);
    asks(&r, "device ide");
    is(&r, "accesses.0.what", "IDENTIFY DEVICE");
    find_value(&r, "Secondary", "Status");
    /* Commands with what they were given and have answered. */
    c->bus.port_out(c->bus.owner, 0x3f2, 0x0c, 1);
    c->bus.port_out(c->bus.owner, 0x3f5, 0x0f, 1); /* SEEK drive 0 to track 5 */
    c->bus.port_out(c->bus.owner, 0x3f5, 0x00, 1);
    c->bus.port_out(c->bus.owner, 0x3f5, 0x05, 1);
    asks(&r, "device fdc");
    ck_assert(strstr(reply_get(&r.reply, find_value(&r, "82077AA: commands", "SEEK"), "says"),
                     "0f 00 05 "));
    static const char *const more[] = {"lapic", "ioapic", "speaker", "sb16"};
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        char line[40];
        snprintf(line, sizeof(line), "device %s", more[i]);
        asks(&r, line);
    }
    ck_assert(!ask(&r, "device nothing"));
    asks(&r, "vga-colours");
    is(&r, "palette.1", "1");
    is(&r, "colours.0", "000000");
    phys_store(c->phys, 0xb8000, 0x1f41, 2); /* A: character in plane 0, its colours in 1 */
    asks(&r, "vga-plane 0 0 2");
    has(&r, "bytes", "41");
    asks(&r, "vga-plane 1 0 2");
    has(&r, "bytes", "1f");
    ck_assert(!ask(&r, "vga-plane 4"));
    rig_free(&r);
}
END_TEST

/* Every way to memory is seen, by the interpreter and by machine code. */
START_TEST(touched_by_all_ways)
{
    static const u8 code[] = {
        0xbe, 0x00, 0xa0, 0xbf, 0x00,
        0xb0, 0xb9, 0x10, 0x00, /* mov si,a000h; mov di,b000h; cx 10h */
        0xf3, 0xa4,             /* rep movsb */
        0x50, 0x58,             /* push ax; pop ax */
        0xa1, 0xff, 0xcf,       /* mov ax,[cfffh]: on two pages */
        0xa3, 0xff, 0xef,       /* mov [efffh],ax */
        0xeb, 0xeb,             /* again */
    };
    static const struct {
        u16 page;
        bool read, written;
    } pages[] = {{0xa000, true, false}, {0xb000, false, true}, {0xc000, true, false},
                 {0xd000, true, false}, {0xe000, false, true}, {0xf000, false, true},
                 {0x8000, false, false}};
    struct rig r = rig_with(2, _i ? VM_JIT_ALL : VM_JIT_OFF);
    struct vm_registers v;
    vm_linear_write(r.vm, 0x7d00, code, sizeof(code));
    vm_registers(r.vm, &v);
    v.eip = 0x7d00;
    v.gpr[VM_ESP] = 0x7000;
    ck_assert(vm_set_registers(r.vm, &v, &r.e));
    for (unsigned round = 0; round < 3; round++) {
        asks(&r, "touched");
        step(&r, 2000);
    }
    asks(&r, "touched");
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        ck_assert_msg(in_ranges(&r, pages[i].page, "read") == pages[i].read, "%x", pages[i].page);
        ck_assert_msg(in_ranges(&r, pages[i].page, "written") == pages[i].written, "%x",
                      pages[i].page);
    }
    ck_assert(in_ranges(&r, 0x6000, "written") && in_ranges(&r, 0x6000, "read")); /* the stack */
    rig_free(&r);
}
END_TEST

static struct rig rig_with_cards(void)
{
    static const char *const cards[] = {"gus", "adlib", "es1370", "ne2k_pci", "pcnet"};
    struct row row[ARRAY_SIZE(cards)];
    const struct row *rows[ARRAY_SIZE(cards)];
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(cards); i++) {
        ck_assert(row_parse(&row[i], "-device", cards[i], &e));
        rows[i] = &row[i];
    }
    return rig_of((struct vm_config){
        .ram_mb = 2, .vga = "cirrus", .rows = rows, .row_count = ARRAY_SIZE(cards)});
}

/* Where the BIOS has put a card's ports. */
static u16 ports_of(struct rig *r, const char *name)
{
    struct vm_pci f;
    for (unsigned i = 0; vm_pci(r->vm, i, &f); i++)
        if (strcmp(f.name, name) == 0 && f.window[0].mapped)
            return (u16)f.window[0].at;
    ck_abort_msg("%s has no ports", name);
}

static void out(struct rig *r, u16 port, u32 value, unsigned size)
{
    struct cpu *c = vm_cpu(r->vm);
    c->bus.port_out(c->bus.owner, port, value, size);
}

START_TEST(cards_by_their_data_sheets)
{
    struct rig r = rig_with_cards();
    const u16 es = ports_of(&r, "es1370"), ne = ports_of(&r, "rtl8029"),
              pcnet = ports_of(&r, "pcnet");
    static const u16 gus[][2] = {{0x343, 0x4c}, {0x345, 0x07}, {0x342, 0x03}, {0x343, 0x06},
                                 {0x345, 0x5a}, {0x343, 0x00}, {0x345, 0x08}};
    for (size_t i = 0; i < ARRAY_SIZE(gus); i++)
        out(&r, gus[i][0], gus[i][1], 1);
    asks(&r, "device gus");
    register_is(&r, "Voice 3", "Volume Ramp Rate", "5a");
    field_means(&r, "Voice 3", "Voice Control", "loop", "loops");
    register_is(&r, "GF1", "Page", "03");
    field_means(&r, "GF1", "Reset", "GF1", "runs");
    static const u8 fm[][2] = {
        {0xa0, 0x44}, {0xb0, 0x32}, {0x23, 0x61}, {0xe3, 0x01}, {0xbd, 0x20}};
    for (size_t i = 0; i < ARRAY_SIZE(fm); i++) {
        out(&r, 0x388, fm[i][0], 1);
        out(&r, 0x389, fm[i][1], 1);
    }
    asks(&r, "device adlib");
    register_is(&r, "Channel 0", "KON, BLOCK, F-number", "32");
    field_means(&r, "Channel 0", "KON, BLOCK, F-number", "KON", "held");
    double note = reply_find(&r.reply, find_value(&r, "Channel 0", "frequency"), "number")->real;
    ck_assert(note > 439.9 && note < 440.1);
    field_means(&r, "Channel 0", "carrier: AM, VIB, EGT, KSR, MULT", "EGT", "sustained");
    field_means(&r, "Channel 0", "carrier: WS", "WS", "half of a sine");
    field_means(&r, "FM chip", "Depth, rhythm", "RHY", "rhythm in channels 6 to 8");
    out(&r, es, 0x3002, 4);
    out(&r, es + 0x24, 0x1234, 4);
    asks(&r, "device es1370");
    field_means(&r, "ES1370", "Interrupt/Chip Select Control", "WTSRSEL", "44100 Hz");
    register_is(&r, "DAC1", "Sample Count", "1234");
    register_is(&r, "Configuration", "Device ID", "5000");
    out(&r, ne, 0x61, 1); /* page 1 */
    out(&r, ne + 7, 0x4d, 1);
    asks(&r, "device rtl8029");
    register_is(&r, "Receive ring", "Current Page", "4d");
    field_means(&r, "DP8390", "Command", "PS", "page 1");
    register_is(&r, "Configuration", "Vendor ID", "10ec");
    out(&r, pcnet + 0x12, 3, 2);
    out(&r, pcnet + 0x10, 0x4004, 2);
    asks(&r, "device pcnet");
    field_means(&r, "Am79C970A", "Masks", "BABLM", "masked");
    field_means(&r, "Am79C970A", "Masks", "BSWP", "bytes swapped");
    field_means(&r, "Am79C970A", "Status", "STOP", "stopped");
    out(&r, 0x3c4, 0x0107, 2);
    out(&r, 0x3ce, 0xb030, 2);
    asks(&r, "device cirrus");
    field_means(&r, "Extended sequencer", "Extended Sequencer Mode", "high-resolution",
                "packed dots");
    field_means(&r, "Blitter", "BLT Mode", "dot", "32 bits");
    field_means(&r, "Blitter", "BLT Mode", "colour expansion", "on");
    register_is(&r, "Configuration", "Device ID", "00b8");
    find_value(&r, "CRT controller", "Cursor Location High"); /* the VGA's follow */
    /* The board's own functions. */
    out(&r, 0xcf8, 0x80000860, 4); /* 01.0, PIRQRC */
    out(&r, 0xcfd, 0x0b, 1);
    asks(&r, "device piix3");
    register_is(&r, "Interrupt routing", "PIRQRC[B]", "0b");
    field_means(&r, "Interrupt routing", "PIRQRC[B]", "routing", "on");
    out(&r, 0xcf8, 0x80000058, 4); /* 00.0, PAM0 to PAM2 */
    out(&r, 0xcfe, 0x21, 1);
    asks(&r, "device i440fx");
    field_means(&r, "Programmable attribute map", "PAM1", "RE, lower 16 KiB", "reads from DRAM");
    field_means(&r, "Programmable attribute map", "PAM1", "WE, upper 16 KiB", "writes to DRAM");
    out(&r, 0xb3, 0x5a, 1);
    asks(&r, "device piix4-pm");
    register_is(&r, "Power management", "APMS", "5a");
    asks(&r, "device piix3-ide");
    field_means(&r, "Primary channel", "BMIC", "SSBM", "stopped");
    rig_free(&r);
}
END_TEST

/* Whatever a guest has put into the cards, they can be looked at. */
START_TEST(cards_of_a_wild_guest)
{
    static const char *const names[] = {"gus", "adlib", "es1370", "rtl8029", "pcnet", "cirrus"};
    struct rig r = rig_with_cards();
    const u16 base[] = {
        0x240, 0x340, 0x388, ports_of(&r, "es1370"), ports_of(&r, "rtl8029"), ports_of(&r, "pcnet"),
        0x3c4, 0x3ce};
    for (unsigned i = 0; i < 90; i++) {
        char line[40];
        for (unsigned k = 0; k < 20; k++) {
            unsigned at = rnd() % ARRAY_SIZE(base);
            out(&r, (u16)(base[at] + rnd() % (at > 5 ? 2 : 16)), rnd(), 1u << rnd() % 3);
        }
        if (i % 8 == 0)
            vm_run_to(r.vm, vm_now(r.vm) + NS_PER_MS, vm_instructions(r.vm) + rnd() % 500);
        snprintf(line, sizeof(line), "device %s", names[i % ARRAY_SIZE(names)]);
        asks(&r, line);
    }
    rig_free(&r);
}
END_TEST

/* Whatever a guest has put into the registers, they can be looked at. */
START_TEST(registers_of_a_wild_guest)
{
    static const u16 ports[] = {0x40,  0x41,  0x42,  0x43,  0x61,  0x20,  0x21,  0x0b,  0x08,
                                0x70,  0x71,  0x60,  0x64,  0x3f2, 0x3f4, 0x3f5, 0x1f6, 0x1f7,
                                0x176, 0x177, 0x3c4, 0x3c5, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3c0,
                                0x3fb, 0x3f8, 0x226, 0x22c, 0x224, 0x225};
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    for (unsigned i = 0; i < 400; i++) {
        static const char *const names[] = {"pit",      "pic",   "dma",     "rtc",    "i8042",
                                            "keyboard", "fdc",   "serial0", "ide",    "vga",
                                            "sb16",     "lapic", "ioapic",  "speaker"};
        char line[40];
        for (unsigned k = 0; k < 10; k++)
            c->bus.port_out(c->bus.owner, ports[rnd() % ARRAY_SIZE(ports)], rnd() & 0xff, 1);
        if (i % 8 == 0)
            vm_run_to(r.vm, vm_now(r.vm) + NS_PER_MS, vm_instructions(r.vm) + rnd() % 500);
        snprintf(line, sizeof(line), "device %s", names[i % ARRAY_SIZE(names)]);
        asks(&r, line);
    }
    asks(&r, "vga-plane 3 65535 65536");
    rig_free(&r);
}
END_TEST

/* A run that is looked at all the time is the run that is not. */
START_TEST(looking_is_not_felt)
{
    struct rig a = rig_new(2), b = rig_new(2);
    u64 hash[2];
    for (unsigned i = 0; i < 200; i++) {
        static const char *const lines[] = {
            "touched",  "map",        "irq",        "explain",   "walk ss:0x7c00",
            "timeline", "device vga", "device pit", "device ide"};
        step(&a, 777);
        step(&b, 777);
        asks(&a, lines[i % ARRAY_SIZE(lines)]);
    }
    vm_state_hash(a.vm, &hash[0], NULL);
    vm_state_hash(b.vm, &hash[1], NULL);
    ck_assert_uint_eq(hash[0], hash[1]);
    ck_assert_uint_eq(vm_now(a.vm), vm_now(b.vm));
    rig_free(&a);
    rig_free(&b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("views");
    TCase *t = tcase_create("views");
    tcase_add_test(t, the_next_instruction);
    tcase_add_test(t, the_last_instruction);
    tcase_add_test(t, the_next_on_trial);
    tcase_add_test(t, what_the_cache_made_of_it);
    tcase_add_test(t, addresses_in_real_mode);
    tcase_add_loop_test(t, walks_are_what_accesses_do, 0, 2);
    tcase_add_test(t, page_tables_in_words);
    tcase_add_test(t, selectors_that_are_not_loaded);
    tcase_add_test(t, entries_of_tables);
    tcase_add_test(t, an_interrupt_from_pin_to_frame);
    tcase_add_test(t, memory_as_a_map);
    tcase_add_loop_test(t, touched_by_all_ways, 0, 2);
    tcase_add_test(t, devices_by_their_data_sheets);
    tcase_add_test(t, cards_by_their_data_sheets);
    tcase_add_test(t, cards_of_a_wild_guest);
    tcase_add_test(t, registers_of_a_wild_guest);
    tcase_add_test(t, looking_is_not_felt);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
