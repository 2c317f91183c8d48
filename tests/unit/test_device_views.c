/*
 * test_device_views.c - the command behind the page's views of devices: registers and fields by
 * their data sheets, accesses with what they mean, whatever a guest has put in. Nothing of it is
 * felt.
 */
#include "hw/base/row.h"
#include "hw/input/keys.h"
#include "views_rig.h"

/* ---- devices ---- */

/* In the groups of `device`: the value of this name, and of a field of it if one is named. */
static const struct reply_node *find_value(struct rig *r, const char *title, const char *name)
{
    const struct reply *a = &r->reply;
    const struct reply_node *groups = reply_find(a, reply_root(a), "groups");
    for (const struct reply_node *g = reply_first(a, groups); g; g = reply_next(a, g)) {
        const struct reply_node *list = reply_find(a, g, "values");
        if (!strstr(reply_get(a, g, "title"), title))
            continue;
        for (const struct reply_node *v = reply_first(a, list); v; v = reply_next(a, v))
            if (strcmp(reply_get(a, v, "name"), name) == 0)
                return v;
    }
    ck_abort_msg("no %s in %s", name, title);
}

static void register_is(struct rig *r, const char *title, const char *name, const char *value)
{
    const char *is = reply_get(&r->reply, find_value(r, title, name), "value");
    ck_assert_msg(strcmp(is, value) == 0, "%s, %s is %s, not %s", title, name, is, value);
}

static void field_means(struct rig *r, const char *title, const char *name, const char *field,
                        const char *meaning)
{
    const struct reply *a = &r->reply;
    const struct reply_node *list = reply_find(a, find_value(r, title, name), "fields");
    for (const struct reply_node *f = reply_first(a, list); f; f = reply_next(a, f)) {
        if (strcmp(reply_get(a, f, "name"), field) != 0)
            continue;
        ck_assert_str_eq(reply_get(a, f, "meaning"), meaning);
        return;
    }
    ck_abort_msg("%s has no %s", name, field);
}

static s64 number_of(struct rig *r, const char *title, const char *name)
{
    const struct reply_node *v = find_value(r, title, name);
    return reply_find(&r->reply, v, "number")->number;
}

static void value_says(struct rig *r, const char *title, const char *name, const char *words)
{
    const char *says = reply_get(&r->reply, find_value(r, title, name), "says");
    ck_assert_msg(strstr(says, words) != NULL, "%s: %s", name, says);
}

