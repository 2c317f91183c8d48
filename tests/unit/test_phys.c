/*
 * test_phys.c - the physical map: kinds of memory side by side, devices, A20, and who is told when
 * code or the map changes.
 */
#include "hw/base/state.h"
#include "mmu/phys.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RAM, then at ROM_AT a ROM page, two device pages, nothing, RAM again. */
enum { SIZE = 1 << 20, ROM_AT = 0x80000, DEV_AT = 0x81000, OTHER_AT = 0x82000, NONE_AT = 0x83000 };

struct dev {
    u32 addr[8], value[8];
    unsigned size[8], count;
};

static u32 dev_read(void *opaque, u32 addr, unsigned size)
{
    struct dev *d = opaque;
    unsigned i = d->count++ % 8;
    d->addr[i] = addr;
    d->size[i] = size;
    return size == 4 ? addr * 0x01010101u : (addr * 3) & ((1u << 8 * size) - 1);
}

static void dev_write(void *opaque, u32 addr, u32 value, unsigned size)
{
    struct dev *d = opaque;
    unsigned i = d->count++ % 8;
    d->addr[i] = addr;
    d->size[i] = size;
    d->value[i] = value;
}

static const struct mmio_ops ops = {dev_read, dev_write};

struct told {
    unsigned changes, writes;
    u32 addr, len;
    u8 before; /* what was there when the write was announced */
};

static struct phys phys;
static struct told told;
static struct dev dev, other;
static u8 rom[PAGE_SIZE];

static void on_change(void *owner)
{
    ((struct told *)owner)->changes++;
}

static void on_code_write(void *owner, u32 addr, u32 len)
{
    struct told *t = owner;
    t->writes++;
    t->addr = addr;
    t->len = len;
    t->before = phys.ram[addr & (SIZE - 1)];
}

static void setup(void)
{
    ck_assert(phys_init(&phys, SIZE, NULL));
    for (u32 i = 0; i < SIZE; i++)
        phys.ram[i] = (u8)(i * 7 + (i >> 8));
    for (u32 i = 0; i < PAGE_SIZE; i++)
        rom[i] = (u8)(i + 0x55);
    phys_map_rom(&phys, ROM_AT, PAGE_SIZE, rom);
    phys_map_mmio(&phys, DEV_AT, PAGE_SIZE, &ops, &dev, "device");
    phys_map_mmio(&phys, OTHER_AT, PAGE_SIZE, &ops, &other, "other");
    phys_unmap(&phys, NONE_AT, PAGE_SIZE);
    memset(&told, 0, sizeof told);
    memset(&dev, 0, sizeof dev);
    memset(&other, 0, sizeof other);
    phys.owner = &told;
    phys.changed = on_change;
    phys.code_write = on_code_write;
}

static void teardown(void)
{
    phys_free(&phys);
}

/* One access of each size, and the same bytes in one piece that starts and ends in mid-page. */
START_TEST(kinds_side_by_side)
{
    static const unsigned sizes[] = {1, 2, 4, 8};
    u8 block[6 * PAGE_SIZE], *p = block;

    for (unsigned i = 0; i < 4; i++) {
        u64 ram = 0, r = 0, ones = sizes[i] == 8 ? ~0ull : (1ull << 8 * sizes[i]) - 1;
        for (unsigned k = 0; k < sizes[i]; k++) {
            ram |= (u64)phys.ram[0x1234 + k] << 8 * k;
            r |= (u64)rom[0x234 + k] << 8 * k;
        }
        ck_assert_uint_eq(phys_load(&phys, 0x1234, sizes[i]), ram);
        ck_assert_uint_eq(phys_load(&phys, ROM_AT + 0x234, sizes[i]), r);
        ck_assert_uint_eq(phys_load(&phys, NONE_AT + 0x234, sizes[i]), ones);
        phys_store(&phys, 0x1234, 0x1122334455667788, sizes[i]);
        phys_store(&phys, ROM_AT + 0x234, 0, sizes[i]);
        phys_store(&phys, NONE_AT + 0x234, 0, sizes[i]);
        ck_assert_uint_eq(phys_load(&phys, 0x1234, sizes[i]), 0x1122334455667788 & ones);
        ck_assert_uint_eq(phys_load(&phys, 0x1234 + sizes[i], 1),
                          (u8)((0x1234 + sizes[i]) * 7 + 0x12));
        ck_assert_uint_eq(rom[0x234], (u8)(0x234 + 0x55));
    }
    memset(block, 0xee, sizeof block);
    phys_read(&phys, ROM_AT - 0x800, block, 5 * PAGE_SIZE);
    for (u32 a = ROM_AT - 0x800; a < ROM_AT - 0x800 + 5 * PAGE_SIZE; a++, p++) {
        u8 want = a < ROM_AT             ? phys.ram[a]
                  : a < DEV_AT           ? rom[a - ROM_AT]
                  : a < NONE_AT          ? (u8)(a * 3)
                  : a < NONE_AT + 0x1000 ? 0xff
                                         : phys.ram[a];
        ck_assert_msg(*p == want, "%x: %x, not %x", a, *p, want);
    }
    ck_assert_uint_eq(*p, 0xee);
    ck_assert_uint_eq(dev.count, PAGE_SIZE);
    ck_assert_uint_eq(dev.size[0], 1);
    ck_assert_uint_eq(other.count, PAGE_SIZE);
    ck_assert_uint_eq(other.addr[7], OTHER_AT + PAGE_SIZE - 1);
}
END_TEST

