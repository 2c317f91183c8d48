/*
 * test_views.c - the commands behind the page's views: an instruction taken apart, before and after
 * it is done; an address step by step, in real, protected and virtual-8086 mode, with small, large
 * and PAE pages; interrupts and maps. What they say is what the processor does: a refused walk
 * faults, with the same vector and code. Nothing of it is felt. Devices: test_device_views.c.
 */
#include "cpu/protect/desc.h"
#include "hw/machine/vm_route.h"
#include "views_rig.h"

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

/* A run that is looked at all the time is the run that is not. */
START_TEST(looking_is_not_felt)
{
    struct rig a = rig_new(2), b = rig_new(2);
    a.every = 10;
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
    tcase_set_timeout(t, 60);
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
    tcase_add_test(t, looking_is_not_felt);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
