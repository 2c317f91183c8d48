/*
 * test_ems.c - the expanded memory board on a whole machine: its registers, what the windows show
 * under every setting of the host bridge above them, code that is decoded out of them, states, bad
 * rows.
 */
#include "hw/machine/pc.h"
#include "hw/memory/ems.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { PORT = 0x8930, FRAME = 0xe0000, PAGES = 16, NONE = 0xff };

struct side {
    struct clock clock;
    struct pc *pc;
};
static struct side one, two;

static struct pc *make(struct clock *clock, const char *device, struct err *e)
{
    struct row row;
    const struct row *rows[] = {&row};
    struct pc_signals signals = {.exit = {NULL, NULL, 0}};
    struct vm_config c = {.ram_mb = 2, .rows = rows, .row_count = 1};
    clock_init(clock);
    return row_parse(&row, "-device", device, e) ? pc_new(&c, clock, &signals, e) : NULL;
}

static void open_side(struct side *s)
{
    struct err e;
    s->pc = make(&s->clock, "ems,size=256", &e);
    ck_assert_msg(s->pc != NULL, "%s", e.text);
    pc_reset(s->pc);
}

static void close_side(struct side *s)
{
    struct err e;
    ck_assert(pc_free(s->pc, &e));
    clock_free(&s->clock);
}

static void window(struct side *s, unsigned i, u16 value)
{
    bus_out(&s->pc->bus, (u16)(PORT + 2 * i), value, 2);
}

static u8 get(struct side *s, u32 addr)
{
    return (u8)phys_load(&s->pc->phys, addr, 1);
}

static void put(struct side *s, u32 addr, u8 v)
{
    phys_store(&s->pc->phys, addr, v, 1);
}

/* The bridge's setting of window i: bit 0 reads come from RAM, bit 1 writes go there. */
static void pam(struct side *s, unsigned i, u8 bits)
{
    struct bus *b = &s->pc->bus;
    u16 port = (u16)(0xcfc + (0x5e + i / 2) % 4);
    bus_out(b, 0xcf8, 0x80000000u | ((0x5e + i / 2) & ~3u), 4);
    u8 old = (u8)bus_in(b, port, 1);
    unsigned shift = i % 2 * 4;
    bus_out(b, port, (u8)((old & ~(3u << shift)) | (u32)bits << shift), 1);
}

static void setup(void)
{
    open_side(&one);
    open_side(&two);
}

static void teardown(void)
{
    close_side(&one);
    close_side(&two);
}

START_TEST(registers)
{
    struct bus *b = &one.pc->bus;
    ck_assert_uint_eq(bus_in(b, PORT + 8, 2), PAGES);
    ck_assert_uint_eq(bus_in(b, PORT + 10, 2), FRAME >> 4);
    ck_assert_uint_eq(bus_in(b, PORT + 12, 2), 0x4d45);
    ck_assert_uint_eq(bus_in(b, PORT + 13, 1), 0x4d);
    ck_assert_uint_eq(bus_in(b, PORT + 14, 2), EMS_WINDOWS);
    bus_out(b, PORT + 12, 0, 2); /* says nothing to it */
    ck_assert_uint_eq(bus_in(b, PORT + 12, 2), 0x4d45);
    ck_assert_uint_eq(bus_in(b, PORT, 4), 0);
    bus_out(b, PORT, 0x80038005, 4); /* two registers */
    ck_assert_uint_eq(bus_in(b, PORT, 2), 0x8005);
    ck_assert_uint_eq(bus_in(b, PORT + 2, 2), 0x8003);
    put(&one, FRAME, 0x5a);
    bus_out(b, PORT, 3, 1); /* half of one */
    ck_assert_uint_eq(get(&one, FRAME), 0);
    bus_out(b, PORT + 1, 0, 1);
    ck_assert_uint_eq(get(&one, FRAME), NONE);
    bus_out(b, PORT + 2, 0x8005, 2);
    ck_assert_uint_eq(get(&one, FRAME + EMS_PAGE), 0x5a);
    window(&one, 1, 0x8000 + PAGES); /* a page that there is not */
    ck_assert_uint_eq(get(&one, FRAME + EMS_PAGE), NONE);
    window(&one, 1, 0x8005);
    pc_reset(one.pc); /* DRAM stays, registers do not */
    ck_assert_uint_eq(get(&one, FRAME + EMS_PAGE), NONE);
    window(&one, 3, 0x8005);
    ck_assert_uint_eq(get(&one, FRAME + 3 * EMS_PAGE), 0x5a);
}
END_TEST

