/*
 * test_patched.c - constants that a program writes into its instructions again and again: they are
 * taken from memory, and how never shows.
 */
#include "tests/unit/cpu_harness.h"

#include "cpu/blocks/block.h"
#include "cpu/blocks/block_look.h"
#include "cpu/translate/jit.h"

#define FUNCTION (CODE + 0x100)
#define ROUNDS 300u

struct patch {
    u8 code[16]; /* the function, to its RET */
    u8 n, at, width;
    u32 mask, base; /* of what is written */
};

/* clang-format off */
static const struct patch patches[] = {
    {{0x81, 0xf3, 0, 0, 0, 0, 0xc1, 0xc3, 3}, 9, 2, 4, ~0u, 0},       /* xor ebx,imm32; rol ebx,3 */
    {{0x80, 0xc3, 0}, 3, 2, 1, ~0u, 0},                               /* add bl,imm8 */
    {{0x83, 0xeb, 0}, 3, 2, 1, ~0u, 0},                               /* sub ebx,imm8, extended */
    {{0x66, 0x81, 0xc3, 0, 0}, 5, 3, 2, ~0u, 0},                      /* add bx,imm16 */
    {{0xb8, 0, 0, 0, 0, 0x01, 0xc3}, 7, 1, 4, ~0u, 0},                /* mov eax,imm32; add ebx,eax */
    {{0xb8, 0, 0, 0, 0, 0x01, 0xc3}, 7, 2, 2, ~0u, 0},                /* the middle of it */
    {{0xb8, 0, 0, 0, 0, 0x01, 0xc3}, 7, 4, 1, ~0u, 0},                /* its last byte */
    {{0x03, 0x1d, 0, 0, 4, 0}, 6, 2, 4, 0xfff, DATA},                 /* add ebx,[disp32] */
    {{0x03, 0x5f, 0}, 3, 2, 1, ~0u, 0},                               /* add ebx,[edi+disp8] */
    {{0xa1, 0, 0, 4, 0, 0x31, 0xc3}, 7, 1, 4, 0xfff, DATA},           /* mov eax,moffs; xor ebx,eax */
    {{0x01, 0x1d, 0, 0, 4, 0}, 6, 2, 4, 0xffc, DATA},                 /* add [disp32],ebx */
    {{0x81, 0x05, 0, 0, 4, 0, 0, 0, 0, 0, 0x03, 0x1f}, 12, 6, 4, ~0u, 0}, /* add [DATA],imm32; add ebx,[edi] */
    {{0x69, 0xdb, 0, 0, 0, 0}, 6, 2, 4, ~0u, 1},                      /* imul ebx,ebx,imm32 */
    {{0x81, 0xfb, 0, 0, 0, 0, 0x77, 1, 0x43}, 9, 2, 4, ~0u, 0},       /* cmp ebx,imm32; ja (fused); inc ebx */
    {{0xf7, 0xc2, 0, 0, 0, 0, 0x75, 1, 0x43}, 9, 2, 4, 0xff, 0},      /* test edx,imm32; jnz; inc ebx */
    {{0xc1, 0xc3, 0}, 3, 2, 1, ~0u, 0},                               /* rol ebx,imm8: kept apart */
    {{0xc1, 0xe3, 0, 0x83, 0xd3, 5}, 6, 2, 1, 0x1f, 0},               /* shl ebx,imm8; adc ebx,5 */
    {{0x6a, 0, 0x58, 0x01, 0xc3}, 5, 1, 1, ~0u, 0},                   /* push imm8; pop eax; add ebx,eax */
    {{0x8d, 0x9b, 0, 0, 0, 0}, 6, 2, 4, ~0u, 0},                      /* lea ebx,[ebx+disp32] */
    {{0xeb, 0, 0x43, 0x43, 0x43, 0x43}, 6, 1, 1, 3, 0},               /* jmp short */
    {{0x81, 0xc3, 0, 0, 0, 0}, 6, 1, 1, 0x38, 0xc3},                  /* the operation: ModR/M */
    {{0x05, 0, 0, 0, 0, 0x01, 0xc3}, 7, 0, 1, 8, 5},                  /* add or or: the opcode */
    {{0x81, 0xc3, 0, 0, 0, 0}, 6, 1, 4, ~0xffu, 0xc3},                /* a part of both */
};
/* clang-format on */

static void put_program(struct rig *r, const struct patch *p)
{
    static const u8 loop[] = {
        0x69, 0xd2, 0x0d, 0x66, 0x19, 0x00, /* L: imul edx,edx,19660dh */
        0x81, 0xc2, 0x5f, 0xf3, 0x6e, 0x3c, /*    add edx,3c6ef35fh */
        0x89, 0xd0, 0xc1, 0xe8, 0x0a,       /*    mov eax,edx; shr eax,10 */
        0x25, 0,    0,    0,    0,          /* 17 and eax,mask */
        0x05, 0,    0,    0,    0,          /* 22 add eax,base */
        0x66, 0x90, 0x66, 0x90, 0x66, 0x90, /* 27 the store */
        0xe8, 0,    0,    0,    0,          /* 33 call the function */
        0x49, 0x75, 0xd7, 0xf4,             /*    dec ecx; jnz L; hlt */
    };
    u8 code[sizeof loop];
    memcpy(code, loop, sizeof loop);
    put_le32(code + 18, p->mask);
    put_le32(code + 23, p->base);
    u8 *store = code + 27;
    if (p->width == 2)
        *store++ = 0x66;
    *store++ = p->width == 1 ? 0xa2 : 0xa3;
    put_le32(store, FUNCTION + p->at);
    if (p->width != 2)
        store[4] = 0x90;
    put_le32(code + 34, FUNCTION - (CODE + 38));
    phys_write(&r->phys, CODE, code, sizeof code);
    phys_write(&r->phys, FUNCTION, p->code, p->n);
    PUT(r, FUNCTION + p->n, "\xc3");
}

