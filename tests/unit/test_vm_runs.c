/*
 * test_vm_runs.c - a run is the same however it is cut, saved and loaded, through hw/machine/vm.h;
 * a snapshot that is not whole is refused; hashes tell runs apart.
 */
#define _GNU_SOURCE /* memmem */
#include "hw/base/state.h"
#include "hw/input/keys.h"
#include "sealed.h"
#include "tests/unit/vm_rig.h"

/* Reads diskette sectors round and round, echoes keys, sums everything up on the debug console. */
static const u8 busy[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* xor ax,ax; mov ds,ax; es; ss */
    0xbc, 0x00, 0x7c,                               /* mov sp,7c00h */
    0xfb,                                           /* sti */
    0xbd, 0x00, 0x00,                               /* mov bp,0: cylinder */
    /* 7c0f again: */
    0xb8, 0x08, 0x02, 0xbb, 0x00, 0x80,             /* mov ax,0208h; mov bx,8000h */
    0x89, 0xe9, 0x88, 0xcd, 0xb1, 0x01,             /* mov cx,bp; mov ch,cl; mov cl,1 */
    0xba, 0x00, 0x00, 0xcd, 0x13,                   /* mov dx,0; int 13h */
    0xbe, 0x00, 0x80, 0xb9, 0x00, 0x08, 0x31, 0xd2, /* mov si,8000h; mov cx,800h; xor dx,dx */
    0xad, 0x01, 0xc2, 0xd1, 0xc2, 0xe2, 0xf9,       /* lodsw; add dx,ax; rol dx,1; loop -7 */
    0x88, 0xd0, 0xe6, 0xe9, 0x88, 0xf0, 0xe6, 0xe9, /* mov al,dl; out e9h,al; al,dh; out */
    0xb4, 0x01, 0xcd, 0x16, 0x74, 0x0a,             /* mov ah,1; int 16h; jz +10 */
    0xb4, 0x00, 0xcd, 0x16, 0xe6, 0xe9, 0xb4, 0x0e, 0xcd, 0x10, /* key: out e9h; teletype */
    0x45, 0x83, 0xfd, 0x28, 0x72, 0x02, 0x31, 0xed, /* inc bp; cmp bp,40; jb +2; xor bp,bp */
    0xf4,                                           /* hlt */
    0xeb, 0xbd,                                     /* jmp again */
};

static struct vm *boot(struct sink *console)
{
    struct vm_config c = {.jit = VM_JIT_OFF};
    if (console)
        c.debugcon = sink_stream(console);
    return vm_boot(c, busy, sizeof(busy));
}

static void type(struct vm *vm, int key)
{
    vm_key(vm, key, true);
    vm_key(vm, key, false);
}

START_TEST(slices_do_not_show)
{
    static struct sink ca, cb;
    ca.count = cb.count = 0;
    struct vm *a = boot(&ca), *b = boot(&cb);
    for (u64 t = 1; t <= 30; t++) {
        type(a, KEY_A + (int)t % 8);
        type(b, KEY_A + (int)t % 8);
        ck_assert_int_eq(vm_run(a, t * 100 * NS_PER_MS), VM_SLICE);
        run_in_pieces(b, t * 100 * NS_PER_MS, 12345);
    }
    ck_assert_uint_gt(ca.count, 20);
    ck_assert_uint_eq(ca.count, cb.count);
    ck_assert_int_eq(memcmp(ca.bytes, cb.bytes, sizeof(ca.bytes)), 0);
    same(a, b);
    done(a);
    done(b);
}
END_TEST

