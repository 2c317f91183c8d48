/*
 * test_beside.c - stores of machine code into a page that holds code, too: those to other bytes are
 * done in place, those to the code are seen by it, at every distance and of every size.
 */
#include "tests/unit/jit_rig.h"

/* In one page: the loop, data, and a routine at the beginning of a granule of its own, or at its
 * end; or in the next page. */
enum { PAGE = 0x50000, LOOP = PAGE + 0x100, SCRATCH = PAGE + 0x400, ROUNDS = 300 };
static const u32 places[] = {PAGE + 0x800, PAGE + 0x87a, PAGE + 0x1000};
static const u8 routine[] = {0xb8, 0x44, 0x33, 0x22, 0x11, 0xc3}; /* mov eax,imm; ret */

/* So many rounds that store EDX's lower bytes there and call the routine; how many left for memory?
 */
static u64 rounds(struct rig *r, u32 n, u32 at, u32 value)
{
    const struct jit *j = r->c->jit;
    u64 before = j->stats.left[LEAVE_MEMORY];
    r->c->halted = false;
    r->c->eip = LOOP;
    r->c->gpr[ECX] = n;
    r->c->gpr[EBX] = at;
    r->c->gpr[EDX] = value;
    ck_assert_int_eq(rig_run(r, 10 * n), CPU_HALT);
    return j->stats.left[LEAVE_MEMORY] - before;
}

/* L: mov [ebx],edx (dx, dl); nops; call the routine; dec ecx; jnz L; hlt */
static void loop_of(struct rig *r, unsigned size, u32 place)
{
    u32 far = place - (LOOP + 9);
    CODE_AT(r, LOOP, 0x90, 0x89, 0x13, 0x90, 0xe8, 0, 0, 0, 0, 0x49, 0x75, 0xf4, 0xf4);
    if (size == 2)
        CODE_AT(r, LOOP, 0x66);
    else if (size == 1)
        CODE_AT(r, LOOP + 1, 0x88);
    phys_write(&r->phys, LOOP + 5, &far, 4);
    phys_write(&r->phys, place, routine, sizeof(routine));
}

static u32 word_at(struct rig *r, u32 at)
{
    u32 v;
    phys_read(&r->phys, at, &v, 4);
    return v;
}

START_TEST(at_every_distance)
{
    unsigned size = 1u << _i % 3;
    u32 place = places[_i / 3];
    struct rig *r = translating(8);
    if (!r)
        return;
    for (s32 d = -5; d < 8; d++) {
        u8 is[24], now[24], value[4];
        loop_of(r, size, place);
        rounds(r, ROUNDS, SCRATCH, 0x5a5a5a5a); /* all is machine code, and has met this page */
        ck_assert_uint_le(rounds(r, ROUNDS, SCRATCH, 0x5a5a5a5a), 4);
        ck_assert_uint_eq(r->c->gpr[EAX], 0x11223344);
        phys_read(&r->phys, place - 8, is, sizeof(is));
        for (s32 i = 0; i < 4; i++) /* MOV's and RET's opcode stay */
            value[i] = d + i == 0 ? 0xb8 : d + i == 5 ? 0xc3 : (u8)(0x60 + d + 4 * i);
        memcpy(is + 8 + d, value, size);
        rounds(r, 3, place + (u32)d, (u32)get_le32(value));
        phys_read(&r->phys, place - 8, now, sizeof(now));
        ck_assert_msg(memcmp(is, now, sizeof(is)) == 0, "%u bytes at %d", size, d);
        ck_assert_msg(r->c->gpr[EAX] == word_at(r, place + 1), "%u bytes at %d: the old code", size,
                      d);
    }
    rig_free(r);
}
END_TEST

/* Into the next page, which has no code; and next to the loop itself. */
START_TEST(at_edges)
{
    struct rig *r = translating(8);
    if (!r)
        return;
    loop_of(r, 4, places[0]);
    rounds(r, ROUNDS, SCRATCH, 1);
    for (u32 at = PAGE + 0xffc; at <= PAGE + 0x1000; at++) {
        rounds(r, 5, at, 0xabcdef00 + at);
        ck_assert_uint_eq(word_at(r, at), 0xabcdef00 + at);
    }
    for (u32 at = LOOP + 13; at < LOOP + 20; at++) { /* in the loop's granule: byte by byte */
        rounds(r, ROUNDS, at, 0x12345600 + at);
        ck_assert_uint_eq(word_at(r, at), 0x12345600 + at);
        ck_assert_uint_eq(r->c->gpr[EAX], 0x11223344);
    }
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("beside");
    TCase *t = tcase_create("beside");
    tcase_add_loop_test(t, at_every_distance, 0, 9);
    tcase_add_test(t, at_edges);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
