/*
 * test_timeline.c - going back (frontend/timeline/): every instant of a run with keys, mouse, a
 * serial line, changes of speed and resets is reached again with the hash that it had; keeping
 * states changes nothing; what entered later stays where it was, or is forgotten when asked.
 */
#include "frontend/timeline/timeline.h"

#include "hw/base/pages.h"
#include "hw/input/keys.h"
#include "hw/machine/vm_inspect.h"
#include "tests/unit/vm_rig.h"

enum { ROUNDS = 60, INSTANTS = 100 };

static u64 seed;

static u64 random_below(u64 n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (seed >> 33) % n;
}

/*
 * Reads sectors of the diskette, sums them up, stores the sum all over 64 KB, reads keys and the
 * serial port, sends both with the sum to the debug console, and waits for the next interrupt.
 */
static const u8 program[] = {
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
    0x06, 0xb8, 0x00, 0x30, 0x8e, 0xc0,             /* push es; mov ax,3000h; mov es,ax */
    0x89, 0xd7, 0x89, 0xd0, 0xb9, 0x00, 0x04,       /* mov di,dx; mov ax,dx; mov cx,400h */
    0xf3, 0xab, 0x07,                               /* rep stosw; pop es */
    0x88, 0xd0, 0xe6, 0xe9, 0x88, 0xf0, 0xe6, 0xe9, /* mov al,dl; out e9h,al; al,dh; out */
    0xb4, 0x01, 0xcd, 0x16, 0x74, 0x0a,             /* mov ah,1; int 16h; jz +10 */
    0xb4, 0x00, 0xcd, 0x16, 0xe6, 0xe9, 0xb4, 0x0e, 0xcd, 0x10, /* key: out e9h; teletype */
    0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0x06, /* mov dx,3fdh; in al,dx; test al,1; jz +6 */
    0xba, 0xf8, 0x03, 0xec, 0xe6, 0xe9,             /* mov dx,3f8h; in al,dx; out e9h,al */
    0x45, 0x83, 0xfd, 0x28, 0x72, 0x02, 0x31, 0xed, /* inc bp; cmp bp,40; jb +2; xor bp,bp */
    0xf4,                                           /* hlt */
    0xeb, 0x9f,                                     /* jmp again */
};

struct line {
    u8 waiting[64];
    size_t count, said;
};

static size_t line_read(void *opaque, u8 *data, size_t max)
{
    struct line *l = opaque;
    size_t n = l->count < max ? l->count : max;
    memcpy(data, l->waiting, n);
    l->count -= n;
    return n;
}

static void console_write(void *opaque, const u8 *data, size_t len)
{
    (void)data;
    ((struct line *)opaque)->said += len;
}

static struct vm *boot(struct line *l)
{
    struct vm_config c = {.serial[0] = {NULL, line_read, l}, .debugcon = {console_write, NULL, l}};
    *l = (struct line){.count = 0};
    return vm_boot(c, program, sizeof(program));
}

/* Something from outside. */
static void enter(struct vm *vm, struct line *l)
{
    u32 got;
    switch (random_below(11)) {
    case 0:
    case 1:
    case 2: {
        int key = KEY_A + (int)random_below(20);
        vm_key(vm, key, true);
        vm_key(vm, key, false);
        break;
    }
    case 3:
        vm_mouse(vm, (int)random_below(20) - 10, 3, 0, (unsigned)random_below(4));
        break;
    case 4:
    case 5:
        for (l->count = 0; l->count < 5; l->count++)
            l->waiting[l->count] = (u8)random_below(256);
        break;
    case 6:
        vm_set_mips(vm, 10 + (double)random_below(100));
        break;
    case 7:
        vm_stick(vm, 0, (u16)random_below(65536), 7, 1);
        break;
    case 8:
        if (random_below(4) == 0)
            vm_reset(vm);
        break;
    case 9: /* a counter of the timer, and the interrupt controller's mask */
        ck_assert(vm_port_in(vm, 0x40, 1, &got));
        ck_assert(vm_port_out(vm, 0x21, 1, random_below(256)));
        break;
    case 10:
        ck_assert(vm_nmi(vm));
        break;
    }
}

struct noted {
    struct instant at;
    u64 hash;
};

/* The same run each time, in slices of any length; with a timeline or without. */
static void session(struct vm *vm, struct line *l, struct timeline *t, struct noted *noted)
{
    seed = 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        u64 until = vm_now(vm) + random_below(40 * NS_PER_MS);
        while (vm_now(vm) < until) {
            struct err e;
            if (t)
                ck_assert(timeline_look(t, &e));
            u64 next = t && timeline_next(t) < until ? timeline_next(t) : until;
            enum vm_stop why = vm_run(vm, next);
            ck_assert(why == VM_SLICE || why == VM_RESET_REQUEST);
            if (why == VM_RESET_REQUEST)
                vm_reset(vm);
        }
        noted[i] = (struct noted){vm_instant(vm), state_of(vm)};
        enter(vm, l);
    }
}

