/*
 * test_rows.c - a machine from rows of devices: how rows are read, every class with its properties
 * at their ends, several of those that may be several, two in one place, and snapshots between
 * machines that differ by an optional device.
 */
#include "hw/machine/classes.h"
#include "hw/machine/pc.h"
#include "hw/sound/sb.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 40 };

static struct row row[MAX_ROWS];
static const struct row *rows[MAX_ROWS];
static struct clock clk;

/* "-device A -device B": texts apart by spaces. */
static unsigned parse(const char *text)
{
    unsigned n = 0;
    struct err e;
    char copy[4096];
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        ck_assert_uint_lt(n, MAX_ROWS);
        rows[n] = &row[n];
        ck_assert_msg(row_parse(&row[n], "-device", word, &e), "%s", e.text);
        n++;
    }
    return n;
}

static struct vm_config config(const char *text)
{
    return (struct vm_config){.ram_mb = 1, .rows = rows, .row_count = parse(text)};
}

static struct vm *machine(const char *text, struct err *e)
{
    struct vm_config c = config(text);
    return vm_new(&c, e);
}

static struct pc *board(const char *text)
{
    struct vm_config c = config(text);
    struct pc_signals signals = {.intr = {NULL, NULL, 0}};
    struct err e;
    clock_init(&clk);
    struct pc *pc = pc_new(&c, &clk, &signals, &e);
    ck_assert_msg(pc != NULL, "%s: %s", text, e.text);
    pc_reset(pc);
    return pc;
}

static void done(struct pc *pc)
{
    ck_assert(pc_free(pc, NULL));
    clock_free(&clk);
}

/* ---- rows as text ---- */

START_TEST(rows_are_read)
{
    struct row r;
    struct err e;
    ck_assert(row_parse(&r, "-device", "ne2k_isa,id=a.1,irq=5,name=one,,two,mac=", &e) == false);
    ck_assert_str_eq(e.text, "-device ne2k_isa: mac wants a value: mac=...");
    ck_assert(row_parse(&r, "-device", "ne2k_isa,id=a.1,irq=5,name=one,,two=3", &e));
    ck_assert_str_eq(r.driver, "ne2k_isa");
    ck_assert_str_eq(r.id, "a.1");
    ck_assert_uint_eq(r.props, 2);
    ck_assert_str_eq(row_value(&r, "irq"), "5");
    ck_assert_str_eq(row_value(&r, "name"), "one,two=3");
    ck_assert_ptr_null(row_value(&r, "id"));
    ck_assert(row_parse(&r, "-device", "driver=VGA", &e));
    ck_assert_str_eq(r.driver, "VGA");

    static const char *const wrong[][2] = {
        {"", "-device : driver wants a value: driver=..."},
        {"irq=5", "-device irq=5: which device? say CLASS,property=value,..."},
        {"x,irq=5,irq=6", "-device x: irq is said twice"},
        {"x,driver=y", "-device x: driver is said twice"},
        {"x,id=a,id=b", "-device x: id is said twice"},
        {"x,id=a b", "-device x: id=a b: 1 to 32 letters, digits, -, . or _"},
        {"x,irq", "-device x: \"irq\" wants a value: irq=..."},
        {"x,,y,irq", "-device x: \"irq\" wants a value: irq=..."},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert(!row_parse(&r, "-device", wrong[i][0], &e));
        ck_assert_str_eq(e.text, wrong[i][1]);
    }
    char text[3000] = "x";
    for (unsigned i = 0; i <= ROW_PROPS; i++)
        snprintf(text + strlen(text), 20, ",p%u=1", i);
    ck_assert(!row_parse(&r, "-device", text, &e));
    ck_assert_str_eq(e.text, "-device x: that is too much for one device");
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    ck_assert(!row_parse(&r, "-device", text, &e));
}
END_TEST

/* ---- every class ---- */

static const struct device_class *model_at(unsigned *i)
{
    const struct device_class *c;
    while ((c = class_at((*i)++)) && !c->model)
        ;
    return c;
}

