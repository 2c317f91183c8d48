/*
 * test_profile.c - cpu/profile/: programs whose calls and counts are known, in slices of every
 * length: which chain of calls each instruction is charged to, how often each was completed, which
 * blocks there are.
 */
#include "cpu/profile/profile.h"
#include "cpu/translate/jit.h"

#include "cpu_harness.h"

#include <stdio.h>

/* What the numbers stand for: a symbol is the index of the last name at or below an address. */
static const struct name {
    u32 lin;
    const char *name;
} names[] = {
    {0, ""},
    {0x10000, "main"},
    {0x10020, "a"},
    {0x10040, "b"},
    {0x10060, "t"},
    {0x10080, "jump"},
    {0x100a0, "j"},
    {0x100a6, "k"},
    {0x100c0, "push"},
    {0x100c6, "p"},
    {0x100e0, "first"},
    {0x10100, "switch"},
    {0x10109, "second"},
    {0x10140, "int"},
    {0x10180, "rest"},
    {0x101c0, "wide"},
    {0x101c6, "e"},
    {0x101d6, "c"},
    {0x101d9, "d"},
    {0x20000, "divide"},
    {0x20010, "handler"},
    {0x20060, "undefined"},
    {0x20070, "handler"},
    {0x20300, "service"},
    {0x20310, "handler"},
};

static u32 symbol_at(void *owner, u32 lin)
{
    u32 n = 0;
    (void)owner;
    for (u32 i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].lin <= lin)
            n = i;
    return n;
}

/* clang-format off */
static const u8 program[] = {
    /* 10000 main: mov esi,3; again: call a; dec esi; jnz again; hlt */
    0xbe, 0x03, 0x00, 0x00, 0x00, 0xe8, 0x16, 0x00, 0x00, 0x00, 0x4e, 0x75, 0xf8, 0xf4,
    [0x20] = /* a: call b; call b; ret */
    0xe8, 0x1b, 0x00, 0x00, 0x00, 0xe8, 0x16, 0x00, 0x00, 0x00, 0xc3,
    [0x40] = /* b: mov ecx,5; loop $; ret */
    0xb9, 0x05, 0x00, 0x00, 0x00, 0xe2, 0xfe, 0xc3,
    [0x60] = /* t: call a tail: call 10068; hlt; 10068: inc eax; jmp b */
    0xe8, 0x03, 0x00, 0x00, 0x00, 0xf4, 0x90, 0x90, 0x40, 0xeb, 0xd5,
    [0x80] = /* jump: mov edi,esp; call j; hlt; back: call b; hlt */
    0x89, 0xe7, 0xe8, 0x19, 0x00, 0x00, 0x00, 0xf4, 0xe8, 0xb3, 0xff, 0xff, 0xff, 0xf4,
    [0xa0] = /* j: call k; ret */
    0xe8, 0x01, 0x00, 0x00, 0x00, 0xc3,
    [0xa6] = /* k: mov esp,edi; jmp back */
    0x89, 0xfc, 0xeb, 0xde,
    [0xc0] = /* push: call p; hlt; p: push b; ret */
    0xe8, 0x01, 0x00, 0x00, 0x00, 0xf4, 0x68, 0x40, 0x00, 0x01, 0x00, 0xc3,
    [0xe0] = /* first: call switch; call switch; call b; hlt */
    0xe8, 0x1b, 0x00, 0x00, 0x00, 0xe8, 0x16, 0x00, 0x00, 0x00, 0xe8, 0x51, 0xff, 0xff, 0xff, 0xf4,
    [0x100] = /* switch: push ebp; xchg esp,[40000h]; pop ebp; ret */
    0x55, 0x87, 0x25, 0x00, 0x00, 0x04, 0x00, 0x5d, 0xc3,
    [0x109] = /* second: call b; call switch; inc eax; call switch */
    0xe8, 0x32, 0xff, 0xff, 0xff, 0xe8, 0xed, 0xff, 0xff, 0xff, 0x40, 0xe8, 0xe7, 0xff, 0xff, 0xff,
    [0x140] = /* int: int 30h; ud2 */
    0xcd, 0x30, 0x0f, 0x0b,
    [0x180] = /* xor ecx,ecx; inc eax; div ecx; inc eax; hlt */
    0x31, 0xc9, 0x40, 0xf7, 0xf1, 0x40, 0xf4,
    [0x1a0] = /* mov ecx,1000; mov edi,50000h; rep stosb; hlt */
    0xb9, 0xe8, 0x03, 0x00, 0x00, 0xbf, 0x00, 0x00, 0x05, 0x00, 0xf3, 0xaa, 0xf4,
    [0x1c0] = /* wide: call e; hlt */
    0xe8, 0x01, 0x00, 0x00, 0x00, 0xf4,
    [0x1c6] = /* e: mov edi,esp; call c; push cs; call d; mov esp,edi; ret */
    0x89, 0xe7, 0xe8, 0x09, 0x00, 0x00, 0x00, 0x0e, 0xe8, 0x06, 0x00, 0x00, 0x00, 0x89, 0xfc, 0xc3,
    [0x1d6] = /* c: ret 0ffffh; d: retf 0ffffh */
    0xc2, 0xff, 0xff, 0xca, 0xff, 0xff,
    [0x1e0] = /* mov ecx,3; mov edi,900000h, where nothing is; rep stosb; inc eax; inc edx; */
    0xb9, 0x03, 0x00, 0x00, 0x00, 0xbf, 0x00, 0x00, 0x90, 0x00, 0xf3, 0xaa, 0x40, 0x42,
    /* dec ebx; jnz back to it; hlt */
    0x4b, 0x75, 0xef, 0xf4,
};
/* clang-format on */

