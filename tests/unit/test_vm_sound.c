/*
 * test_vm_sound.c - a machine's sound through hw/machine/vm.h: a guest that plays a siren on its
 * speaker sounds the same in every run, however the run is cut, and across a snapshot; and it is
 * the same guest whether somebody listens or not.
 */
#include "tests/unit/vm_rig.h"

enum { ROOM = 200000 };

/* in al,61h; or al,3; out 61h,al; mov al,0b6h; out 43h,al; then counts 700, 737 ... 4000 into 42h,
 * each for 3000 reads of port 61h, again and again. */
static const u8 siren[] = {0xe4, 0x61, 0x0c, 0x03, 0xe6, 0x61, 0xb0, 0xb6, 0xe6, 0x43,
                           0xbb, 0xbc, 0x02, 0x88, 0xd8, 0xe6, 0x42, 0x88, 0xf8, 0xe6,
                           0x42, 0xb9, 0xb8, 0x0b, 0xe4, 0x61, 0xe2, 0xfc, 0x83, 0xc3,
                           0x25, 0x81, 0xfb, 0xa0, 0x0f, 0x72, 0xe8, 0xeb, 0xe3};

struct ear {
    struct sound_frame frame[ROOM];
    unsigned count;
    u64 first, next;
};

static struct ear one, two;

static void hear(void *opaque, const struct sound_frame *frames, unsigned count, u64 first)
{
    struct ear *ear = opaque;
    ck_assert(!ear->count || first == ear->next);
    ear->first = ear->count ? ear->first : first;
    ear->next = first + count;
    for (unsigned i = 0; i < count && ear->count < ROOM; i++)
        ear->frame[ear->count++] = frames[i];
}

static struct vm *boot(struct ear *ear)
{
    struct vm *vm = vm_boot((struct vm_config){.ram_mb = 0}, siren, sizeof(siren));
    if (ear) {
        struct sound_sink sink = {hear, ear};
        memset(ear, 0, sizeof(*ear));
        ck_assert(vm_sound_listen(vm, &sink));
    }
    return vm;
}

static void run(struct vm *vm, u64 until, u64 step)
{
    while (vm_now(vm) < until)
        ck_assert_int_eq(vm_run(vm, vm_now(vm) + step < until ? vm_now(vm) + step : until),
                         VM_SLICE);
}

/* Of both, as far as both have heard: where pieces end is not the guest's matter. */
static void same_sound(const struct ear *a, unsigned from, const struct ear *b, unsigned at_least)
{
    unsigned n = a->count - from < b->count ? a->count - from : b->count;
    ck_assert_uint_eq(a->first + from, b->first);
    ck_assert_uint_ge(n, at_least);
    ck_assert_mem_eq(a->frame + from, b->frame, n * sizeof(a->frame[0]));
}

START_TEST(same_run_same_sound)
{
    struct vm *a = boot(&one), *b = boot(&two);
    unsigned loud = 0;
    run(a, 3 * NS_PER_SEC, NS_PER_SEC);
    run(b, 3 * NS_PER_SEC, 1234567);
    same_sound(&one, 0, &two, 142000);
    for (unsigned i = 0; i < one.count; i++)
        loud += abs(one.frame[i].left) > 3000;
    ck_assert_uint_gt(loud, one.count / 2);
    ck_assert_uint_eq(state_of(a), state_of(b));
    vm_free(a, NULL);
    vm_free(b, NULL);
}
END_TEST

START_TEST(snapshot_in_mid_note)
{
    struct err e;
    u8 *bytes;
    size_t size;
    struct vm *a = boot(&one), *b = boot(&two);
    run(a, 1537 * NS_PER_MS, 10 * NS_PER_MS);
    ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
    unsigned heard = one.count;
    run(b, 800 * NS_PER_MS, 10 * NS_PER_MS);
    ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
    memset(&two, 0, sizeof(two)); /* what came before */
    run(a, 3 * NS_PER_SEC, 10 * NS_PER_MS);
    run(b, 3 * NS_PER_SEC, 7 * NS_PER_MS);
    same_sound(&one, heard, &two, 65000);
    /* And back to it in the machine that it is from. */
    memset(&two, 0, sizeof(two));
    struct sound_sink other = {hear, &two}, own = {hear, &one};
    vm_sound_leave(a, &own);
    ck_assert(vm_sound_listen(a, &other));
    ck_assert(vm_load(a, bytes, size, &e));
    memset(&two, 0, sizeof(two));
    run(a, 3 * NS_PER_SEC, 9 * NS_PER_MS);
    same_sound(&one, heard, &two, 65000);
    free(bytes);
    vm_free(a, NULL);
    vm_free(b, NULL);
}
END_TEST

