/*
 * fuzz_rows.c - devices as text: -device strings and machine files of any content. What is accepted
 * becomes a machine, or is refused by it in one line that says which row; the machine is reset,
 * used a little, saved, and loaded into another one of the same rows.
 *
 * The input is text, in which bytes from 80h on stand for words, so that the search need not spell
 * them.
 */
#include "frontend/cli/readconfig.h"
#include "hw/machine/classes.h"
#include "hw/machine/pc.h"
#include "tests/fuzz/board.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 6, TEXT = 4000 };

static const char *const words[] = {
    "isa-serial",
    "isa-parallel",
    "isa-debug-exit",
    "isa-debugcon",
    "pc-testdev",
    "msmouse",
    "VGA",
    "ne2k_isa",
    "ne2k_pci",
    "pcnet",
    "pcnet_isa",
    "es1370",
    "piix3-usb-uhci",
    "usb-kbd",
    "usb-tablet",
    "iobase=",
    "irq=",
    "index=",
    "chardev=",
    "netdev=",
    "addr=",
    "mac=52:54:00:12:34:",
    "port=",
    "iosize=",
    "ram=",
    "vgamem_mb=",
    "readback=",
    "id=",
    "0x3e8",
    "0x2e8",
    "0xffff",
    "0x",
    "serial0",
    "parallel0",
    "none",
    "nobody",
    "1f.0",
    "4294967296",
    "-1",
    ",",
    ",,",
    "=",
    "\n",
    "\"",
    "[device]\n",
    "[device \"",
    "\"]\n",
    "[machine]\n",
    "[chardev \"c\"]\n",
    "[netdev \"n\"]\n",
    "[drive]\n",
    "[memory]\n",
    "[rtc]\n",
    "[boot-opts]\n",
    "[nic]\n",
    "driver = \"",
    "backend = ",
    "type = ",
    "path = \"/x\"\n",
    "file = a.img\n",
    "size = 64\n",
    "cpu = \"486\"\n",
    "snapshot = on\n",
    "# ",
    " = ",
    "user",
    "lan",
    "stdio",
    "hostfwd = tcp::1-:2\n",
    "on",
};

static size_t spell(struct choices *c, char *text, size_t max)
{
    size_t n = 0;
    while (choices_left(c) && n + 40 < max) {
        u8 v = choose8(c);
        if (v < 0x80) {
            text[n++] = (char)v;
            continue;
        }
        const char *word = words[v % ARRAY_SIZE(words)];
        memcpy(text + n, word, strlen(word));
        n += strlen(word);
    }
    text[n] = 0;
    return n;
}

/* Refusals are one line and not empty. */
static void check(bool ok, const struct err *e)
{
    if (!ok && (!e->text[0] || !memchr(e->text, 0, sizeof(e->text))))
        abort();
}

static struct pc *build(const struct vm_config *config, struct clock *clock, struct err *e)
{
    struct irq line = {board_no_signal, NULL, 0};
    struct pc_signals signals = {line, line, line, line, line, line, line, line, {NULL, NULL}};
    clock_init(clock);
    struct pc *pc = pc_new(config, clock, &signals, e);
    if (pc)
        pc_reset(pc);
    return pc;
}

static void use(struct pc *pc, struct clock *clock, u32 seed)
{
    for (unsigned i = 0; i < 200; i++) {
        seed = seed * 1664525 + 1013904223;
        u16 port = (u16)(seed >> 16 & 0x3ff);
        if (seed & 0x8000)
            bus_out(&pc->bus, port, seed >> 3, 1);
        else
            bus_in(&pc->bus, port, 1);
    }
    fuzz_advance(clock, clock->now + 2 * NS_PER_MS);
    pc_poll(pc);
}

static void both_ways(struct clock *clock, struct pc *pc, struct state *s)
{
    clock_state(clock, s);
    for (unsigned i = 0; i < pc->device_count; i++)
        if (pc->device[i] != &pc->vga->dev) /* its megabytes take most of the time */
            device_state(pc->device[i], s);
    pc_lines_state(pc, s);
}