static const u64 slices[] = {1000000, 1, 2, 3, 7, 50};
static bool translated; /* every block is machine code before it runs */

struct run {
    struct rig *r;
    struct cpu_profile *p;
    u64 before;
};

static struct run start(u32 eip)
{
    struct run k = {.r = rig_new("pentium3")};
    struct cpu_profile_config config = {.symbol = symbol_at};
    pm_init(k.r, 0);
    phys_write(&k.r->phys, CODE, program, sizeof program);
    PUT(k.r, HANDLERS, "\x41\xcf");         /* 0: inc ecx; iret */
    PUT(k.r, HANDLERS + 16 * 0x30, "\xcf"); /* 30: iret */
    put_gate_at(k.r, IDT + 8 * 0x30, SEL_CODE0, HANDLERS + 16 * 0x30, 0x8e, 0);
    wr32(k.r, 0x40000, 0x3f000); /* the second thread's stack: EBP, and where it begins */
    wr32(k.r, 0x3f004, 0x10109);
    k.r->c->eip = eip;
    k.r->c->gpr[EDX] = 0;
    k.p = cpu_profile_new(&config);
    ck_assert_ptr_nonnull(k.p);
    if (translated)
        jit_start(k.r->c, 0, false, NULL); /* or there is no translator here */
    cpu_profile_attach(k.r->c, k.p);
    k.before = cpu_executed(k.r->c);
    return k;
}

static void run_to_halt(struct run *k, u64 slice)
{
    for (unsigned i = 0; i < 5000 && !k->r->c->halted; i++)
        cpu_run(k->r->c, slice);
    ck_assert(k->r->c->halted);
    ck_assert_uint_eq(profile_total(k->p), cpu_executed(k->r->c) - k->before);
}

static void finish(struct run *k)
{
    cpu_profile_detach(k->r->c);
    cpu_profile_free(k->p);
    rig_free(k->r);
}

/* "main;a;b" of a node. */
static void path_of(const struct cpu_profile *p, u32 node, char *out, size_t size)
{
    out[0] = 0;
    if (!node)
        return;
    const struct profile_node *n = profile_node(p, node);
    path_of(p, n->parent, out, size);
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", used ? ";" : "",
             names[profile_function(p, n->function)->symbol].name);
}

/* Exactly these chains have instructions of their own. */
struct expected {
    const char *path;
    u64 self, calls;
};

static void check_tree(const struct cpu_profile *p, const struct expected *e, unsigned count)
{
    unsigned seen = 0;
    u64 sum = 0;
    for (u32 i = 0; i < profile_nodes(p); i++) {
        const struct profile_node *n = profile_node(p, i);
        char path[200];
        path_of(p, i, path, sizeof path);
        sum += n->self;
        if (!n->self)
            continue;
        unsigned k = 0;
        while (k < count && strcmp(e[k].path, path) != 0)
            k++;
        ck_assert_msg(k < count, "%s: %llu instructions", path, (unsigned long long)n->self);
        ck_assert_msg(n->self == e[k].self, "%s: %llu instructions", path,
                      (unsigned long long)n->self);
        ck_assert_msg(n->calls == e[k].calls, "%s: %llu calls", path, (unsigned long long)n->calls);
        seen++;
    }
    ck_assert_uint_eq(seen, count);
    ck_assert_uint_eq(sum, profile_total(p));
}