START_TEST(devices_by_their_data_sheets)
{
    struct rig r = rig_new(2);
    struct cpu *c = vm_cpu(r.vm);
    asks(&r, "device");
    has(&r, "devices.0.name", "pic");
    asks(&r, "device pit"); /* from now on its accesses are noted */
    is(&r, "accesses.0.port", "(none)");
    c->bus.port_out(c->bus.owner, 0x43, 0xb6, 1);
    c->bus.port_out(c->bus.owner, 0x42, 0x34, 1);
    c->bus.port_out(c->bus.owner, 0x42, 0x12, 1);
    c->bus.port_out(c->bus.owner, 0x61, 3, 1);
    asks(&r, "device pit");
    register_is(&r, "Counter 2", "Count register", "1234");
    field_means(&r, "Counter 2", "Control word", "M", "mode 3: square wave");
    is(&r, "accesses.0.way", "out");
    is(&r, "accesses.0.port", "042");
    is(&r, "accesses.0.value", "12");
    is(&r, "accesses.2.value", "b6");
    is(&r, "accesses.3.value", "(none)");
    /* The wave is what OUT will do: half of 1234h pulses high, half low. */
    const struct reply_node *w = find_value(&r, "Counter 2", "OUT"), *ns;
    ns = reply_find(&r.reply, w, "changes after ns");
    ns = reply_next(&r.reply, reply_next(&r.reply, reply_first(&r.reply, ns)));
    ck_assert_int_le(llabs(ns->number - 1000000000ll * 0x1234 / 2 / 1193182), 2000);
    asks(&r, "device pic");
    register_is(&r, "First 8259A", "ICW2", "08");
    field_means(&r, "First 8259A", "ICW4", "uPM", "8086");
    c->bus.port_out(c->bus.owner, 0x3d4, 0x0e, 1);
    c->bus.port_out(c->bus.owner, 0x3d5, 0x01, 1);
    asks(&r, "device vga");
    register_is(&r, "CRT controller", "Cursor Location High", "01");
    field_means(&r, "Graphics controller", "Miscellaneous", "MM", "B8000, 32 KiB");
    ck_assert_int_eq(number_of(&r, "Timing", "lines a frame"), 449);
    ck_assert_int_lt(number_of(&r, "Timing", "beam line"), 449);
    static const char *const others[] = {"dma",     "rtc", "i8042", "keyboard",
                                         "serial0", "fdc", "ide"};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        char line[40];
        snprintf(line, sizeof(line), "device %s", others[i]);
        asks(&r, line);
        ck_assert_str_ne(get(&r, "groups.0.values.0.name"), "(none)");
    }
    c->bus.port_out(c->bus.owner, 0x1f6, 0xa0, 1);
    c->bus.port_out(c->bus.owner, 0x1f7, 0xec, 1);
    asks(&r, "device ide");
    is(&r, "accesses.0.what", "IDENTIFY DEVICE");
    find_value(&r, "Secondary", "Status");
    /* Commands with what they were given and have answered. */
    c->bus.port_out(c->bus.owner, 0x3f2, 0x0c, 1);
    c->bus.port_out(c->bus.owner, 0x3f5, 0x0f, 1); /* SEEK drive 0 to track 5 */
    c->bus.port_out(c->bus.owner, 0x3f5, 0x00, 1);
    c->bus.port_out(c->bus.owner, 0x3f5, 0x05, 1);
    asks(&r, "device fdc");
    value_says(&r, "82077AA: commands", "SEEK", "A: to cylinder 5; at ");
    value_says(&r, "82077AA: commands", "SEEK", "(0f 00 05)");
    static const char *const more[] = {"lapic", "ioapic", "speaker", "sb16"};
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        char line[40];
        snprintf(line, sizeof(line), "device %s", more[i]);
        asks(&r, line);
    }
    ck_assert(!ask(&r, "device nothing"));
    asks(&r, "vga-colours");
    is(&r, "palette.1", "1");
    is(&r, "colours.0", "000000");
    phys_store(c->phys, 0xb8000, 0x1f41, 2); /* A: character in plane 0, its colours in 1 */
    asks(&r, "vga-plane 0 0 2");
    has(&r, "bytes", "41");
    asks(&r, "vga-plane 1 0 2");
    has(&r, "bytes", "1f");
    ck_assert(!ask(&r, "vga-plane 4"));
    rig_free(&r);
}
END_TEST

static struct rig rig_with_cards(void)
{
    static const char *const cards[] = {"gus", "adlib", "es1370", "ne2k_pci", "pcnet"};
    struct row row[ARRAY_SIZE(cards)];
    const struct row *rows[ARRAY_SIZE(cards)];
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(cards); i++) {
        ck_assert(row_parse(&row[i], "-device", cards[i], &e));
        rows[i] = &row[i];
    }
    return rig_of((struct vm_config){
        .ram_mb = 2, .vga = "cirrus", .rows = rows, .row_count = ARRAY_SIZE(cards)});
}

/* Where the BIOS has put a card's ports. */
static u16 ports_of(struct rig *r, const char *name)
{
    struct vm_pci f;
    for (unsigned i = 0; vm_pci(r->vm, i, &f); i++)
        if (strcmp(f.name, name) == 0 && f.window[0].mapped)
            return (u16)f.window[0].at;
    ck_abort_msg("%s has no ports", name);
}

static void out(struct rig *r, u16 port, u32 value, unsigned size)
{
    struct cpu *c = vm_cpu(r->vm);
    c->bus.port_out(c->bus.owner, port, value, size);
}