static void machine(const struct vm_config *config, u32 seed)
{
    struct clock clock, other_clock;
    struct err e = {""};
    struct pc *pc = build(config, &clock, &e);
    check(pc != NULL, &e);
    if (pc) {
        struct pc *other = build(config, &other_clock, &e);
        size_t size;
        use(pc, &clock, seed);
        struct state *s = state_new_save();
        both_ways(&clock, pc, s);
        const u8 *bytes = state_finish(s, &size);
        struct state *in = other && bytes ? state_new_load(bytes, size, &e) : NULL;
        if (!in)
            abort(); /* the same rows are the same machine */
        both_ways(&other_clock, other, in);
        if (!state_ok(in))
            abort();
        use(other, &other_clock, seed + 1);
        state_free(in);
        state_free(s);
        pc_free(other, NULL);
        clock_free(&other_clock);
    }
    pc_free(pc, NULL);
    clock_free(&clock);
}

/* Rows of classes and properties that there are, with values that may be right. */
static void compose(struct choices *c, char *text, size_t max)
{
    static const char *const values[] = {
        "0",       "1",     "2",      "3",          "5",     "7",     "9",
        "11",      "0x2e8", "0x3e8",  "0x300",      "0x320", "0x3f8", "0x60",
        "0xf4",    "0xcf8", "0xffff", "4294967295", "on",    "off",   "none",
        "serial0", "4.0",   "1e",     "16",         "8192",  "32768", "52:54:00:12:34:57"};
    size_t n = 0;
    unsigned count = 0;
    while (class_at(count))
        count++;
    *text = 0;
    while (choices_left(c) && n + 200 < max) {
        const struct device_class *class = class_at(choose8(c) % count);
        u8 how = choose8(c);
        if (!class->model)
            continue;
        n += (size_t)snprintf(text + n, max - n, "%s%s", n ? "\n" : "", class->model);
        for (unsigned k = 0, props = 0; k < (how & 3u); k++) {
            while (class->props && class->props[props].name)
                props++;
            u8 value = choose8(c);
            if (props)
                n += (size_t)snprintf(text + n, max - n, ",%s=%s",
                                      class->props[choose8(c) % props].name,
                                      values[value % ARRAY_SIZE(values)]);
        }
    }
}

static void device_strings(struct choices *c, u32 seed)
{
    char text[TEXT], *rest = text;
    struct devices devices = {.rows = 0};
    if (seed & 2)
        spell(c, text, sizeof(text));
    else
        compose(c, text, sizeof(text));
    while (rest && devices.rows < 1 + (seed >> 2) % ROWS) {
        struct row row;
        struct err e = {""};
        bool ok =
            row_parse(&row, "-device", strsep(&rest, "\n"), &e) && devices_add(&devices, &row, &e);
        check(ok, &e);
    }
    struct vm_config config = {
        .ram_mb = 1, .rows = (const struct row *const *)devices.row, .row_count = devices.rows};
    if (devices.rows)
        machine(&config, seed);
    devices_free(&devices);
}

/* Networks are not plugged in: a LAN is the host's. */
static void machine_file(struct choices *c, u32 seed)
{
    char text[TEXT];
    struct options o = {.cpu = NULL};
    struct err e = {""};
    size_t size = spell(c, text, sizeof(text));
    bool ok = readconfig_text(&o, "fuzz.ini", text, size, &e);
    check(ok, &e);
    if (!ok && strncmp(e.text, "fuzz.ini:", 9) != 0)
        abort();
    struct vm_config config = {.ram_mb = 1,
                               .rows = (const struct row *const *)o.devices.row,
                               .row_count = o.devices.rows < ROWS ? o.devices.rows : ROWS};
    if (ok && config.row_count)
        machine(&config, seed);
    options_free(&o);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    u8 how = choose8(&c);
    if ((how & 3) == 3)
        machine_file(&c, how);
    else
        device_strings(&c, how);
    return 0;
}
