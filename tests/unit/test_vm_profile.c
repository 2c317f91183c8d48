/*
 * test_vm_profile.c - what was counted of a whole machine (hw/machine/vm_profile.h), and the files
 * that are made of it (frontend/profile/). The guest is the built-in BIOS and a boot sector.
 */
#include "frontend/profile/profile_files.h"
#include "tests/unit/vm_rig.h"

/* clang-format off */
static const u8 boot_sector[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, /* 7c00 start: xor ax,ax; mov ds,ax; mov ss,ax */
    0xbc, 0x00, 0x7c, 0xfb,             /* 7c06 mov sp,7c00h; sti */
    0xb9, 0x64, 0x00,                   /* 7c0a mov cx,100 */
    0xe8, 0x10, 0x00,                   /* 7c0d again: call 7c20 */
    0xe2, 0xfb,                         /* 7c10 loop again */
    0xb8, 0x2e, 0x0e, 0xcd, 0x10,       /* 7c12 mov ax,0e2eh; int 10h */
    0xf4,                               /* 7c17 hlt */
    0xeb, 0xf0,                         /* 7c18 jmp 7c0a */
    [0x20] =
    0xff, 0x06, 0x00, 0x70,             /* 7c20 work: inc word [7000h] */
    0xc3,                               /* 7c24 ret */
};
/* clang-format on */

static const char map[] = "0000:7c00 start\n0000:7c20 work\n";

static struct vm *boot(void)
{
    return vm_boot((struct vm_config){.jit = VM_JIT_ON, .log = hashing()}, boot_sector,
                   sizeof(boot_sector));
}

static u32 symbol_at(void *symbols, u32 lin)
{
    return symbols_at(symbols, lin);
}

static struct symbols *names(void)
{
    struct err e;
    struct symbols *s = symbols_new();
    ck_assert(symbols_read(s, "boot.map", (const u8 *)map, strlen(map), 0, &e));
    return s;
}

static const u64 END = 600 * NS_PER_MS;

/* In slices of all lengths, switched off and on again. */
START_TEST(the_guest_does_not_notice)
{
    struct vm *a = boot();
    struct symbols *s = names();
    vm_run(a, END);
    struct vm *b = boot();
    struct vm_profile *p = vm_profile_new(b, symbol_at, s);
    u64 counted = 0, before = 0;
    unsigned i = 0;
    for (u64 at = 0; at < END; i++) {
        bool on = i % 3 != 2;
        at = at + 7 * NS_PER_MS < END ? at + 7 * NS_PER_MS : END;
        vm_profile_count(p, on);
        ck_assert(vm_profile_counts(p) == on);
        before = vm_instructions(b);
        vm_run(b, at);
        counted += on ? vm_instructions(b) - before : 0;
        ck_assert_uint_eq(vm_profile_total(p), counted);
    }
    same_run(a, b);
    vm_profile_free(p);
    symbols_free(s);
    done(a);
    done(b);
}
END_TEST

/* A whole boot, counted from the first instruction on. */
struct counted {
    struct vm *vm;
    struct symbols *s;
    struct vm_profile *p;
};

static struct counted count_boot(void)
{
    struct counted k = {.vm = boot(), .s = names()};
    k.p = vm_profile_new(k.vm, symbol_at, k.s);
    vm_profile_count(k.p, true);
    vm_run(k.vm, END);
    ck_assert_uint_eq(vm_profile_total(k.p), vm_instructions(k.vm));
    return k;
}

static void counted_free(struct counted *k)
{
    vm_profile_free(k->p);
    symbols_free(k->s);
    done(k->vm);
}

START_TEST(a_snapshot_is_another_stack)
{
    struct err e;
    struct counted k = count_boot();
    u8 *bytes = NULL;
    size_t size = 0;
    u64 at = vm_instructions(k.vm);
    ck_assert_msg(vm_save(k.vm, &bytes, &size, &e), "%s", e.text);
    vm_run(k.vm, END + 50 * NS_PER_MS);
    u64 more = vm_instructions(k.vm) - at;
    ck_assert_msg(vm_load(k.vm, bytes, size, &e), "%s", e.text);
    ck_assert_uint_eq(vm_instructions(k.vm), at);
    vm_run(k.vm, END + 50 * NS_PER_MS);
    ck_assert_uint_eq(vm_profile_total(k.p), at + 2 * more);
    free(bytes);
    counted_free(&k);
}
END_TEST

/* ---- files ---- */

static char *written(const struct counted *k, size_t *size,
                     void (*fn)(const struct vm_profile *, const struct symbols *, FILE *))
{
    char *text = NULL;
    FILE *f = open_memstream(&text, size);
    fn(k->p, k->s, f);
    ck_assert_int_eq(fclose(f), 0);
    return text;
}

/* The instructions of one chain. */
static u64 folded(const char *text, const char *chain)
{
    size_t n = strlen(chain);
    for (const char *at = text; *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, chain, n) == 0 && at[n] == ' ')
            return strtoull(at + n, NULL, 10);
    return 0;
}