START_TEST(cards_by_their_data_sheets)
{
    struct rig r = rig_with_cards();
    const u16 es = ports_of(&r, "es1370"), ne = ports_of(&r, "rtl8029"),
              pcnet = ports_of(&r, "pcnet");
    static const u16 gus[][2] = {{0x343, 0x4c}, {0x345, 0x07}, {0x342, 0x03}, {0x343, 0x06},
                                 {0x345, 0x5a}, {0x343, 0x00}, {0x345, 0x08}};
    for (size_t i = 0; i < ARRAY_SIZE(gus); i++)
        out(&r, gus[i][0], gus[i][1], 1);
    asks(&r, "device gus");
    register_is(&r, "Voice 3", "Volume Ramp Rate", "5a");
    field_means(&r, "Voice 3", "Voice Control", "loop", "loops");
    register_is(&r, "GF1", "Page", "03");
    field_means(&r, "GF1", "Reset", "GF1", "runs");
    static const u8 fm[][2] = {
        {0xa0, 0x44}, {0xb0, 0x32}, {0x23, 0x61}, {0xe3, 0x01}, {0xbd, 0x20}};
    for (size_t i = 0; i < ARRAY_SIZE(fm); i++) {
        out(&r, 0x388, fm[i][0], 1);
        out(&r, 0x389, fm[i][1], 1);
    }
    asks(&r, "device adlib");
    register_is(&r, "Channel 0", "KON, BLOCK, F-number", "32");
    field_means(&r, "Channel 0", "KON, BLOCK, F-number", "KON", "held");
    double note = reply_find(&r.reply, find_value(&r, "Channel 0", "frequency"), "number")->real;
    ck_assert(note > 439.9 && note < 440.1);
    field_means(&r, "Channel 0", "carrier: AM, VIB, EGT, KSR, MULT", "EGT", "sustained");
    field_means(&r, "Channel 0", "carrier: WS", "WS", "half of a sine");
    field_means(&r, "FM chip", "Depth, rhythm", "RHY", "rhythm in channels 6 to 8");
    out(&r, es, 0x3002, 4);
    out(&r, es + 0x24, 0x1234, 4);
    asks(&r, "device es1370");
    field_means(&r, "ES1370", "Interrupt/Chip Select Control", "WTSRSEL", "44100 Hz");
    register_is(&r, "DAC1", "Sample Count", "1234");
    register_is(&r, "Configuration", "Device ID", "5000");
    out(&r, ne, 0x61, 1); /* page 1 */
    out(&r, ne + 7, 0x4d, 1);
    asks(&r, "device rtl8029");
    register_is(&r, "Receive ring", "Current Page", "4d");
    field_means(&r, "DP8390", "Command", "PS", "page 1");
    register_is(&r, "Configuration", "Vendor ID", "10ec");
    out(&r, pcnet + 0x12, 3, 2);
    out(&r, pcnet + 0x10, 0x4004, 2);
    asks(&r, "device pcnet");
    field_means(&r, "Am79C970A", "Masks", "BABLM", "masked");
    field_means(&r, "Am79C970A", "Masks", "BSWP", "bytes swapped");
    field_means(&r, "Am79C970A", "Status", "STOP", "stopped");
    out(&r, 0x3c4, 0x0107, 2);
    out(&r, 0x3ce, 0xb030, 2);
    asks(&r, "device cirrus");
    field_means(&r, "Extended sequencer", "Extended Sequencer Mode", "high-resolution",
                "packed dots");
    field_means(&r, "Blitter", "BLT Mode", "dot", "32 bits");
    field_means(&r, "Blitter", "BLT Mode", "colour expansion", "on");
    register_is(&r, "Configuration", "Device ID", "00b8");
    find_value(&r, "CRT controller", "Cursor Location High"); /* the VGA's follow */
    /* The board's own functions. */
    out(&r, 0xcf8, 0x80000860, 4); /* 01.0, PIRQRC */
    out(&r, 0xcfd, 0x0b, 1);
    asks(&r, "device piix3");
    register_is(&r, "Interrupt routing", "PIRQRC[B]", "0b");
    field_means(&r, "Interrupt routing", "PIRQRC[B]", "routing", "on");
    out(&r, 0xcf8, 0x80000058, 4); /* 00.0, PAM0 to PAM2 */
    out(&r, 0xcfe, 0x21, 1);
    asks(&r, "device i440fx");
    field_means(&r, "Programmable attribute map", "PAM1", "RE, lower 16 KiB", "reads from DRAM");
    field_means(&r, "Programmable attribute map", "PAM1", "WE, upper 16 KiB", "writes to DRAM");
    out(&r, 0xb3, 0x5a, 1);
    asks(&r, "device piix4-pm");
    register_is(&r, "Power management", "APMS", "5a");
    asks(&r, "device piix3-ide");
    field_means(&r, "Primary channel", "BMIC", "SSBM", "stopped");
    rig_free(&r);
}
END_TEST