START_TEST(a_write_across_all_kinds)
{
    u8 block[5 * PAGE_SIZE];

    for (u32 i = 0; i < sizeof block; i++)
        block[i] = (u8)(i * 5 + (i >> 8) + 1);
    u8 behind = phys.ram[NONE_AT + 0x1800], before = phys.ram[ROM_AT - 0x801];
    phys_write(&phys, ROM_AT - 0x800, block, sizeof block);
    ck_assert_mem_eq(phys.ram + ROM_AT - 0x800, block, 0x800);
    ck_assert_mem_eq(phys.ram + NONE_AT + 0x1000, block + 0x800 + 4 * PAGE_SIZE, 0x800);
    ck_assert_uint_eq(phys.ram[NONE_AT + 0x1800], behind);
    ck_assert_uint_eq(phys.ram[ROM_AT - 0x801], before);
    ck_assert_uint_eq(rom[1], 0x56);
    ck_assert_uint_eq(dev.count, PAGE_SIZE);
    ck_assert_uint_eq(other.count, PAGE_SIZE);
    ck_assert_uint_eq(other.value[7], block[0x800 + 3 * PAGE_SIZE - 1]);
    ck_assert_uint_eq(told.writes, 0);
}
END_TEST

START_TEST(devices)
{
    ck_assert_uint_eq(phys_load(&phys, DEV_AT + 4, 4), (u32)((DEV_AT + 4) * 0x01010101u));
    ck_assert_uint_eq(dev.size[0], 4);
    ck_assert_uint_eq(phys_load(&phys, DEV_AT + 8, 8),
                      (u32)((DEV_AT + 8) * 0x01010101u) | (u64)(u32)((DEV_AT + 12) * 0x01010101u)
                                                              << 32);
    ck_assert_uint_eq(dev.count, 3); /* wide ones in halves, the lower first */
    ck_assert_uint_eq(dev.addr[1], DEV_AT + 8);
    ck_assert_uint_eq(dev.addr[2], DEV_AT + 12);
    memset(&dev, 0, sizeof dev);
    phys_store(&phys, DEV_AT + 1, 0x11, 1);
    phys_store(&phys, DEV_AT + 2, 0x2211, 2);
    phys_store(&phys, DEV_AT + 16, 0x1122334455667788, 8);
    ck_assert_uint_eq(dev.count, 4);
    ck_assert_uint_eq(dev.size[0], 1);
    ck_assert_uint_eq(dev.size[1], 2);
    ck_assert_uint_eq(dev.value[1], 0x2211);
    ck_assert_uint_eq(dev.size[2], 4);
    ck_assert_uint_eq(dev.addr[2], DEV_AT + 16);
    ck_assert_uint_eq(dev.value[2], 0x55667788);
    ck_assert_uint_eq(dev.size[3], 4);
    ck_assert_uint_eq(dev.addr[3], DEV_AT + 20);
    ck_assert_uint_eq(dev.value[3], 0x11223344);
    ck_assert_uint_eq(other.count, 0);
    /* A device that moves keeps its window. */
    size_t windows = phys.window_count;
    phys_map_mmio(&phys, 0xe0000000, PAGE_SIZE, &ops, &other, "other");
    ck_assert_uint_eq(phys.window_count, windows);
    phys_store(&phys, 0xe0000010, 1, 4);
    ck_assert_uint_eq(other.addr[0], 0xe0000010);
}
END_TEST