START_TEST(folded_stacks)
{
    struct counted k = count_boot();
    size_t size;
    char *text = written(&k, &size, profile_write_folded);
    u64 sum = 0, in_start = 0, rounds;
    for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
        const char *end = strchr(at, '\n'), *blank = memchr(at, ' ', (size_t)(end - at));
        ck_assert_ptr_nonnull(blank);
        ck_assert_ptr_eq(memchr(blank + 1, ' ', (size_t)(end - blank - 1)), NULL);
        sum += strtoull(blank, NULL, 10);
    }
    ck_assert_uint_eq(sum, vm_instructions(k.vm));
    /* INC and RET, a hundred times a round; the loop, and what is around it */
    u64 work = folded(text, "start;work");
    ck_assert_uint_gt(work, 1000);
    rounds = work / 200;
    in_start = folded(text, "start");
    ck_assert_uint_ge(in_start, rounds * 200 + 5);
    ck_assert_uint_le(in_start, (rounds + 1) * 205 + 5);
    /* INT 10h, of which the BIOS has no symbol here */
    ck_assert_ptr_nonnull(strstr(text, "\nstart;int10@"));
    free(text);
    counted_free(&k);
}
END_TEST

START_TEST(speedscope)
{
    struct counted k = count_boot();
    size_t size = 0;
    char *text = NULL;
    FILE *f = open_memstream(&text, &size);
    profile_write_speedscope(k.p, k.s, "a \"title\"\n", f);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_ptr_nonnull(strstr(text, "\"name\":\"a \\\"title\\\"\\u000a\""));
    ck_assert_ptr_nonnull(strstr(text, "{\"name\":\"work\"}"));
    ck_assert_ptr_nonnull(strstr(text, "\"unit\":\"none\""));
    /* as many samples as weights, whose sum is the end */
    const char *samples = strstr(text, "\"samples\":["), *weights = strstr(text, "\"weights\":[");
    ck_assert(samples && weights && samples < weights);
    unsigned n = 0, m = 1;
    for (const char *c = samples + 11; c < weights; c++)
        n += *c == '[';
    u64 sum = 0;
    const char *at = weights + strlen("\"weights\":[");
    for (char *end;; at = end + 1, m++) {
        sum += strtoull(at, &end, 10);
        if (*end != ',')
            break;
    }
    ck_assert_uint_eq(n, m);
    ck_assert_uint_eq(sum, vm_instructions(k.vm));
    char value[60];
    snprintf(value, sizeof(value), "\"endValue\":%llu,", (unsigned long long)sum);
    ck_assert_ptr_nonnull(strstr(text, value));
    free(text);
    counted_free(&k);
}
END_TEST

struct bb {
    u32 start;
    u16 size, module;
};

static unsigned drcov_blocks(const char *text, size_t size, struct bb *out, unsigned most)
{
    const char *table = strstr(text, "BB Table: ");
    ck_assert_ptr_nonnull(table);
    unsigned n = (unsigned)strtoul(table + 10, NULL, 10);
    const u8 *at = (const u8 *)strchr(table, '\n') + 1;
    ck_assert_uint_eq(size, (size_t)(at - (const u8 *)text) + 8 * n);
    ck_assert_uint_le(n, most);
    for (unsigned i = 0; i < n; i++, at += 8)
        out[i] = (struct bb){get_le32(at), get_le16(at + 4), get_le16(at + 6)};
    return n;
}

START_TEST(drcov)
{
    static const struct bb expected[] = {
        /* of the map: from 7c00 on */
        {0x00, 6, 0}, {0x06, 4, 0}, {0x0a, 6, 0}, {0x10, 2, 0},
        {0x12, 5, 0}, {0x17, 1, 0}, {0x18, 2, 0}, {0x20, 5, 0},
    };
    static struct bb block[10000];
    struct counted k = count_boot();
    size_t size;
    char *text = written(&k, &size, coverage_write_drcov);
    ck_assert_ptr_eq(strstr(text, "DRCOV VERSION: 2\nDRCOV FLAVOR: ferrite\n"), text);
    ck_assert_ptr_nonnull(strstr(text, "Module Table: version 2, count 2\n"));
    ck_assert_ptr_nonnull(strstr(text, ", boot.map\n"));
    unsigned n = drcov_blocks(text, size, block, ARRAY_SIZE(block));
    ck_assert_uint_gt(n, 200); /* the BIOS */
    bool covered[0x25] = {false};
    for (unsigned i = 0; i < n; i++) {
        ck_assert_uint_le(block[i].module, 1);
        ck_assert_uint_gt(block[i].size, 0);
        if (block[i].module == 0)
            for (u32 b = block[i].start; b < block[i].start + block[i].size; b++)
                covered[b] = true;
    }
    for (unsigned b = 0; b < sizeof(covered); b++) {
        bool in = false;
        for (unsigned i = 0; i < ARRAY_SIZE(expected); i++)
            in |= b >= expected[i].start && b < expected[i].start + (u32)expected[i].size;
        ck_assert_msg(covered[b] == in, "byte %x", b);
    }
    free(text);
    counted_free(&k);
}
END_TEST

/* Without a file that has lines there is nothing to say, and that is said. */
START_TEST(lcov_wants_lines)
{
    struct err e;
    struct symbols *s = names();
    ck_assert_ptr_eq(source_lines_read(s, &e), NULL);
    ck_assert_ptr_nonnull(strstr(e.text, "DWARF"));
    ck_assert_ptr_eq(source_lines_read(NULL, &e), NULL);
    symbols_free(s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm_profile");
    TCase *t = tcase_create("vm_profile");
    tcase_add_test(t, the_guest_does_not_notice);
    tcase_add_test(t, a_snapshot_is_another_stack);
    tcase_add_test(t, folded_stacks);
    tcase_add_test(t, speedscope);
    tcase_add_test(t, drcov);
    tcase_add_test(t, lcov_wants_lines);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