enum how { WHOLE, STEPS, SLICES, TRANSLATED, HOWS };

static u32 run(const struct patch *p, enum how how, u64 *executed, u64 *decoded)
{
    struct rig *r = rig_new("pentium3");
    struct err e;
    struct cpu *c = r->c;
    u32 h = 0, slice = 0;
    pm_init(r, 0);
    put_program(r, p);
    c->gpr[ECX] = ROUNDS;
    c->gpr[EDI] = DATA;
    if (how == TRANSLATED)
        jit_start(c, 20, false, &e); /* without a translator: as WHOLE */
    for (u32 n = 0; n < 10000 && !c->halted; n++) {
        slice = slice * 5 + 3;
        cpu_run(c, how == STEPS ? 1 : how == SLICES ? 1 + slice % 17 : 1000000);
    }
    ck_assert(c->halted);
    for (unsigned i = 0; i < 8; i++)
        h = h * 31 + c->gpr[i];
    for (u32 a = 0; a < 0x1000; a += 4)
        h = h * 31 + rd32(r, DATA + a);
    *executed = cpu_executed(c);
    *decoded = c->blocks->decoded;
    rig_free(r);
    return h * 31;
}

START_TEST(constants_are_taken_from_memory)
{
    for (u32 i = 0; i < ARRAY_SIZE(patches); i++) {
        u64 executed[HOWS], decoded[HOWS];
        u32 steps = run(&patches[i], STEPS, &executed[STEPS], &decoded[STEPS]);
        for (enum how how = WHOLE; how < HOWS; how++) {
            u32 h = run(&patches[i], how, &executed[how], &decoded[how]);
            ck_assert_msg(h == steps && executed[how] == executed[STEPS],
                          "patch %u differs, run as %u", i, how);
        }
        /* A constant's block is made some times, any other one in each round. */
        bool constant = i < 15 || i == 17 || i == 18;
        ck_assert_msg((decoded[WHOLE] < 30) == constant, "patch %u: %u blocks were made", i,
                      (unsigned)decoded[WHOLE]);
    }
}
END_TEST

static void patch_often(struct rig *r, u32 at, u32 rounds)
{
    for (u32 i = 0; i < rounds; i++) {
        wr32(r, at, i); /* by a device */
        r->c->eip = CODE;
        r->c->halted = false;
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->gpr[EAX], i);
    }
}

START_TEST(constants_that_settle_are_code_again)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    PUT(r, CODE, "\x90\xb8\0\0\0\0\xf4"); /* nop; mov eax,imm32; hlt */
    patch_often(r, CODE + 2, 20);
    u64 decoded = r->c->blocks->decoded;
    ck_assert_uint_lt(decoded, 10);
    struct block_seen seen[2];
    ck_assert_uint_eq(blocks_seen(r->c, CODE + 1, seen, 2), 1);
    ck_assert(seen[0].patched);
    ck_assert_uint_eq(blocks_seen(r->c, CODE, seen, 2), 1);
    ck_assert(!seen[0].patched);
    for (u32 i = 0; i < 5000; i++) {
        r->c->eip = CODE;
        r->c->halted = false;
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->gpr[EAX], 19);
    }
    ck_assert_uint_eq(r->c->blocks->decoded, decoded + 2); /* from this instruction on, and whole */
    ck_assert_uint_eq(cpu_executed(r->c), 3 * 5020);
    u64 dropped = r->c->blocks->dropped;
    wr32(r, CODE + 2, 7);
    ck_assert_uint_gt(r->c->blocks->dropped, dropped);
    patch_often(r, CODE + 2, 20); /* and the other way again */
    rig_free(r);
}
END_TEST

/* The constant stays, and what is before it does not. */
START_TEST(the_instruction_itself_changes)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    PUT(r, CODE, "\xb8\0\0\0\0\xf4");
    patch_often(r, CODE + 1, 20);
    PUT(r, CODE, "\xbb"); /* mov ebx,imm32 */
    r->c->eip = CODE;
    r->c->halted = false;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EBX], 19);
    rig_free(r);
}
END_TEST

/* A block over a part of the same bytes has its own view of what is code. */
START_TEST(another_block_has_the_constant_as_code)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    PUT(r, CODE, "\xb8\0\0\0\0\xf4");
    patch_often(r, CODE + 1, 20);
    wr32(r, CODE + 1, 0x43434343); /* inc ebx, four of them, from within */
    for (u32 i = 1; i < 3; i++) {
        r->c->eip = CODE + 1;
        r->c->halted = false;
        ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
        ck_assert_uint_eq(r->c->gpr[EBX], 4 * i);
    }
    wr32(r, CODE + 1, 0x90909090);
    r->c->eip = CODE + 1;
    r->c->halted = false;
    ck_assert_int_eq(rig_run(r, 100), CPU_HALT);
    ck_assert_uint_eq(r->c->gpr[EBX], 8);
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("patched");
    TCase *t = tcase_create("patched");
    tcase_add_test(t, constants_are_taken_from_memory);
    tcase_add_test(t, constants_that_settle_are_code_again);
    tcase_add_test(t, the_instruction_itself_changes);
    tcase_add_test(t, another_block_has_the_constant_as_code);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