START_TEST(code_is_announced_before_it_changes)
{
    u8 two[2] = {1, 2}, old = phys.ram[0x5010];

    phys.page[5].code = 1;
    phys_store(&phys, 0x5010, 0x99, 1);
    ck_assert_uint_eq(told.writes, 1);
    ck_assert_uint_eq(told.addr, 0x5010);
    ck_assert_uint_eq(told.len, 1);
    ck_assert_uint_eq(told.before, old);
    phys_write(&phys, 0x4fff, two, 2); /* only its second byte is on the page */
    ck_assert_uint_eq(told.writes, 2);
    ck_assert_uint_eq(told.addr, 0x5000);
    ck_assert_uint_eq(told.len, 1);
    phys_store(&phys, 0x6010, 0, 4);
    ck_assert_uint_eq(told.writes, 2);
    /* Another memory in its place: the whole page goes, and holds no code any more. */
    phys_map_rom(&phys, 0x4000, 3 * PAGE_SIZE, phys.ram);
    ck_assert_uint_eq(told.writes, 3);
    ck_assert_uint_eq(told.addr, 0x5000);
    ck_assert_uint_eq(told.len, PAGE_SIZE);
    ck_assert_uint_eq(phys.page[5].code, 0);
    ck_assert_ptr_eq(phys.page[6].host, phys.ram + 2 * PAGE_SIZE);
}
END_TEST

/* What goes nowhere is said to those who ask (-d guest_errors,unimp). */
START_TEST(accesses_that_go_nowhere_are_logged)
{
    char *text;
    size_t size;
    struct log log = {.mask = LOG_GUEST | LOG_UNIMP, .out = open_memstream(&text, &size)};
    struct phys p;
    ck_assert_ptr_nonnull(log.out);
    ck_assert(phys_init(&p, SIZE, &log));
    phys_map_rom(&p, ROM_AT, PAGE_SIZE, rom);
    phys_unmap(&p, NONE_AT, PAGE_SIZE);
    phys_store(&p, ROM_AT + 0x10, 1, 2);
    phys_store(&p, NONE_AT + 0x20, 1, 4);
    ck_assert_uint_eq(phys_load(&p, NONE_AT + 0x30, 2), 0xffff);
    phys_store(&p, 0x1234, 1, 4);
    fclose(log.out);
    ck_assert_ptr_nonnull(strstr(text, "ROM at 00080010"));
    ck_assert_ptr_nonnull(strstr(text, "write to unmapped memory 00083020, 4 bytes"));
    ck_assert_ptr_nonnull(strstr(text, "read of unmapped memory 00083030, 2 bytes"));
    ck_assert_ptr_null(strstr(text, "1234"));
    free(text);
    phys_free(&p);
}
END_TEST

START_TEST(changes_of_the_map_are_announced_once)
{
    phys_set_a20(&phys, true); /* is already */
    ck_assert_uint_eq(told.changes, 0);
    phys_set_a20(&phys, false);
    ck_assert_uint_eq(told.changes, 1);
    ck_assert_uint_eq(phys.a20_mask, 0xffefffff);
    phys_set_a20(&phys, true);
    ck_assert_uint_eq(told.changes, 2);
    ck_assert_uint_eq(phys.a20_mask, 0xffffffff);
    phys_unmap(&phys, 0x7000, 2 * PAGE_SIZE);
    ck_assert_uint_eq(told.changes, 3);
    ck_assert_uint_eq(phys.page[8].kind, PAGE_NONE);
    ck_assert_uint_eq(phys.page[9].kind, PAGE_RAM);
}
END_TEST