/* It is reset, its ports are read and written, it is saved and loaded. */
static void live(const char *text, struct vm *vm)
{
    struct err e;
    u8 *bytes;
    size_t size;
    vm_run(vm, NS_PER_MS);
    ck_assert_msg(vm_save(vm, &bytes, &size, &e), "%s: %s", text, e.text);
    struct vm *other = machine(text, &e);
    ck_assert_msg(other != NULL, "%s: %s", text, e.text);
    ck_assert_msg(vm_load(other, bytes, size, &e), "%s: %s", text, e.text);
    u64 a, b;
    ck_assert(vm_state_hash(vm, &a, &e) && vm_state_hash(other, &b, &e));
    ck_assert_uint_eq(a, b);
    free(bytes);
    vm_free(other, NULL);
}

/* false: it was refused, in words that name the row. */
static bool try(const char *text)
{
    struct err e;
    struct vm *vm = machine(text, &e);
    if (vm)
        live(text, vm);
    else
        ck_assert_msg(strncmp(e.text, "-device ", 8) == 0, "%s: %s", text, e.text);
    vm_free(vm, NULL);
    return vm != NULL;
}

START_TEST(every_class_alone)
{
    unsigned models = 0;
    for (unsigned i = 0, n; (n = i, model_at(&i)); models++) {
        const struct device_class *c = model_at(&n);
        ck_assert_msg(try(c->model), "%s with its defaults", c->model);
        ck_assert_ptr_nonnull(c->doc);
        /* A display adapter takes the place of the board's. */
        ck_assert_msg(c->optional || c->bus == BUS_BOARD || c == &cirrus_class ||
                          c == &cirrus_isa_class,
                      "%s", c->model);
    }
    ck_assert_uint_ge(models, 9);
}
END_TEST

START_TEST(properties_at_their_ends)
{
    char text[200];
    unsigned good = 0;
    for (unsigned i = 0, n; (n = i, model_at(&i));) {
        const struct device_class *c = model_at(&n);
        for (const struct prop *p = c->props; p && p->name; p++) {
            ck_assert_ptr_nonnull(p->doc);
            if (p->type == PROP_STRING)
                continue;
            for (unsigned end = 0; end < 2; end++) {
                if (p->type == PROP_BOOL)
                    snprintf(text, sizeof(text), "%s,%s=%s", c->model, p->name, end ? "on" : "off");
                else if (p->type == PROP_MAC)
                    snprintf(text, sizeof(text), "%s,%s=%s", c->model, p->name,
                             end ? "fe-ff-ff-ff-ff-ff" : "00:00:00:00:00:01");
                else
                    snprintf(text, sizeof(text), "%s,%s=%#x", c->model, p->name,
                             end ? p->max : p->min);
                good += try(text);
                if (p->type == PROP_BOOL || p->type == PROP_MAC)
                    continue;
                struct err e; /* one beyond is none */
                snprintf(text, sizeof(text), "%s,%s=%lld", c->model, p->name,
                         end ? p->max + 1ll : p->min - 1ll);
                ck_assert_ptr_null(machine(text, &e));
                ck_assert_ptr_nonnull(strstr(e.text, end || p->min ? "out of range" : "a number"));
            }
        }
    }
    ck_assert_uint_ge(good, 25);
}
END_TEST

START_TEST(nonsense_as_a_value)
{
    static const char *const nonsense[] = {"-1",
                                           "0x",
                                           "x",
                                           "+1",
                                           "1k",
                                           "0b1",
                                           "1e3",
                                           "4294967296",
                                           "99999999999999999999999",
                                           "0xffffffffffffffff",
                                           "%s%n%n",
                                           "on;off",
                                           "on,,off",
                                           "==",
                                           "''",
                                           "\"\"",
                                           "\x01\x7f\xff",
                                           "52:54:00:12:34",
                                           "52:54:00:12:34:56:78",
                                           "53:54:00:12:34:56",
                                           "00:00:00:00:00:00",
                                           "gg:54:00:12:34:56",
                                           "help",
                                           "nobody",
                                           "../../x",
                                           "none",
                                           "20",
                                           "1f.1",
                                           "-0",
                                           "0.8"};
    char text[2000];
    for (unsigned i = 0, n; (n = i, model_at(&i));) {
        const struct device_class *c = model_at(&n);
        for (const struct prop *p = c->props; p && p->name; p++) {
            for (unsigned k = 0; k < ARRAY_SIZE(nonsense); k++) {
                snprintf(text, sizeof(text), "%s,%s=%s", c->model, p->name, nonsense[k]);
                bool ok = try(text);
                /* What a number or a switch takes is in its range; none of these is. */
                if (p->type == PROP_BOOL || p->type == PROP_MAC || nonsense[k][0] == '-')
                    ck_assert_msg(!ok, "%s", text);
            }
            memset(text, 'a', sizeof(text) - 1);
            text[sizeof(text) - 1] = 0;
            memcpy(text, c->model, strlen(c->model));
            text[strlen(c->model)] = ',';
            memcpy(text + strlen(c->model) + 1, p->name, strlen(p->name));
            text[strlen(c->model) + 1 + strlen(p->name)] = '=';
            ck_assert(!try(text));
        }
    }
}
END_TEST