static void known_tree(u32 eip, u64 slice, const struct expected *e, unsigned count)
{
    struct run k = start(eip);
    run_to_halt(&k, slice);
    check_tree(k.p, e, count);
    finish(&k);
}
#define TREE(eip, slice, ...)                                                                      \
    do {                                                                                           \
        static const struct expected e_[] = {__VA_ARGS__};                                         \
        known_tree(eip, slice, e_, ARRAY_SIZE(e_));                                                \
    } while (0)

START_TEST(calls_and_returns)
{
    TREE(0x10000, slices[_i], {"main", 11, 0}, {"main;a", 9, 3}, {"main;a;b", 42, 6});
}
END_TEST

START_TEST(a_jump_into_another_function_takes_its_place)
{
    /* 10068 is t's own: the call leads to the symbol it lies in. */
    TREE(0x10060, slices[_i], {"t", 2, 0}, {"t;t", 2, 1}, {"t;b", 7, 0});
}
END_TEST

START_TEST(a_stack_that_is_cut_off)
{
    TREE(0x10080, slices[_i], {"jump", 4, 0}, {"jump;j", 1, 1}, {"jump;j;k", 2, 1},
         {"jump;b", 7, 1});
}
END_TEST

START_TEST(a_return_to_what_was_pushed)
{
    TREE(0x100c0, slices[_i], {"push", 2, 0}, {"push;p", 2, 1}, {"push;b", 7, 0});
}
END_TEST

START_TEST(a_return_that_takes_64_kib_off_the_stack)
{
    TREE(0x101c0, slices[_i], {"wide", 2, 0}, {"wide;e", 6, 1}, {"wide;e;c", 1, 1},
         {"wide;e;d", 1, 1});
}
END_TEST

START_TEST(two_threads)
{
    TREE(0x100e0, slices[_i], {"first", 4, 0}, {"first;switch", 8, 2}, {"first;b", 7, 1},
         {"second", 4, 0}, {"second;b", 7, 1}, {"second;switch", 8, 2});
}
END_TEST

START_TEST(interrupts_and_exceptions)
{
    TREE(0x10140, slices[_i], {"int", 2, 0}, {"int;service", 1, 1}, {"int;undefined", 1, 1});
}
END_TEST

/* How often the instruction at an address was completed, in all blocks that hold it. */
static u64 completed_at(const struct cpu_profile *p, u32 lin)
{
    u64 n = 0;
    for (u32 i = 0; i < profile_places(p); i++) {
        const struct cpu_place *k = profile_place(p, i);
        for (unsigned j = 0; j < k->count; j++)
            if (k->lin + k->start[j] == lin)
                n += place_completed(k, j);
    }
    return n;
}

START_TEST(an_instruction_counts_when_it_is_completed)
{
    struct run k = start(0x10180);
    run_to_halt(&k, slices[_i]);
    ck_assert_uint_eq(completed_at(k.p, 0x10180), 1);
    ck_assert_uint_eq(completed_at(k.p, 0x10182), 1);
    ck_assert_uint_eq(completed_at(k.p, 0x10183), 1); /* DIV: the first time it faults */
    ck_assert_uint_eq(completed_at(k.p, 0x10185), 1);
    ck_assert_uint_eq(completed_at(k.p, 0x10186), 1);
    ck_assert_uint_eq(completed_at(k.p, 0x20000), 1);
    ck_assert_uint_eq(profile_total(k.p), 5 + 1 + 2); /* what faults has been executed, too */
    finish(&k);

    k = start(0x10000);
    run_to_halt(&k, slices[_i]);
    ck_assert_uint_eq(completed_at(k.p, 0x10000), 1);
    ck_assert_uint_eq(completed_at(k.p, 0x10005), 3);
    ck_assert_uint_eq(completed_at(k.p, 0x10040), 6);
    ck_assert_uint_eq(completed_at(k.p, 0x10045), 30);
    ck_assert_uint_eq(completed_at(k.p, 0x10047), 6);
    finish(&k);
}
END_TEST

