/*
 * test_state.c - the snapshot stream: round trips, refusals with a reason, and a fuzzer that
 * mutates good files (with a right checksum, so that the parser itself is reached).
 */
#include "hw/base/state.h"

#include "hw/base/hash.h"
#include "sealed.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 10 * 4096 + 100, HEADER = STATE_HEADER };

/* One field of every type. */
struct sample {
    bool flag;
    u8 b;
    u16 w, ws[3];
    u32 d, ds[4];
    u64 q, qs[2];
    s64 sq;
    int n;
    u8 bytes[17];
    u8 memory[MEMORY];
};

static void sample_state(struct sample *v, struct state *s)
{
    state_begin(s, "sample", 3);
    state_bool(s, "flag", &v->flag);
    state_u8(s, "b", &v->b);
    state_u16(s, "w", &v->w);
    state_begin(s, "inner", 1);
    state_u16s(s, "ws", v->ws, ARRAY_SIZE(v->ws));
    state_u32(s, "d", &v->d);
    state_end(s);
    state_u32s(s, "ds", v->ds, ARRAY_SIZE(v->ds));
    state_u64(s, "q", &v->q);
    state_u64s(s, "qs", v->qs, ARRAY_SIZE(v->qs));
    state_s64(s, "sq", &v->sq);
    state_int(s, "n", &v->n);
    state_bytes(s, "bytes", v->bytes, sizeof(v->bytes));
    state_same_u64(s, "sectors", 2880);
    state_memory(s, "memory", v->memory, sizeof(v->memory));
    state_end(s);
}

static void sample_fill(struct sample *v)
{
    memset(v, 0, sizeof(*v));
    v->flag = true;
    v->b = 0x12;
    v->w = 0x3456;
    v->d = 0x789abcde;
    v->q = 0x0123456789abcdef;
    v->sq = -5;
    v->n = -123456;
    for (size_t i = 0; i < ARRAY_SIZE(v->ws); i++)
        v->ws[i] = (u16)(i * 0x1111 + 1);
    for (size_t i = 0; i < ARRAY_SIZE(v->ds); i++)
        v->ds[i] = (u32)i * 0x11111111 + 2;
    for (size_t i = 0; i < ARRAY_SIZE(v->qs); i++)
        v->qs[i] = i * 0x1111111111111111ull + 3;
    for (size_t i = 0; i < sizeof(v->bytes); i++)
        v->bytes[i] = (u8)(200 + i);
    unsigned seed = 1;
    for (size_t i = 4096; i < 8192; i++) { /* a page that does not compress */
        seed = seed * 1103515245 + 12345;
        v->memory[i] = (u8)(seed >> 16);
    }
    memset(v->memory + 5 * 4096, 0x55, 4096);
    v->memory[MEMORY - 1] = 7; /* in the short last page */
}

/* A saved sample; free() it. */
static u8 *saved(size_t *size)
{
    struct sample *v = malloc(sizeof(*v));
    sample_fill(v);
    struct state *s = state_new_save();
    sample_state(v, s);
    const u8 *bytes = state_finish(s, size);
    ck_assert_ptr_nonnull(bytes);
    u8 *copy = malloc(*size);
    memcpy(copy, bytes, *size);
    state_free(s);
    free(v);
    return copy;
}