/* ---- several ---- */

START_TEST(two_of_each)
{
    static const struct {
        const char *rows, *first, *second;
    } two[] = {
        {"isa-serial isa-serial", "serial2", "serial3"},
        {"isa-serial,index=3 isa-serial", "serial2", "serial3"},
        {"isa-parallel isa-parallel", "parallel1", "parallel2"},
        {"isa-debugcon,iobase=0x501 isa-debugcon,iobase=0x502", "debugcon-3", "debugcon-4"},
        {"ne2k_isa ne2k_isa,iobase=0x320,irq=11", "ne2000", "ne2000-2"},
        {"ne2k_pci ne2k_pci", "rtl8029", "rtl8029-2"},
        {"pcnet pcnet,addr=7", "pcnet", "pcnet-2"},
        {"pcnet_isa pcnet_isa,iobase=0x320,irq=11,dma=7", "pcnet-isa", "pcnet-isa-2"},
        {"usb-disk usb-disk", "usb-disk", "usb-disk-2"},
        {"ne2k_pci,addr=1f ne2k_pci,addr=0x3.0", "rtl8029", "rtl8029-2"},
    };
    bool seen[100] = {false};
    for (unsigned i = 0; i < ARRAY_SIZE(two); i++) {
        struct pc *pc = board(two[i].rows);
        ck_assert_msg(pc_find(pc, two[i].first) && pc_find(pc, two[i].second), "%s", two[i].rows);
        for (unsigned k = 0; class_at(k); k++)
            seen[k] |= class_at(k) == pc_find(pc, two[i].first)->class;
        done(pc);
        ck_assert(try(two[i].rows));
    }
    for (unsigned k = 0; class_at(k); k++) { /* none was forgotten */
        const struct device_class *c = class_at(k);
        ck_assert_msg(seen[k] || !c->several || !c->model, "two of %s", c->model);
    }
}
END_TEST

START_TEST(a_row_takes_the_boards_place)
{
    struct pc *pc = board("isa-serial,index=0,iobase=0x338,irq=5 VGA,vgamem_mb=1 "
                          "isa-debug-exit,iobase=0x501,iosize=2 isa-debugcon,iobase=0x402,"
                          "readback=0x55,chardev=none");
    ck_assert_ptr_eq(pc_find(pc, "serial0"), &pc->serial[0]->dev);
    ck_assert_uint_eq(pc->serial[0]->base, 0x338);
    ck_assert_uint_eq(bus_in(&pc->bus, 0x3f8, 1), 0xff);
    bus_out(&pc->bus, 0x33f, 0xa5, 1);
    ck_assert_uint_eq(bus_in(&pc->bus, 0x33f, 1), 0xa5);
    ck_assert_uint_eq(pc->vga->vram_size, 1 << 20);
    ck_assert_uint_eq(bus_in(&pc->bus, 0xe9, 1), 0xe9);
    ck_assert_uint_eq(bus_in(&pc->bus, 0x402, 1), 0x55);
    ck_assert_uint_eq(pc->bus.port_map[0xf4], 0);
    ck_assert_uint_ne(pc->bus.port_map[0x502], 0);
    done(pc);
}
END_TEST

/* ---- two in one place ---- */