START_TEST(snapshot_continues_identically)
{
    static struct sink ca, cb;
    static const u64 points[] = {3, 57, 333, 700, 1111, 2345}; /* ms: POST, boot, program */
    for (unsigned i = 0; i < ARRAY_SIZE(points); i++) {
        struct err e;
        u8 *bytes;
        size_t size;
        ca.count = cb.count = 0;
        struct vm *a = boot(&ca);
        type(a, KEY_X);
        vm_run(a, points[i] * NS_PER_MS);
        for (int k = 0; k < 10; k++) /* still queued when it is saved */
            type(a, KEY_Q + k);
        vm_mouse(a, 5, 7, 0, 1);
        ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
        struct vm *b = boot(&cb);
        vm_run(b, 1500 * NS_PER_MS); /* somewhere else altogether */
        cb.count = 0;
        size_t seen = ca.count;
        ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
        same(a, b);
        u64 end = vm_now(a) + 1500 * NS_PER_MS;
        vm_run(a, end);
        run_in_pieces(b, end, 54321);
        same(a, b);
        ck_assert_uint_eq(ca.count - seen, cb.count);
        ck_assert_int_eq(memcmp(ca.bytes + seen, cb.bytes, cb.count), 0);
        free(bytes);
        done(a);
        done(b);
    }
}
END_TEST

/* Into a machine that runs at another speed and stands elsewhere in its queues. */
START_TEST(snapshot_forgets_the_other_life)
{
    static struct sink ca, cb;
    struct err e;
    u8 *bytes;
    size_t size;
    ca.count = cb.count = 0;
    struct vm *a = boot(&ca), *b = boot(&cb);
    vm_set_mips(a, 3); /* periods with a rest in picoseconds */
    vm_set_mips(b, 7);
    for (unsigned i = 1; i < 5; i++) {
        vm_mouse(b, 1, 1, 0, 0);
        vm_run(b, i * 70 * NS_PER_MS + 12345);
    }
    for (unsigned i = 0; i < 10; i++)
        run_in_pieces(a, vm_now(a) + 777, 100);
    vm_mouse(a, 5, 7, 0, 1);
    vm_mouse(a, 6, -7, 0, 0);
    ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
    ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
    ck_assert_uint_eq(vm_now(a), vm_now(b));
    for (unsigned i = 0; i < 1000; i++) {
        u64 to = vm_now(a) + 1000;
        vm_run(a, to);
        vm_run(b, to);
        ck_assert_uint_eq(vm_now(a), vm_now(b));
        ck_assert_uint_eq(vm_instructions(a), vm_instructions(b));
    }
    vm_run(a, vm_now(a) + 50 * NS_PER_MS);
    vm_run(b, vm_now(b) + 50 * NS_PER_MS);
    same(a, b);
    free(bytes);
    done(a);
    done(b);
}
END_TEST

START_TEST(exit_status_is_saved)
{
    static const u8 code[] = {0xb0, 0x2a, 0xe6, 0xf4, 0xeb, 0xfe}; /* al=2ah; out f4h; jmp $ */
    struct err e;
    u8 *bytes;
    size_t size;
    struct vm *a = vm_boot((struct vm_config){.ram_mb = 0}, code, sizeof(code));
    ck_assert_int_eq(run_until_stop(a), VM_DEBUG_EXIT);
    ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
    struct vm *b = vm_boot((struct vm_config){.ram_mb = 0}, code, sizeof(code));
    ck_assert_int_eq(vm_exit_status(b), 0);
    ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
    ck_assert_int_eq(vm_exit_status(b), 0x55);
    free(bytes);
    done(a);
    done(b);
}
END_TEST

static struct vm *boot_traced(struct sink *console, struct log *log)
{
    struct vm_config c = {.debugcon = sink_stream(console), .log = log};
    return vm_boot(c, busy, sizeof(busy));
}