START_TEST(passes_of_a_string_instruction)
{
    struct run k = start(0x101a0);
    run_to_halt(&k, slices[_i]);
    ck_assert_uint_eq(profile_total(k.p), 2 + 1000 + 1);
    ck_assert_uint_eq(completed_at(k.p, 0x101aa), 1);
    ck_assert_uint_eq(completed_at(k.p, 0x101ac), 1);
    finish(&k);
}
END_TEST

/* Done by a handler, behind which machine code goes on. */
START_TEST(strings_that_are_not_in_memory)
{
    enum { ROUNDS = 30 };
    struct run k = start(0x101e0);
    k.r->c->gpr[EBX] = ROUNDS;
    run_to_halt(&k, slices[_i]);
    ck_assert_uint_eq(profile_total(k.p), ROUNDS * (2 + 3 + 4) + 1);
    for (u32 lin = 0x101ea; lin < 0x101f0; lin += 1 + (lin == 0x101ea))
        ck_assert_uint_eq(completed_at(k.p, lin), ROUNDS);
    ck_assert_uint_eq(completed_at(k.p, 0x101f1), 1);
    finish(&k);
}
END_TEST

START_TEST(the_blocks_of_a_program)
{
    static const struct {
        u32 lin, bytes;
        u64 hits;
    } blocks[] = {{0x10000, 10, 1}, {0x10020, 5, 3}, {0x10040, 7, 6}, {0x10045, 2, 24},
                  {0x10047, 1, 6},  {0x10025, 5, 3}, {0x1002a, 1, 3}, {0x1000a, 3, 3},
                  {0x10005, 5, 2},  {0x1000d, 1, 1}};
    struct run k = start(0x10000);
    run_to_halt(&k, 1000000);
    ck_assert_uint_eq(profile_places(k.p), ARRAY_SIZE(blocks));
    for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
        const struct cpu_place *b = profile_place(k.p, i);
        ck_assert_uint_eq(b->lin, blocks[i].lin);
        ck_assert_uint_eq(b->phys, blocks[i].lin);
        ck_assert_uint_eq(b->bytes, blocks[i].bytes);
        ck_assert_uint_eq(b->hits, blocks[i].hits);
    }
    finish(&k);
}
END_TEST

/* The same state after the same number of instructions, at every moment. */
START_TEST(the_guest_does_not_notice)
{
    static const u32 at[] = {0x10000, 0x10060, 0x10080, 0x100c0,
                             0x100e0, 0x10140, 0x10180, 0x101a0};
    for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
        struct run a = start(at[i]), b = start(at[i]);
        cpu_profile_detach(a.r->c);
        while (!a.r->c->halted) {
            enum cpu_stop why = cpu_run(a.r->c, 3);
            ck_assert_int_eq(cpu_run(b.r->c, 3), why);
            ck_assert_uint_eq(cpu_executed(a.r->c), cpu_executed(b.r->c));
            ck_assert_mem_eq(a.r->c->gpr, b.r->c->gpr, sizeof a.r->c->gpr);
            ck_assert_uint_eq(a.r->c->eip, b.r->c->eip);
            ck_assert_uint_eq(cpu_eflags(a.r->c), cpu_eflags(b.r->c));
        }
        ck_assert_mem_eq(a.r->phys.ram, b.r->phys.ram, 2 << 20);
        ck_assert_uint_eq(profile_total(a.p), 0);
        finish(&a);
        finish(&b);
    }
}
END_TEST

/* What was counted stays when nobody counts, and goes when that is wanted. */
START_TEST(on_and_off)
{
    struct run k = start(0x10000);
    cpu_run(k.r->c, 10);
    ck_assert_uint_eq(profile_total(k.p), 10);
    cpu_profile_detach(k.r->c);
    cpu_run(k.r->c, 10);
    ck_assert_uint_eq(profile_total(k.p), 10);
    cpu_profile_attach(k.r->c, k.p);
    cpu_run(k.r->c, 5);
    ck_assert_uint_eq(profile_total(k.p), 15);
    cpu_profile_clear(k.r->c, k.p);
    ck_assert_uint_eq(profile_total(k.p), 0);
    ck_assert_uint_eq(profile_nodes(k.p), 1);
    cpu_run(k.r->c, 1000);
    ck_assert_uint_eq(profile_total(k.p), 62 - 25);
    for (u32 i = 0; i < profile_places(k.p); i++)
        ck_assert_uint_le(profile_place(k.p, i)->hits, 30);
    cpu_reset(k.r->c); /* with it attached: nothing is on any stack */
    cpu_run(k.r->c, 3);
    ck_assert_uint_eq(profile_total(k.p), 62 - 25 + 3);
    finish(&k);
}
END_TEST