static struct vm *vm;
static struct line line;
static struct timeline *timeline;
static struct noted noted[ROUNDS];

static void setup(void)
{
    vm = boot(&line);
    timeline = timeline_new(vm, 8 << 20, TIMELINE_STEADY, true);
    ck_assert(timeline != NULL);
    timeline_closer(timeline, 500000);
}

static void teardown(void)
{
    timeline_free(timeline);
    done(vm);
}

static void go(u64 instructions)
{
    struct err e;
    ck_assert_msg(timeline_goto(timeline, instructions, &e), "%s", e.text);
    ck_assert_uint_eq(vm_instructions(vm), instructions);
}

START_TEST(every_instant)
{
    struct noted plain[ROUNDS];
    struct line other_line;
    struct vm *other = boot(&other_line);
    session(vm, &line, timeline, noted);
    session(other, &other_line, NULL, plain);
    ck_assert_int_eq(memcmp(noted, plain, sizeof(plain)), 0); /* nobody notices that it is kept */
    ck_assert_uint_eq(line.said, other_line.said);
    done(other);
    u64 bytes, end = state_of(vm);
    struct instant latest = vm_instant(vm);
    ck_assert_uint_gt(timeline_states(timeline, &bytes), 2);
    ck_assert_uint_le(bytes, 8 << 20);
    size_t said = line.said;
    for (unsigned i = 0; i < INSTANTS; i++) {
        struct err e;
        const struct noted *n = &noted[random_below(ROUNDS)];
        /* Time may go on after that many instructions, while the processor is halted. */
        ck_assert_msg(timeline_goto_time(timeline, n->at.ns, &e), "%s", e.text);
        ck_assert_uint_eq(vm_now(vm), n->at.ns);
        ck_assert_uint_eq(vm_instructions(vm), n->at.instructions);
        ck_assert_uint_eq(state_of(vm), n->hash);
        ck_assert(timeline_away(timeline));
        ck_assert_uint_eq(timeline_latest(timeline).instructions, latest.instructions);
        vm_key(vm, KEY_A, true); /* nothing enters there */
        if (i % 10)
            continue;
        ck_assert_msg(timeline_goto_latest(timeline, &e), "%s", e.text);
        ck_assert(!timeline_away(timeline));
        ck_assert_uint_eq(state_of(vm), end);
    }
    ck_assert_uint_eq(line.said, said); /* nor is anything said twice */
}
END_TEST

/* Between those instants, in both directions, one instruction at a time. */
START_TEST(single_instructions)
{
    enum { STEPS = 50 };
    u64 hash[STEPS];
    session(vm, &line, timeline, noted);
    u64 first = vm_instructions(vm) / 2;
    for (unsigned i = 0; i < STEPS; i++) {
        go(first + i);
        hash[i] = state_of(vm);
        ck_assert(!i || hash[i] != hash[i - 1]);
    }
    for (unsigned i = STEPS; i-- > 0;) {
        go(first + i);
        ck_assert_uint_eq(hash[i], state_of(vm));
    }
}
END_TEST

/* What runs on from the past does what it did, and is in the present again. */
START_TEST(back_to_the_present)
{
    struct err e;
    session(vm, &line, timeline, noted);
    u64 end = state_of(vm);
    struct instant latest = vm_instant(vm), at;
    go(latest.instructions / 3);
    for (unsigned i = 0; timeline_away(timeline) && i < 100000; i++) {
        ck_assert(timeline_look(timeline, &e));
        if (timeline_away(timeline)) {
            u64 next = vm_now(vm) + 3 * NS_PER_MS;
            vm_run(vm, timeline_next(timeline) < next ? timeline_next(timeline) : next);
        }
    }
    ck_assert_uint_eq(vm_now(vm), latest.ns);
    ck_assert_uint_eq(state_of(vm), end);
    /* From one state to the one before, as who looks for something does. */
    at = latest;
    for (unsigned i = 0; at.instructions; i++) {
        struct instant before = at;
        ck_assert_msg(timeline_goto_state_before(timeline, before, &at, &e), "%s", e.text);
        ck_assert(instant_before(at, before));
        ck_assert_uint_eq(vm_instructions(vm), at.instructions);
        ck_assert_uint_lt(i, 1000);
    }
    ck_assert(!timeline_goto_state_before(timeline, at, &at, &e));
    ck_assert(timeline_goto_latest(timeline, &e));
    ck_assert_uint_eq(state_of(vm), end);
}
END_TEST