/* Slices, saving, loading: none of it shows. One key more does. */
START_TEST(hashes_tell_runs_apart)
{
    static struct sink ca, cb, cc;
    struct log silent = {.mask = 0}, log = {.mask = LOG_HASH};
    struct err e;
    u8 *bytes;
    size_t size;
    u64 off;
    struct vm *a = boot_traced(&ca, &log), *b = boot_traced(&cb, &log);
    struct vm *untraced = boot_traced(&cc, &silent);
    ck_assert_uint_eq(state_of(a), state_of(b));
    for (int i = 1; i <= 12; i++) {
        type(a, KEY_A + i);
        type(b, KEY_A + i);
        type(untraced, KEY_A + i);
        u64 end = (u64)i * 100 * NS_PER_MS, trace = trace_of(a);
        vm_run(a, end);
        run_in_pieces(b, end, 1234567);
        vm_run(untraced, end);
        ck_assert_uint_ne(trace_of(a), trace);
        ck_assert_uint_eq(trace_of(a), trace_of(b));
        ck_assert_uint_eq(state_of(a), state_of(b));
        ck_assert_uint_eq(state_of(a), state_of(untraced));
        if (i % 4)
            continue;
        /* b goes on in another process, as it were. */
        ck_assert_msg(vm_save(b, &bytes, &size, &e), "%s", e.text);
        done(b);
        b = boot_traced(&cb, &log);
        ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
        free(bytes);
        ck_assert_uint_eq(state_of(a), state_of(b));
        ck_assert_uint_eq(trace_of(a), trace_of(b));
    }
    ck_assert(!vm_trace_hash(untraced, &off));
    /* Of a run that was not traced there is no trace to go on with: it begins. */
    ck_assert_msg(vm_save(untraced, &bytes, &size, &e), "%s", e.text);
    struct vm *fresh = boot_traced(&cc, &log);
    u64 beginning = trace_of(fresh);
    ck_assert_msg(vm_load(fresh, bytes, size, &e), "%s", e.text);
    ck_assert_uint_eq(trace_of(fresh), beginning);
    done(fresh);
    free(bytes);
    type(a, KEY_Z);
    vm_run(a, 1300 * NS_PER_MS);
    vm_run(b, 1300 * NS_PER_MS);
    ck_assert_uint_ne(trace_of(a), trace_of(b));
    ck_assert_uint_ne(state_of(a), state_of(b));
    done(a);
    done(b);
    done(untraced);
}
END_TEST

START_TEST(hashes_are_logged_at_round_numbers)
{
    static const u8 spin[] = {0xeb, 0xfe};
    FILE *lines = tmpfile();
    struct log log = {.mask = LOG_HASH, .out = lines};
    struct vm *vm = vm_boot((struct vm_config){.log = &log}, spin, sizeof(spin));
    vm_run(vm, 500 * NS_PER_MS);
    ck_assert_uint_gt(vm_instructions(vm), 3 << 20);
    rewind(lines);
    for (unsigned long long i = 1; i <= vm_instructions(vm) >> 20; i++) {
        unsigned long long n, hash;
        ck_assert_int_eq(fscanf(lines, "hash: %llu %16llx\n", &n, &hash), 2);
        ck_assert_uint_eq(n, i << 20);
    }
    fclose(lines);
    done(vm);
}
END_TEST

START_TEST(refused_snapshot_changes_nothing)
{
    struct err e;
    u8 *bytes, *now, *after;
    size_t size, now_size, after_size;
    struct vm *vm = boot(NULL);
    vm_run(vm, 300 * NS_PER_MS);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    vm_run(vm, 600 * NS_PER_MS);
    ck_assert(vm_save(vm, &now, &now_size, &e));
    bytes[size / 2] ^= 1;
    ck_assert(!vm_load(vm, bytes, size, &e));
    bytes[size / 2] ^= 1;
    ck_assert(!vm_load(vm, bytes, size - 7, &e));
    ck_assert(!vm_load(vm, (const u8 *)"nonsense", 8, &e));
    /* One that is intact but of another machine fails half-way in and is undone. */
    struct vm_config c = {.ram_mb = 3};
    struct vm *other = vm_new(&c, &e);
    u8 *foreign;
    size_t foreign_size;
    vm_run(other, 10 * NS_PER_MS);
    ck_assert(vm_save(other, &foreign, &foreign_size, &e));
    ck_assert(!vm_load(vm, foreign, foreign_size, &e));
    ck_assert_str_ne(e.text, "");
    ck_assert(vm_save(vm, &after, &after_size, &e));
    ck_assert_uint_eq(now_size, after_size);
    ck_assert_int_eq(memcmp(now, after, now_size), 0);
    ck_assert(vm_load(vm, bytes, size, &e));
    free(bytes);
    free(now);
    free(after);
    free(foreign);
    done(vm);
    done(other);
}
END_TEST