/* One page of code at two linear addresses: each has its own counts. */
START_TEST(two_addresses_of_one_block)
{
    enum { PD = 0x60000, PT = 0x61000 };
    struct run k = start(0x11000);
    /* 11000: mov ebx,1100a; jmp 12000; mov ebx,11014; jmp 13000; dec esi; jnz 11000; hlt */
    PUT(k.r, 0x11000, "\xbb\x0a\x10\x01\x00\xe9\xf6\x0f\x00\x00");
    PUT(k.r, 0x1100a, "\xbb\x14\x10\x01\x00\xe9\xec\x1f\x00\x00\x4e\x75\xe9\xf4");
    PUT(k.r, 0x12000, "\x40\xff\xe3"); /* inc eax; jmp ebx */
    for (u32 page = 0; page < 512; page++)
        wr32(k.r, PT + 4 * page, page << 12 | 7);
    wr32(k.r, PT + 4 * 0x13, 0x12007);
    wr32(k.r, PD, PT | 7);
    mmu_set_cr3(&k.r->c->mmu, PD);
    mmu_set_cr0(&k.r->c->mmu, k.r->c->mmu.cr0 | 0x80000000u);
    cpu_update_mode(k.r->c);
    k.r->c->gpr[ESI] = 5;
    run_to_halt(&k, slices[_i]);
    ck_assert_uint_eq(profile_total(k.p), 5 * 10 + 1);
    ck_assert_uint_eq(completed_at(k.p, 0x12001), 5);
    ck_assert_uint_eq(completed_at(k.p, 0x13001), 5);
    finish(&k);
}
END_TEST

/* A chain that is deeper than what is kept apart: instructions are all there, and it comes back. */
START_TEST(without_an_end)
{
    struct run k = start(0x11000);
    /* 11000: mov ecx,20000; call 11010; hlt; 11010: dec ecx; jz 11018; call 11010; 11018: ret */
    PUT(k.r, 0x11000, "\xb9\x20\x4e\x00\x00\xe8\x06\x00\x00\x00\xf4");
    PUT(k.r, 0x11010, "\x49\x74\x05\xe8\xf8\xff\xff\xff\xc3");
    k.r->c->gpr[ESP] = 0x1f0000;
    run_to_halt(&k, 1000000);
    ck_assert_uint_eq(profile_total(k.p), 3 + 4ull * 20000 - 1);
    ck_assert_uint_le(profile_nodes(k.p), PROFILE_DEPTH + 2);
    ck_assert_uint_eq(profile_node(k.p, 1)->parent, 0);
    ck_assert_uint_eq(profile_node(k.p, 1)->self, 3);
    finish(&k);
}
END_TEST

static void translate_all(void)
{
    translated = true;
}

static void add_tests(TCase *t)
{
    int n = ARRAY_SIZE(slices);
    tcase_add_loop_test(t, calls_and_returns, 0, n);
    tcase_add_loop_test(t, a_jump_into_another_function_takes_its_place, 0, n);
    tcase_add_loop_test(t, a_stack_that_is_cut_off, 0, n);
    tcase_add_loop_test(t, a_return_to_what_was_pushed, 0, n);
    tcase_add_loop_test(t, a_return_that_takes_64_kib_off_the_stack, 0, n);
    tcase_add_loop_test(t, two_threads, 0, n);
    tcase_add_loop_test(t, interrupts_and_exceptions, 0, n);
    tcase_add_loop_test(t, an_instruction_counts_when_it_is_completed, 0, n);
    tcase_add_loop_test(t, passes_of_a_string_instruction, 0, n);
    tcase_add_loop_test(t, strings_that_are_not_in_memory, 0, n);
    tcase_add_loop_test(t, two_addresses_of_one_block, 0, n);
    tcase_add_test(t, the_blocks_of_a_program);
    tcase_add_test(t, the_guest_does_not_notice);
    tcase_add_test(t, on_and_off);
    tcase_add_test(t, without_an_end);
}

int main(void)
{
    Suite *s = suite_create("profile");
    TCase *t = tcase_create("interpreted"), *m = tcase_create("translated");
    add_tests(t);
    tcase_add_checked_fixture(m, translate_all, NULL);
    add_tests(m);
    suite_add_tcase(s, t);
    suite_add_tcase(s, m);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