/* What should be there: one byte of each page, and of the RAM behind each window. */
struct model {
    u8 page[PAGES], ram[EMS_WINDOWS], pam[EMS_WINDOWS];
    u16 window[EMS_WINDOWS];
};

static u8 model_get(const struct model *m, unsigned i)
{
    if (m->pam[i] & 1)
        return m->ram[i];
    u16 page = m->window[i] & 0x7fff;
    return m->window[i] & 0x8000 && page < PAGES ? m->page[page] : NONE;
}

static void model_put(struct model *m, unsigned i, u8 v)
{
    u16 page = m->window[i] & 0x7fff;
    if (m->pam[i] & 2)
        m->ram[i] = v;
    else if (!m->pam[i] && m->window[i] & 0x8000 && page < PAGES)
        m->page[page] = v;
}

static u32 next(void)
{
    static u64 seed = 1;
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(seed >> 33);
}

/* Both sides are asked the same; the second one has just got the first one's state. */
static void as_model(struct model *m, struct side *s, unsigned round)
{
    for (unsigned i = 0; i < EMS_WINDOWS; i++)
        ck_assert_msg(get(s, FRAME + i * EMS_PAGE + 0x2345) == model_get(m, i),
                      "round %u, window %u: %02x, not %02x", round, i,
                      get(s, FRAME + i * EMS_PAGE + 0x2345), model_get(m, i));
}

static void copy_state(struct side *from, struct side *to)
{
    struct err e;
    size_t size;
    struct state *s = state_new_save();
    pc_state(from->pc, s);
    const u8 *bytes = state_finish(s, &size);
    struct state *l = state_new_load(bytes, size, &e);
    ck_assert_msg(l != NULL, "%s", e.text);
    pc_state(to->pc, l);
    ck_assert_msg(state_ok(l), "%s", state_error(l));
    state_free(l);
    state_free(s);
}

START_TEST(windows)
{
    struct model m = {.page = {0}};
    struct phys *phys = &one.pc->phys;
    for (unsigned i = 0; i < EMS_WINDOWS; i++)
        phys->ram[FRAME + i * EMS_PAGE + 0x2345] = 0;
    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = next() % EMS_WINDOWS;
        u32 at = FRAME + i * EMS_PAGE + 0x2345;
        u8 v = (u8)next();
        switch (next() % 8) {
        case 0:
        case 1:
        case 2:
            m.window[i] = (u16)(next() % 8 ? 0x8000 | next() % (PAGES / 4) : next() % PAGES);
            m.window[i] = next() % 50 ? m.window[i] : 0x8000 | PAGES;
            window(&one, i, m.window[i]);
            break;
        case 3:
            m.pam[i] = next() % 4 ? 0 : next() % 4;
            pam(&one, i, m.pam[i]);
            break;
        case 4: /* DMA */
            phys_write(phys, at, &v, 1);
            model_put(&m, i, v);
            break;
        default:
            put(&one, at, v);
            model_put(&m, i, v);
            break;
        }
        as_model(&m, &one, round);
        if (round % 500 == 0) {
            copy_state(&one, &two);
            as_model(&m, &two, round);
        }
    }
}
END_TEST

/* ---- decoded code ---- */

static struct {
    unsigned count;
    u32 addr[8];
} told;

static void code_write(void *owner, u32 addr, u32 len)
{
    (void)owner, (void)len;
    if (told.count < ARRAY_SIZE(told.addr))
        told.addr[told.count] = addr;
    told.count++;
}