/* The last part of a machine, where it begins in the file. */
static size_t last_part(const u8 *bytes, size_t size)
{
    static const u8 head[] = {0xb0, 5, 'i', 'n', 'p', 'u', 't'};
    size_t at = size - sizeof(head);
    while (memcmp(bytes + at, head, sizeof(head)) != 0)
        ck_assert_uint_gt(at--, STATE_HEADER);
    return at;
}

static bool load_sealed(struct vm *vm, u8 *bytes, size_t size, struct err *e)
{
    seal(bytes, size);
    return vm_load(vm, bytes, size, e);
}

START_TEST(parts_of_a_snapshot)
{
    struct err e;
    u8 *bytes;
    size_t size, noted_size;
    char *noted;
    struct log log = {.mask = LOG_RESET, .out = open_memstream(&noted, &noted_size)};
    struct sink console = {.count = 0};
    struct vm *vm = boot(NULL);
    struct vm *other = boot_traced(&console, &log);
    vm_run(vm, 300 * NS_PER_MS);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    size_t last = last_part(bytes, size), len = size - last;
    u8 *changed = malloc(size + 64);

    /* In another order. */
    memcpy(changed, bytes, STATE_HEADER);
    memcpy(changed + STATE_HEADER, bytes + last, len);
    memcpy(changed + STATE_HEADER + len, bytes + STATE_HEADER, last - STATE_HEADER);
    ck_assert_msg(load_sealed(other, changed, size, &e), "%s", e.text);
    ck_assert_uint_eq(state_of(vm), state_of(other));

    /* One missing. */
    vm_run(other, 400 * NS_PER_MS);
    u64 before = state_of(other);
    memcpy(changed, bytes, last);
    ck_assert(!load_sealed(other, changed, last, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "no \"input\""));
    ck_assert_uint_eq(before, state_of(other));

    /* One too many: refused, unless it says that it may be skipped. */
    static const u8 more[] = {0xb0, 4, 'm', 'o', 'r', 'e', 1, 0, 0, 0, 0xe0, 0};
    memcpy(changed, bytes, size);
    memcpy(changed + size, more, sizeof(more));
    ck_assert(!load_sealed(other, changed, size + sizeof(more), &e));
    ck_assert_ptr_nonnull(strstr(e.text, "\"more\""));
    ck_assert_uint_eq(before, state_of(other));
    put_le32(changed + size + 6, 1 | STATE_OPTIONAL);
    ck_assert_msg(load_sealed(other, changed, size + sizeof(more), &e), "%s", e.text);
    ck_assert_uint_eq(state_of(vm), state_of(other));
    fclose(log.out);
    log.out = stderr;
    ck_assert_ptr_nonnull(strstr(noted, "this machine has no more"));
    free(noted);
    free(changed);
    free(bytes);
    done(vm);
    done(other);
}
END_TEST

/* A speed that no configuration can have: a slice of it would take the host for ever. */
START_TEST(impossible_speed_is_refused)
{
    static const u64 period[] = {0, 1, 9, 10, 100000000, 100000001, ~0ull};
    struct err e;
    u8 *bytes;
    size_t size;
    struct vm *vm = boot(NULL);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    u8 *field = memmem(bytes, size, "period_ps", 9);
    ck_assert_ptr_nonnull(field);
    for (unsigned i = 0; i < ARRAY_SIZE(period); i++) {
        put_le64(field + 9 + 8, period[i]);
        ck_assert_int_eq(load_sealed(vm, bytes, size, &e),
                         period[i] == 10 || period[i] == 100000000);
    }
    free(bytes);
    done(vm);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm runs");
    TCase *t = tcase_create("runs");
    tcase_set_timeout(t, 110);
    tcase_add_test(t, slices_do_not_show);
    tcase_add_test(t, snapshot_continues_identically);
    tcase_add_test(t, snapshot_forgets_the_other_life);
    tcase_add_test(t, exit_status_is_saved);
    tcase_add_test(t, hashes_tell_runs_apart);
    tcase_add_test(t, hashes_are_logged_at_round_numbers);
    tcase_add_test(t, refused_snapshot_changes_nothing);
    tcase_add_test(t, parts_of_a_snapshot);
    tcase_add_test(t, impossible_speed_is_refused);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