START_TEST(round_trip)
{
    size_t size, again_size;
    u8 *file = saved(&size);
    struct sample *want = malloc(sizeof(*want)), *got = malloc(sizeof(*got));
    sample_fill(want);
    memset(got, 0xA5, sizeof(*got));
    got->flag = false;
    struct err e;
    struct state *s = state_new_load(file, size, &e);
    ck_assert_ptr_nonnull(s);
    ck_assert(state_loading(s));
    sample_state(got, s);
    ck_assert_str_eq(state_error(s), "");
    char name[STATE_NAME];
    unsigned at = 0;
    bool optional;
    ck_assert(state_ok(s) && !state_unread(s, &at, name, &optional));
    ck_assert(got->flag == want->flag && got->b == want->b && got->w == want->w);
    ck_assert(got->d == want->d && got->q == want->q && got->sq == want->sq);
    ck_assert_int_eq(got->n, want->n);
    ck_assert_mem_eq(got->ws, want->ws, sizeof(want->ws));
    ck_assert_mem_eq(got->ds, want->ds, sizeof(want->ds));
    ck_assert_mem_eq(got->qs, want->qs, sizeof(want->qs));
    ck_assert_mem_eq(got->bytes, want->bytes, sizeof(want->bytes));
    ck_assert_mem_eq(got->memory, want->memory, sizeof(want->memory));
    struct state *again = state_new_save();
    sample_state(got, again);
    const u8 *bytes = state_finish(again, &again_size);
    ck_assert_uint_eq(size, again_size);
    ck_assert_mem_eq(bytes, file, size);
    ck_assert_uint_lt(size, MEMORY / 2); /* zero pages were left out */
    state_free(s);
    state_free(again);
    free(want);
    free(got);
    free(file);
}
END_TEST

START_TEST(the_checksum_is_crc32)
{
    size_t size;
    u8 *file = saved(&size);
    ck_assert_uint_eq(get_le32(file + 20), crc32_plain(file + HEADER, size - HEADER));
    free(file);
}
END_TEST

static u64 digest_of(struct sample *v)
{
    struct state *s = state_new_digest();
    ck_assert(state_digesting(s) && !state_loading(s));
    sample_state(v, s);
    u64 d = state_digest(s);
    state_free(s);
    return d;
}

START_TEST(the_digest_is_of_everything_saved)
{
    static struct sample v, other;
    sample_fill(&v);
    sample_fill(&other);
    u64 d = digest_of(&v);
    ck_assert_uint_eq(d, digest_of(&other));
    /* One bit in any place makes another digest; the fields' order in memory is no matter. */
    u8 *const place[] = {(u8 *)&v.flag,       &v.b,
                         (u8 *)&v.w,          (u8 *)&v.ws[2],
                         (u8 *)&v.ds[3],      (u8 *)&v.qs[1] + 7,
                         (u8 *)&v.sq,         (u8 *)&v.n,
                         &v.bytes[16],        &v.memory[0],
                         &v.memory[4096 * 5], &v.memory[MEMORY - 1]};
    for (size_t i = 0; i < ARRAY_SIZE(place); i++) {
        *place[i] ^= 1;
        ck_assert_msg(digest_of(&v) != d, "place %zu", i);
        *place[i] ^= 1;
    }
    /* The same bytes on another page. */
    memset(v.memory, 0, sizeof(v.memory));
    v.memory[4096] = 1;
    d = digest_of(&v);
    v.memory[4096] = 0;
    v.memory[8192] = 1;
    ck_assert_uint_ne(digest_of(&v), d);
}
END_TEST

START_TEST(the_hash_is_fnv_1a)
{
    /* Test vectors of RFC 9923. */
    ck_assert_uint_eq(hash_bytes(HASH_START, "", 0), 0xcbf29ce484222325ull);
    ck_assert_uint_eq(hash_bytes(HASH_START, "a", 1), 0xaf63dc4c8601ec8cull);
    ck_assert_uint_eq(hash_bytes(HASH_START, "foobar", 6), 0x85944171f73967e8ull);
    ck_assert_uint_eq(hash_u64(HASH_START, 0x6867666564636261ull),
                      hash_bytes(HASH_START, "abcdefgh", 8));
}
END_TEST

static void refused(const u8 *file, size_t size, const char *why)
{
    struct err e = {""};
    struct state *s = state_new_load(file, size, &e);
    ck_assert_ptr_null(s);
    ck_assert_msg(strstr(e.text, why) != NULL, "\"%s\" does not say \"%s\"", e.text, why);
}