START_TEST(code)
{
    struct phys *phys = &one.pc->phys;
    phys->code_write = code_write;
    phys->owner = NULL;
    window(&one, 0, 0x8002);
    window(&one, 2, 0x8002);
    window(&one, 3, 0x8001);
    ck_assert(phys->page[FRAME >> PAGE_SHIFT].shared);
    ck_assert(phys->page[(FRAME + 2 * EMS_PAGE + 0x3000) >> PAGE_SHIFT].shared);
    ck_assert(!phys->page[(FRAME + 3 * EMS_PAGE) >> PAGE_SHIFT].shared);
    pam(&one, 0, 3); /* RAM over it, and away again */
    ck_assert(!phys->page[FRAME >> PAGE_SHIFT].shared);
    pam(&one, 0, 0);
    ck_assert(phys->page[FRAME >> PAGE_SHIFT].shared);
    phys->page[(FRAME + 0x1000) >> PAGE_SHIFT].code = 1; /* decoded there */
    put(&one, FRAME + 2 * EMS_PAGE + 0x1010, 1);         /* written here */
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.addr[0], FRAME + 0x1010);
    phys_write(phys, FRAME + 2 * EMS_PAGE + 0x0fff, "ab", 2); /* one byte of it is in that page */
    ck_assert_uint_eq(told.count, 2);
    ck_assert_uint_eq(told.addr[1], FRAME + 0x1000);
    put(&one, FRAME + 2 * EMS_PAGE + 0x2010, 1); /* another page */
    ck_assert_uint_eq(told.count, 2);
    window(&one, 2, 0x8003); /* no longer the same: window 0 is mapped again */
    ck_assert(!phys->page[FRAME >> PAGE_SHIFT].shared);
    ck_assert_uint_eq(told.addr[told.count - 1] & ~PAGE_MASK, FRAME + 0x1000);
    pam(&one, 0, 3);
    window(&one, 2, 0x8002); /* the same again, while RAM lies over it */
    pam(&one, 0, 0);
    ck_assert(phys->page[FRAME >> PAGE_SHIFT].shared);
    /* Through the frame's last page, and through its first. */
    u32 last = FRAME + 3 * EMS_PAGE + 0x3000;
    window(&one, 3, 0x8002);
    phys->page[FRAME >> PAGE_SHIFT].code = phys->page[last >> PAGE_SHIFT].code = 1;
    told.count = 0;
    put(&one, FRAME + 0x3010, 1);
    ck_assert_uint_eq(told.count, 1);
    ck_assert_uint_eq(told.addr[0], last + 0x10);
    put(&one, FRAME + 3 * EMS_PAGE + 0x20, 1);
    ck_assert_uint_eq(told.count, 2);
    ck_assert_uint_eq(told.addr[1], FRAME + 0x20);
    phys->code_write = NULL;
}
END_TEST

START_TEST(rows)
{
    static const struct {
        const char *device, *says;
    } bad[] = {
        {"ems,frame=d100", "a multiple of 400"}, {"ems,size=100", "a multiple of 16"},
        {"ems,size=32", "64 to 32768"},          {"ems,frame=f000", "frame"},
        {"ems,port=8920", "guest-port"},         {"ems,fram=d000", "frame"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct err e;
        struct clock clock;
        ck_assert_msg(!make(&clock, bad[i].device, &e), "%s", bad[i].device);
        ck_assert_msg(strstr(e.text, bad[i].says), "%s: %s", bad[i].device, e.text);
        clock_free(&clock);
    }
    struct err e;
    struct clock clock;
    struct pc *pc = make(&clock, "ems,frame=d000,port=260,size=64", &e);
    ck_assert_msg(pc != NULL, "%s", e.text);
    pc_reset(pc);
    bus_out(&pc->bus, 0x266, 0x8003, 2);
    phys_store(&pc->phys, 0xdffff, 0x77, 1);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xdffff, 1), 0x77);
    ck_assert_uint_eq(phys_load(&pc->phys, 0xe0000, 1), NONE);
    ck_assert(pc_free(pc, &e));
    clock_free(&clock);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ems");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, registers);
    tcase_add_test(t, windows);
    tcase_add_test(t, code);
    tcase_add_test(t, rows);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