START_TEST(listening_changes_nothing)
{
    struct vm *a = boot(&one), *b = boot(NULL);
    run(a, 2 * NS_PER_SEC, 10 * NS_PER_MS);
    run(b, 2 * NS_PER_SEC, 10 * NS_PER_MS);
    ck_assert_uint_eq(vm_instructions(a), vm_instructions(b));
    ck_assert_uint_eq(state_of(a), state_of(b));
    struct sound_sink sink = {hear, &one};
    vm_sound_leave(a, &sink);
    unsigned heard = one.count;
    run(a, 3 * NS_PER_SEC, 10 * NS_PER_MS);
    run(b, 3 * NS_PER_SEC, 10 * NS_PER_MS);
    ck_assert_uint_eq(one.count, heard);
    ck_assert_uint_eq(state_of(a), state_of(b));
    vm_free(a, NULL);
    vm_free(b, NULL);
}
END_TEST

START_TEST(volumes_by_name)
{
    struct vm *a = boot(&one);
    struct vm_sound s;
    bool found = false;
    for (unsigned i = 0; vm_sound_source(a, i, &s); i++)
        found |= strcmp(s.name, "speaker") == 0 && s.volume == 100 && !s.muted;
    ck_assert(found);
    ck_assert(!vm_sound_set(a, "no such", 50, false));
    ck_assert(vm_sound_set(a, "speaker", 50, true));
    run(a, 2 * NS_PER_SEC, 10 * NS_PER_MS);
    for (unsigned i = 0; i < one.count; i++)
        ck_assert_int_eq(one.frame[i].left, 0);
    ck_assert(vm_sound_set(a, NULL, 50, false));
    unsigned from = one.count;
    run(a, 3 * NS_PER_SEC, 10 * NS_PER_MS);
    int most = 0;
    for (unsigned i = from; i < one.count; i++)
        most = one.frame[i].left > most ? one.frame[i].left : most;
    ck_assert_int_gt(most, 2000);
    ck_assert_int_lt(most, 5000);
    vm_free(a, NULL);
}
END_TEST

START_TEST(what_programs_read_of_a_card)
{
    static const struct {
        const char *row, *want; /* a name alone: as the card comes */
    } card[] = {
        {"sb16", "BLASTER=A220 I5 D1 H5 P330 T6"},
        {"sb16,addr=240,irq=9,dma=3,hdma=7,mpu=0", "BLASTER=A240 I2 D3 H7 T6"},
        {"sbpro2,irq=7", "BLASTER=A220 I7 D1 T4"},
        {"sb1", "BLASTER=A220 I5 D1 T1"},
        {"gus", "ULTRASND=240,3,3,11,11"},
        {"gus,addr=260,irq=7,dma=1", "ULTRASND=260,1,1,7,7"},
        {"es1370", NULL},
        {"gus,irq=99", NULL},
    };
    for (unsigned i = 0; i < sizeof card / sizeof *card; i++) {
        char text[60] = "";
        struct row row;
        struct err e;
        ck_assert(row_parse(&row, "-device", card[i].row, &e));
        bool ok = vm_sound_card_variable(row.driver, row.props ? &row : NULL, text, sizeof text);
        ck_assert_int_eq(ok, card[i].want != NULL);
        ck_assert_str_eq(text, card[i].want ? card[i].want : "");
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vm sound");
    TCase *t = tcase_create("sound");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, same_run_same_sound);
    tcase_add_test(t, snapshot_in_mid_note);
    tcase_add_test(t, listening_changes_nothing);
    tcase_add_test(t, volumes_by_name);
    tcase_add_test(t, what_programs_read_of_a_card);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