/* Watched memory ends where it was said to end. */
START_TEST(watched_pages)
{
    static u8 written[2];
    phys_watch(&phys, WATCH_RAM, phys.ram + 0x10000, 2 * PAGE_SIZE, written);
    ck_assert_uint_eq(told.changes, 0); /* everything is where it was */
    phys_map_ram(&phys, 0, ROM_AT, phys.ram);
    ck_assert_uint_eq(phys.page[0xf].watched, 0);
    ck_assert_uint_eq(phys.page[0x10].watched, 1 + WATCH_RAM);
    ck_assert_uint_eq(phys.page[0x11].watched, 1 + WATCH_RAM);
    ck_assert_uint_eq(phys.page[0x12].watched, 0);
    phys_store(&phys, 0x11ffc, 1, 4);
    ck_assert_int_eq(memcmp(written, "\0\1", 2), 0);
    phys_watch(&phys, WATCH_RAM, NULL, 0, NULL);
    ck_assert_uint_eq(phys.page[0x10].watched, 0);
    phys_store(&phys, 0x10000, 1, 4);
    ck_assert_uint_eq(written[0], 0);
}
END_TEST

START_TEST(state)
{
    struct state *s = state_new_save();
    struct err e = {0};
    size_t size;

    phys_set_a20(&phys, false);
    u8 old = phys.ram[0x5123];
    phys_state(&phys, s);
    const u8 *bytes = state_finish(s, &size);
    phys_set_a20(&phys, true);
    phys.ram[0x5123]++;
    phys.page[5].code = 4;
    told = (struct told){0};
    struct state *t = state_new_load(bytes, size, &e);
    phys_state(&phys, t);
    ck_assert(state_ok(t));
    ck_assert_uint_eq(phys.ram[0x5123], old);
    ck_assert_uint_eq(told.writes, 1); /* what was decoded there is void */
    ck_assert_uint_eq(told.addr, 0x5000);
    ck_assert_uint_eq(told.len, PAGE_SIZE);
    ck_assert_uint_eq(phys.a20_mask, 0xffefffff);
    ck_assert_uint_eq(told.changes, 1);
    state_free(t);
    state_free(s);
}
END_TEST

START_TEST(claims)
{
    static const struct {
        u32 base, len;
        const char *name, *clash;
    } claim[] = {
        {0x100000, 0x10000, "first", ""},
        {0x104000, 0x1000, "first", ""}, /* within what it has */
        {0x110000, 0x1000, "second", ""},
        {0x10f000, 0x3000, "third",
         "third: memory 0010f000-00111fff: first is there already (00100000-0010ffff)"},
        {0x110000, 0x2000, "third",
         "third: memory 00110000-00111fff: second is there already (00110000-00110fff)"},
        {0x0ff000, 0x100000, "third",
         "third: memory 000ff000-001fefff: first is there already (00100000-0010ffff)"},
        {0x104800, 0x1000, "third", "third: memory 00104800-001057ff: not whole pages below 4 GB"},
        {0xfffff000, 0x2000, "third",
         "third: memory fffff000-100000fff: not whole pages below 4 GB"},
        {0xfffff000, 0x1000, "third", ""},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(claim); i++) {
        phys.clash.text[0] = 0;
        phys_claim(&phys, claim[i].base, claim[i].len, claim[i].name);
        ck_assert_str_eq(phys.clash.text, claim[i].clash);
    }
    phys_claim(&phys, 0x110000, 0x1000, "fourth");
    phys_claim(&phys, 0x100000, 0x1000, "fifth");
    ck_assert_ptr_nonnull(strstr(phys.clash.text, "fourth")); /* the first reason stays */
    ck_assert_ptr_null(strstr(phys.clash.text, "fifth"));
}
END_TEST

static u64 hash_of(struct phys *p)
{
    struct state *s = state_new_digest();
    phys_state(p, s);
    u64 hash = state_digest(s);
    state_free(s);
    return hash;
}

/* What is known to be zero is not looked at again, whoever writes to it later; the hash of the
 * state is the same as of memory that nothing is known of. */