START_TEST(bad_frames_are_refused)
{
    size_t size;
    u8 *file = saved(&size);
    refused((const u8 *)"", 0, "not a Ferrite snapshot");
    refused((const u8 *)"QEVM and so on", 14, "not a Ferrite snapshot");
    /* Of a foreign file the size does not matter, and the file is not read to learn that. */
    struct err e;
    ck_assert(!state_check_head("QEVM and so on and on and on", STATE_HEADER, 1ull << 40, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "not a Ferrite snapshot"));
    for (size_t cut = 8; cut < size; cut += cut < 64 ? 1 : 97)
        refused(file, cut, "truncated");
    u8 *longer = malloc(size + 1);
    memcpy(longer, file, size);
    longer[size] = 0;
    refused(longer, size + 1, "damaged");
    free(longer);
    file[8] ^= 3;
    refused(file, size, "format");
    file[8] ^= 3;
    file[size / 2] ^= 0x10;
    refused(file, size, "checksum");
    free(file);
}
END_TEST

/* Save with one set of calls, load with another; what does state_error() say? */
static void save_five(struct state *s, u32 version)
{
    u32 v = 5;
    state_begin(s, "chunk", version);
    state_u32(s, "v", &v);
    state_end(s);
}

START_TEST(foreign_content_is_refused_with_a_reason)
{
    struct state *save = state_new_save();
    save_five(save, 2);
    size_t size;
    const u8 *file = state_finish(save, &size);
    u32 v = 99;
    u16 w = 99;
    u32 vs[2] = {99, 99};

    for (int variant = 0; variant < 6; variant++) {
        struct state *s = state_new_load(file, size, NULL);
        const char *why = "";
        switch (variant) {
        case 0:
            state_begin(s, "other", 2);
            why = "has no \"other\"";
            break;
        case 1:
            state_begin(s, "chunk", 1);
            why = "newer";
            break;
        case 2:
            state_begin(s, "chunk", 2);
            state_u16(s, "v", &w);
            why = "type";
            break;
        case 3:
            state_begin(s, "chunk", 2);
            state_u32s(s, "v", vs, 2);
            why = "elements";
            break;
        case 4:
            state_begin(s, "chunk", 2);
            state_u32(s, "u", &v);
            why = "\"v\" where \"u\"";
            break;
        case 5: /* a field too few */
            state_begin(s, "chunk", 2);
            state_end(s);
            why = "\"v\" where \"\"";
            break;
        }
        ck_assert(!state_ok(s));
        ck_assert_msg(strstr(state_error(s), why) != NULL, "%d: %s", variant, state_error(s));
        /* A failed stream stays failed, with its first reason, and touches nothing. */
        char first[256];
        snprintf(first, sizeof(first), "%s", state_error(s));
        state_u32(s, "v", &v);
        state_end(s);
        state_fail(s, "later");
        ck_assert_str_eq(first, state_error(s));
        ck_assert(v == 99 && w == 99 && vs[0] == 99);
        state_free(s);
    }
    struct state *s = state_new_load(file, size, NULL);
    ck_assert_uint_eq(state_begin(s, "chunk", 7), 2); /* older chunks load */
    state_u32(s, "v", &v);
    state_end(s);
    ck_assert(state_ok(s) && v == 5);
    state_u32(s, "more", &v);
    ck_assert_ptr_nonnull(strstr(state_error(s), "too early"));
    state_free(s);
    state_free(save);
}
END_TEST

static void part(struct state *s, const char *name, u32 version, u8 *v)
{
    ck_assert_uint_eq(state_begin(s, name, version), version & ~STATE_OPTIONAL);
    state_u8(s, "v", v);
    state_end(s);
}