START_TEST(clashes)
{
    static const struct {
        const char *rows, *why;
    } wrong[] = {
        {"isa-serial,iobase=0x3f8", "-device isa-serial: serial2: ports 03f8-03ff: serial0 is "
                                    "there already (03f8-03ff)"},
        {"isa-serial,iobase=0x3f9", "-device isa-serial: serial2: ports 03f9-0400: serial0 is "
                                    "there already (03f8-03ff)"},
        {"isa-serial,iobase=0x3f4", "-device isa-serial: serial2: ports 03f4-03fb: fdc is there "
                                    "already (03f0-03f5)"},
        {"isa-serial,index=3,iobase=0x3e4 isa-serial", "-device isa-serial: serial2: ports "
                                                       "03e8-03ef: serial3 is there already "
                                                       "(03e4-03eb)"},
        {"isa-debug-exit,iobase=0x60", "-device isa-debug-exit: debug-exit: ports 0060-0063: "
                                       "i8042 is there already (0060-0060)"},
        {"isa-debugcon,iobase=0xcf8", "-device isa-debugcon: debugcon-3: ports 0cf8-0cf8: pci is "
                                      "there already (0cf8-0cff)"},
        {"isa-debug-exit,iobase=0xffff,iosize=4", "-device isa-debug-exit: debug-exit: ports "
                                                  "ffff-10002: the last one is ffff"},
        {"ne2k_isa,irq=12", "-device ne2k_isa: ne2000: IRQ 12: i8042 drives that line all the "
                            "time, they cannot share it"},
        {"ne2k_isa,irq=15", "-device ne2k_isa: ne2000: IRQ 15: piix3-ide drives that line all the "
                            "time, they cannot share it"},
        {"ne2k_isa ne2k_isa,iobase=0x320", "-device ne2k_isa: ne2000-2: IRQ 10: ne2000 drives "
                                           "that line all the time, they cannot share it"},
        {"ne2k_isa,irq=6", "-device ne2k_isa: irq=6: the card has 3, 4, 5, 9, 10, 11, 12, 15"},
        {"ne2k_isa,iobase=0x310", "-device ne2k_isa: iobase=0x310: must be a multiple of 0x20"},
        {"isa-serial,irq=8", "-device isa-serial: serial2: IRQ 8 belongs to the board; slots have "
                             "3-7, 9-12, 14 and 15"},
        {"isa-serial,index=7", "-device isa-serial: serial7 has no usual place: say iobase= and "
                               "irq="},
        {"isa-serial,index=2 isa-serial,index=2", "-device isa-serial: the same index as -device "
                                                  "isa-serial"},
        {"pc-testdev pc-testdev", "-device pc-testdev: a machine has one pc-testdev only"},
        {"isa-serial,id=a isa-parallel,id=a", "-device isa-parallel: id=a is another device's too"},
        {"isa-serial,chardev=a", "-device isa-serial: there is no chardev \"a\""},
        {"ne2k_pci,netdev=a", "-device ne2k_pci: there is no netdev \"a\""},
        {"msmouse,port=2", "-device msmouse: there is no serial port 2 for the mouse"},
        {"usb-kbd piix3-usb-uhci", "-device usb-kbd: -device piix3-usb-uhci stands before what "
                                   "hangs at it"},
        {"piix3-usb-uhci piix3-usb-uhci", "-device piix3-usb-uhci: a machine has one "
                                          "piix3-usb-uhci only"},
        {"ne2k_pci,addr=2", "-device ne2k_pci: addr=2: vga-pci is in that PCI slot"},
        {"ne2k_pci,addr=5 ne2k_pci,addr=5.0", "-device ne2k_pci: addr=5.0: rtl8029 is in that PCI "
                                              "slot"},
        {"ne2k_pci,addr=20", "-device ne2k_pci: addr=20: say a slot, 3 to 1f (hexadecimal)"},
        {"ne2k_pci,addr=5.1", "-device ne2k_pci: addr=5.1: say a slot, 3 to 1f (hexadecimal)"},
        {"pit", "-device pit: pit is a part of the board, not of the list"},
        {"ne2k_psi", "-device ne2k_psi: there is no device \"ne2k_psi\"; did you mean ne2k_pci?"},
        {"fluxcapacitor", "-device fluxcapacitor: there is no device \"fluxcapacitor\"; -device "
                          "help lists them"},
        {"ne2k_pci,netdv=a", "-device ne2k_pci: there is no property \"netdv\"; did you mean "
                             "netdev?"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct err e;
        struct vm *vm = machine(wrong[i].rows, &e);
        ck_assert_msg(!vm, "%s", wrong[i].rows);
        ck_assert_str_eq(e.text, wrong[i].why);
    }
}
END_TEST

/* ---- lines that cards share ---- */

static bool irr(struct pc *pc, unsigned n)
{
    return pc->pic->chip[0].pins >> n & 1;
}

static void drive(struct pc *pc, u16 base, bool on)
{
    bus_out(&pc->bus, (u16)(base + 4), 0x08, 1); /* OUT2 */
    bus_out(&pc->bus, (u16)(base + 1), on ? 0x02 : 0, 1);
}

START_TEST(com1_and_com3_share_a_line)
{
    struct pc *pc = board("isa-serial");
    drive(pc, 0x3f8, true);
    ck_assert(irr(pc, 4));
    drive(pc, 0x3e8, true);
    drive(pc, 0x3f8, false);
    ck_assert(irr(pc, 4)); /* the other one still drives it */

    struct state *s = state_new_save();
    size_t size;
    clock_state(&clk, s);
    pc_state(pc, s);
    const u8 *bytes = state_finish(s, &size);
    ck_assert_ptr_nonnull(bytes);
    drive(pc, 0x3e8, false);
    ck_assert(!irr(pc, 4));
    struct state *in = state_new_load(bytes, size, NULL);
    clock_state(&clk, in);
    pc_state(pc, in);
    ck_assert_msg(state_ok(in), "%s", state_error(in));
    state_free(in);
    state_free(s);
    drive(pc, 0x3f8, true);
    drive(pc, 0x3f8, false);
    ck_assert(irr(pc, 4)); /* loaded: COM3 drives */
    drive(pc, 0x3e8, false);
    ck_assert(!irr(pc, 4));
    done(pc);
}
END_TEST

/* ---- snapshots of machines that differ ---- */

static void load_into(const char *from, const char *to, const char *refused)
{
    struct err e;
    u8 *bytes;
    size_t size;
    struct vm *a = machine(from, &e), *b = machine(to, &e);
    ck_assert(a && b);
    vm_run(a, 5 * NS_PER_MS);
    vm_run(b, 9 * NS_PER_MS);
    ck_assert(vm_save(a, &bytes, &size, &e));
    bool ok = vm_load(b, bytes, size, &e);
    ck_assert_msg(ok == !refused, "\"%s\" into \"%s\": %s", from, to, ok ? "loaded" : e.text);
    if (refused)
        ck_assert_msg(strstr(e.text, refused) != NULL, "%s", e.text);
    else
        ck_assert_uint_eq(vm_now(b), vm_now(a));
    vm_run(b, vm_now(b) + 5 * NS_PER_MS);
    free(bytes);
    vm_free(a, NULL);
    vm_free(b, NULL);
}

START_TEST(snapshots_with_and_without)
{
    for (unsigned i = 0, n; (n = i, model_at(&i));) {
        const struct device_class *c = model_at(&n);
        bool display = c == &cirrus_class || c == &cirrus_isa_class;
        const char *refused = display ? "the snapshot has no" : NULL;
        load_into("", c->model, refused);
        load_into(c->model, "", refused);
    }
    load_into("isa-serial isa-parallel", "ne2k_isa pc-testdev", NULL);
    load_into("isa-serial", "isa-serial isa-serial", NULL);
    load_into("VGA,vgamem_mb=2", "", "vga");
    load_into("ne2k_isa,ram=32768", "ne2k_isa", "ram_size");
}
END_TEST

/* ---- the sound card that nobody asked for ---- */

static const struct sb *card(struct pc *pc, const char *name)
{
    return (const struct sb *)pc_find(pc, name);
}

START_TEST(usual_sound_card)
{
    struct err e;
    struct pc *pc = board("");
    ck_assert_ptr_nonnull(card(pc, "sb16"));
    ck_assert_uint_eq(card(pc, "sb16")->mpu_base, 0x330);
    done(pc);
    pc = board("ne2k_isa,iobase=0x320,irq=5"); /* gives way: the MPU-401, */
    ck_assert_uint_eq(card(pc, "sb16")->mpu_base, 0);
    done(pc);
    pc = board("ne2k_isa,iobase=0x220"); /* itself altogether, */
    ck_assert_ptr_null(card(pc, "sb16"));
    done(pc);
    pc = board("sbpro2,irq=7"); /* to another one */
    ck_assert_ptr_null(card(pc, "sb16"));
    ck_assert_ptr_nonnull(card(pc, "sbpro2"));
    done(pc);
    pc = board("es1370"); /* a card on PCI is one more */
    ck_assert_ptr_nonnull(card(pc, "sb16"));
    ck_assert_ptr_nonnull(pc_find(pc, "es1370"));
    done(pc);
    pc = board("usb-tablet usb-kbd"); /* what hangs at USB brings it */
    ck_assert_ptr_nonnull(pc_find(pc, "usb-kbd"));
    ck_assert_ptr_nonnull(pc_find(pc, "uhci"));
    done(pc);
    pc = board("adlib"); /* its FM at 388h, */
    ck_assert_uint_eq(card(pc, "sb16")->fm_base, 0);
    done(pc);
    pc = board("mpu401");
    ck_assert_uint_eq(card(pc, "sb16")->mpu_base, 0);
    done(pc);
    /* Who is asked for does not. */
    ck_assert(!try("sb16 ne2k_isa,iobase=0x320"));
    ck_assert(!try("sb16 sbpro2"));
    ck_assert(try("sb16,mpu=300,addr=240,fm=0 mpu401 sb2,dma=3"));
    struct vm_config c = config("");
    c.sound = "none";
    struct vm *a = vm_new(&c, &e);
    ck_assert_ptr_nonnull(a);
    vm_free(a, NULL);
    c.sound = "sb3";
    ck_assert_ptr_null(vm_new(&c, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "sb16"));
}
END_TEST

/* ---- help ---- */

static NOINLINE char *text_of(bool (*write)(const char *model, FILE *out, struct err *e),
                              const char *model)
{
    char *text = NULL;
    size_t size;
    struct err e;
    FILE *f = open_memstream(&text, &size);
    if (write)
        ck_assert(write(model, f, &e));
    else
        vm_device_list(f);
    fclose(f);
    return text;
}

START_TEST(help_names_everything)
{
    char *list = text_of(NULL, NULL);
    for (unsigned i = 0; class_at(i); i++) {
        const struct device_class *c = class_at(i);
        if (c->model || c->bus == BUS_BOARD)
            ck_assert_msg(strstr(list, c->model ? c->model : c->name) != NULL, "%s", c->name);
        if (!c->model)
            continue;
        ck_assert_ptr_nonnull(strstr(list, c->doc));
        char *help = text_of(vm_device_help, c->model);
        for (const struct prop *p = c->props; p && p->name; p++) {
            const char *line = strstr(help, p->name);
            ck_assert_msg(line && strstr(line, p->doc), "%s,%s", c->model, p->name);
            ck_assert(!p->initial || strstr(line, p->initial));
        }
        free(help);
    }
    free(list);
    struct err e;
    ck_assert(!vm_device_help("isa-serail", stdout, &e));
    ck_assert_str_eq(e.text, "there is no device \"isa-serail\"; did you mean isa-serial?");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("rows");
    TCase *t = tcase_create("rows");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, rows_are_read);
    tcase_add_test(t, every_class_alone);
    tcase_add_test(t, properties_at_their_ends);
    tcase_add_test(t, nonsense_as_a_value);
    tcase_add_test(t, two_of_each);
    tcase_add_test(t, a_row_takes_the_boards_place);
    tcase_add_test(t, clashes);
    tcase_add_test(t, com1_and_com3_share_a_line);
    tcase_add_test(t, snapshots_with_and_without);
    tcase_add_test(t, usual_sound_card);
    tcase_add_test(t, help_names_everything);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