START_TEST(blank_pages_are_known_until_they_are_written)
{
    enum { STORED = 5 * PAGE_SIZE + 7, COPIED = 9 * PAGE_SIZE - 3 };
    static u8 theirs[SIZE / PAGE_SIZE];
    struct phys plain, known;
    ck_assert(phys_init(&plain, SIZE, NULL) && phys_init(&known, SIZE, NULL));
    phys_store(&plain, 0x1234, 0x77, 1);
    phys_store(&known, 0x1234, 0x77, 1);
    phys_learn_blank(&known);
    ck_assert_ptr_nonnull(known.blank); /* its own watching is not somebody else's */
    ck_assert(known.blank[0] && !known.blank[1] && known.blank[2]);
    ck_assert_uint_eq(hash_of(&known), hash_of(&plain));
    ck_assert_uint_eq(phys_load(&known, 0x1234, 1), 0x77);
    phys_store(&plain, STORED, 0x0102, 2);
    ck_assert_uint_ne(hash_of(&known), hash_of(&plain));
    phys_store(&known, STORED, 0x0102, 2);
    ck_assert_uint_eq(hash_of(&known), hash_of(&plain));
    phys_write(&plain, COPIED, "abcdef", 6);
    phys_write(&known, COPIED, "abcdef", 6);
    ck_assert_uint_eq(hash_of(&known), hash_of(&plain));
    /* Somebody else watches from now on: nothing is known any more. */
    phys_watch(&known, WATCH_RAM, known.ram, SIZE, theirs);
    phys_store(&plain, 0x40000, 1, 4);
    phys_store(&known, 0x40000, 1, 4);
    ck_assert_uint_eq(hash_of(&known), hash_of(&plain));
    phys_learn_blank(&known);
    ck_assert_uint_eq(hash_of(&known), hash_of(&plain));
    phys_free(&plain);
    phys_free(&known);
}
END_TEST

/* While a machine is put together, what is mapped is claimed; what is mapped later is not. */
START_TEST(mappings_become_claims)
{
    phys.builder = "one";
    phys_map_mmio(&phys, 0x200000, 2 * PAGE_SIZE, &ops, &dev, "one");
    phys_map_rom(&phys, 0x201000, PAGE_SIZE, rom);
    phys_unmap(&phys, 0x200000, 2 * PAGE_SIZE);
    ck_assert_str_eq(phys.clash.text, "");
    phys.builder = NULL;
    phys_map_ram(&phys, 0x200000, PAGE_SIZE, phys.ram);
    ck_assert_str_eq(phys.clash.text, "");
    phys.builder = "two";
    phys_unmap(&phys, 0x200000, PAGE_SIZE);
    ck_assert_str_eq(phys.clash.text, "");
    phys_map_ram(&phys, 0x201000, PAGE_SIZE, phys.ram);
    ck_assert_str_eq(phys.clash.text, "two: memory 00201000-00201fff: one is there already "
                                      "(00200000-00201fff)");
}
END_TEST

/* A page that the processor answers for itself: decoded code goes, the map is announced. */
START_TEST(overlay)
{
    phys.page[5].code = 1;
    phys_overlay(&phys, 0x5000, &ops, &dev, "inside");
    ck_assert_uint_eq(told.writes, 1);
    ck_assert_uint_eq(told.changes, 1);
    ck_assert_uint_eq(phys_load(&phys, 0x5010, 4), 0x5010 * 0x01010101u);
    phys_overlay(&phys, OTHER_AT, &ops, &dev, "inside");
    ck_assert_uint_eq(phys_load(&phys, 0x5010, 1), phys.ram[0x5010]);
    ck_assert_uint_eq(phys.page[5].code, 0);
    dev.count = other.count = 0;
    phys_store(&phys, OTHER_AT, 1, 4);
    ck_assert_uint_eq(dev.count, 1);
    phys_overlay(&phys, 0, NULL, NULL, NULL);
    phys_store(&phys, OTHER_AT, 1, 4);
    ck_assert_uint_eq(dev.count, 1);
    ck_assert_uint_eq(other.count, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("phys");
    TCase *t = tcase_create("phys");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, kinds_side_by_side);
    tcase_add_test(t, a_write_across_all_kinds);
    tcase_add_test(t, devices);
    tcase_add_test(t, code_is_announced_before_it_changes);
    tcase_add_test(t, accesses_that_go_nowhere_are_logged);
    tcase_add_test(t, changes_of_the_map_are_announced_once);
    tcase_add_test(t, watched_pages);
    tcase_add_test(t, state);
    tcase_add_test(t, claims);
    tcase_add_test(t, mappings_become_claims);
    tcase_add_test(t, blank_pages_are_known_until_they_are_written);
    tcase_add_test(t, overlay);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