START_TEST(chunks_are_found_by_name)
{
    u8 one = 1, two = 2, three = 3, four = 4;
    struct state *save = state_new_save();
    part(save, "one", 1, &one);
    part(save, "two", 2, &two);
    part(save, "three", 3 | STATE_OPTIONAL, &three);
    part(save, "two", 2, &four); /* of one name: in their order */
    size_t size;
    const u8 *file = state_finish(save, &size);

    struct state *s = state_new_load(file, size, NULL);
    one = two = three = four = 0;
    ck_assert(state_has(s, "three") && state_has(s, "two") && !state_has(s, "four"));
    part(s, "two", 2, &two);
    part(s, "one", 1, &one);
    part(s, "two", 2, &four);
    ck_assert(!state_has(s, "two"));
    ck_assert(state_ok(s) && one == 1 && two == 2 && three == 0 && four == 4);
    char name[STATE_NAME];
    unsigned at = 0;
    bool optional;
    ck_assert(state_unread(s, &at, name, &optional) && optional);
    ck_assert_str_eq(name, "three");
    ck_assert(!state_unread(s, &at, name, &optional));
    part(s, "three", 3, &three); /* the flag is the file's affair */
    ck_assert(state_ok(s) && three == 3);
    state_begin(s, "one", 1); /* once only */
    ck_assert_str_eq(state_error(s), "the snapshot has no \"one\"");
    state_free(s);

    /* No part reads what belongs to the next one. */
    s = state_new_load(file, size, NULL);
    state_begin(s, "one", 1);
    state_u8(s, "v", &one);
    state_end(s);
    state_u8(s, "v", &one);
    ck_assert(!state_ok(s));
    state_free(s);
    state_free(save);
}
END_TEST

START_TEST(a_different_machine_is_refused)
{
    struct state *save = state_new_save();
    state_begin(save, "disk", 1);
    state_same_u64(save, "sectors", 2880);
    state_end(save);
    size_t size;
    const u8 *file = state_finish(save, &size);
    struct state *s = state_new_load(file, size, NULL);
    state_begin(s, "disk", 1);
    state_same_u64(s, "sectors", 1440);
    ck_assert_str_eq(state_error(s),
                     "disk: the snapshot was made with sectors = 2880, this machine has 1440");
    state_free(s);
    state_free(save);
}
END_TEST

/*
 * Mutated files, sealed with the right length and checksum: loading must end, in bounds (the
 * sanitizer build looks), and either succeed or say why not.
 */
START_TEST(hostile_files)
{
    size_t size;
    u8 *good = saved(&size);
    u8 *file = malloc(size);
    struct sample *v = malloc(sizeof(*v));
    unsigned seed = 99;
    int failed = 0;
    for (int round = 0; round < 3000; round++) {
        memcpy(file, good, size);
        size_t len = size;
        seed = seed * 1103515245 + 12345;
        for (unsigned n = 1 + (seed >> 16) % 4; n; n--) {
            seed = seed * 1103515245 + 12345;
            /* Mostly in the first bytes, where the structure is. */
            size_t at = HEADER + (seed >> 8) % (round % 2 ? size - HEADER : 400);
            seed = seed * 1103515245 + 12345;
            file[at] = (seed >> 28) < 4 ? 0xff : (u8)(seed >> 16);
        }
        if (round % 10 == 0) {
            seed = seed * 1103515245 + 12345;
            len = HEADER + (seed >> 8) % (size - HEADER);
        }
        seal(file, len);
        /* An exact-size copy, so that a read past the end is seen. */
        u8 *exact = malloc(len);
        memcpy(exact, file, len);
        struct state *s = state_new_load(exact, len, NULL);
        ck_assert_ptr_nonnull(s);
        memset(v, 0, sizeof(*v));
        sample_state(v, s);
        ck_assert(state_ok(s) == (state_error(s)[0] == 0));
        failed += !state_ok(s);
        state_free(s);
        free(exact);
    }
    ck_assert_int_gt(failed, 500);
    free(v);
    free(file);
    free(good);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *tc = tcase_create("state");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, round_trip);
    tcase_add_test(tc, the_checksum_is_crc32);
    tcase_add_test(tc, the_digest_is_of_everything_saved);
    tcase_add_test(tc, the_hash_is_fnv_1a);
    tcase_add_test(tc, bad_frames_are_refused);
    tcase_add_test(tc, foreign_content_is_refused_with_a_reason);
    tcase_add_test(tc, chunks_are_found_by_name);
    tcase_add_test(tc, a_different_machine_is_refused);
    tcase_add_test(tc, hostile_files);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