/* Keys with their codes, before and behind the 8042. */
START_TEST(scan_codes)
{
    struct rig r = rig_new(2);
    vm_key(r.vm, KEY_A, true);
    vm_key(r.vm, KEY_A, false);
    vm_key(r.vm, KEY_RCTRL, true);
    for (unsigned i = 0; i < 200 && !vm_keys_taken(r.vm); i++) {
        vm_run_to(r.vm, vm_now(r.vm) + NS_PER_MS, UINT64_MAX);
        vm_cpu(r.vm)->bus.port_in(vm_cpu(r.vm)->bus.owner, 0x60, 1);
    }
    asks(&r, "device keyboard");
    value_says(&r, "Scan codes", "a", "released: f0 1c in set 2, translated to set 1 9e; at ");
    value_says(&r, "Scan codes", "rctrl",
               "pressed: e0 14 in set 2, translated to set 1 e0 1d; at ");
    rig_free(&r);
}
END_TEST

/* Whatever a guest has put into the cards, they can be looked at. */
START_TEST(cards_of_a_wild_guest)
{
    static const char *const names[] = {"gus", "adlib", "es1370", "rtl8029", "pcnet", "cirrus"};
    struct rig r = rig_with_cards();
    r.every = 7;
    const u16 base[] = {
        0x240, 0x340, 0x388, ports_of(&r, "es1370"), ports_of(&r, "rtl8029"), ports_of(&r, "pcnet"),
        0x3c4, 0x3ce};
    for (unsigned i = 0; i < 90; i++) {
        char line[40];
        for (unsigned k = 0; k < 20; k++) {
            unsigned at = rnd() % ARRAY_SIZE(base);
            out(&r, (u16)(base[at] + rnd() % (at > 5 ? 2 : 16)), rnd(), 1u << rnd() % 3);
        }
        if (i % 8 == 0)
            vm_run_to(r.vm, vm_now(r.vm) + NS_PER_MS, vm_instructions(r.vm) + rnd() % 500);
        snprintf(line, sizeof(line), "device %s", names[i % ARRAY_SIZE(names)]);
        asks(&r, line);
    }
    rig_free(&r);
}
END_TEST

/* Whatever a guest has put into the registers, they can be looked at. */
START_TEST(registers_of_a_wild_guest)
{
    static const u16 ports[] = {0x40,  0x41,  0x42,  0x43,  0x61,  0x20,  0x21,  0x0b,  0x08,
                                0x70,  0x71,  0x60,  0x64,  0x3f2, 0x3f4, 0x3f5, 0x1f6, 0x1f7,
                                0x176, 0x177, 0x3c4, 0x3c5, 0x3ce, 0x3cf, 0x3d4, 0x3d5, 0x3c0,
                                0x3fb, 0x3f8, 0x226, 0x22c, 0x224, 0x225};
    struct rig r = rig_new(2);
    r.every = 9;
    struct cpu *c = vm_cpu(r.vm);
    for (unsigned i = 0; i < 400; i++) {
        static const char *const names[] = {"pit",      "pic",   "dma",     "rtc",    "i8042",
                                            "keyboard", "fdc",   "serial0", "ide",    "vga",
                                            "sb16",     "lapic", "ioapic",  "speaker"};
        char line[40];
        for (unsigned k = 0; k < 10; k++)
            c->bus.port_out(c->bus.owner, ports[rnd() % ARRAY_SIZE(ports)], rnd() & 0xff, 1);
        if (i % 8 == 0)
            vm_run_to(r.vm, vm_now(r.vm) + NS_PER_MS, vm_instructions(r.vm) + rnd() % 500);
        snprintf(line, sizeof(line), "device %s", names[i % ARRAY_SIZE(names)]);
        asks(&r, line);
    }
    asks(&r, "vga-plane 3 65535 65536");
    rig_free(&r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("device views");
    TCase *t = tcase_create("device views");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, devices_by_their_data_sheets);
    tcase_add_test(t, scan_codes);
    tcase_add_test(t, cards_by_their_data_sheets);
    tcase_add_test(t, cards_of_a_wild_guest);
    tcase_add_test(t, registers_of_a_wild_guest);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