START_TEST(another_present)
{
    struct err e;
    session(vm, &line, timeline, noted);
    u64 half = vm_instructions(vm) / 2;
    go(half);
    timeline_live(timeline);
    ck_assert(!timeline_away(timeline));
    ck_assert_uint_eq(timeline_latest(timeline).instructions, half);
    ck_assert(!timeline_goto(timeline, half + 1, &e));
    vm_key(vm, KEY_A, true);
    while (vm_instructions(vm) < half + 300000)
        ck_assert_int_eq(vm_run_to(vm, UINT64_MAX, half + 300000), VM_GOAL);
    u64 hash = state_of(vm);
    go(half / 3);
    go(half + 300000);
    ck_assert_uint_eq(state_of(vm), hash);
}
END_TEST

/* In very little memory the past is shorter or coarser, and never wrong. */
START_TEST(little_memory)
{
    const char *why;
    struct instant earliest;
    struct err e;
    timeline_free(timeline);
    timeline = timeline_new(vm, 700 << 10, TIMELINE_STEADY, true);
    timeline_closer(timeline, 500000);
    session(vm, &line, timeline, noted);
    u64 bytes;
    timeline_states(timeline, &bytes);
    ck_assert_uint_le(bytes, 700 << 10);
    ck_assert_msg(timeline_reach(timeline, &earliest, &why), "%s", why);
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool kept = noted[i].at.ns >= earliest.ns;
        ck_assert_int_eq(timeline_goto_time(timeline, noted[i].at.ns, &e), kept);
        if (kept)
            ck_assert_uint_eq(state_of(vm), noted[i].hash);
    }
}
END_TEST

/* A snapshot makes it another machine. */
START_TEST(barriers)
{
    u8 *bytes;
    size_t size;
    struct err e;
    struct instant earliest;
    const char *why;
    session(vm, &line, timeline, noted);
    ck_assert(vm_save(vm, &bytes, &size, &e));
    ck_assert(vm_run(vm, vm_now(vm) + NS_PER_MS) == VM_SLICE);
    ck_assert_msg(vm_load(vm, bytes, size, &e), "%s", e.text);
    free(bytes);
    ck_assert(timeline_look(timeline, &e));
    ck_assert(!timeline_reach(timeline, &earliest, &why));
    ck_assert(!timeline_goto(timeline, 1000, &e));
}
END_TEST

/* ---- pages ---- */

START_TEST(pages_by_contents)
{
    struct pages *p = pages_new();
    struct page_list a, b;
    static u8 bytes[KEPT_PAGE];
    ck_assert(page_list_new(&a, 3000));
    ck_assert_uint_eq(pages_keep(p, bytes), PAGES_ZERO);
    for (u32 i = 0; i < 3000; i++) {
        put_le32(bytes, 1 + i % 1000);
        ck_assert(page_list_set(&a, p, i, pages_keep(p, bytes)));
    }
    u64 size = pages_size(p);
    ck_assert_uint_lt(size, 1100 * (KEPT_PAGE + 64));
    ck_assert(page_list_copy(&b, &a));
    ck_assert(page_list_resize(&a, p, 10));
    ck_assert(page_list_resize(&a, p, 2000));
    ck_assert_uint_eq(page_list_at(&a, 10), PAGES_ZERO);
    ck_assert_uint_eq(get_le32(pages_bytes(p, page_list_at(&a, 9))), 10);
    ck_assert_uint_eq(get_le32(pages_bytes(p, page_list_at(&b, 2999))), 1000);
    put_le32(bytes, 7777);
    ck_assert(page_list_set(&b, p, 1, pages_keep(p, bytes)));
    ck_assert_uint_eq(get_le32(pages_bytes(p, page_list_at(&a, 1))), 2);
    page_list_free(&b, p);
    page_list_free(&a, p);
    ck_assert_uint_lt(pages_size(p), size / 100);
    put_le32(bytes, 5); /* the room is used again */
    ck_assert_uint_ne(pages_keep(p, bytes), PAGES_NONE);
    pages_free(p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("timeline");
    TCase *t = tcase_create("timeline");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_instant);
    tcase_add_test(t, single_instructions);
    tcase_add_test(t, back_to_the_present);
    tcase_add_test(t, another_present);
    tcase_add_test(t, little_memory);
    tcase_add_test(t, barriers);
    suite_add_tcase(s, t);
    TCase *p = tcase_create("pages");
    tcase_add_test(p, pages_by_contents);
    suite_add_tcase(s, p);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
