/*
 * board.h - the whole board without a processor, for fuzz targets, driven by choices from the
 * input: every device's ports, configuration space, windows that move, shadow RAM, bus masters
 * with tables of any content, fw_cfg, keys and the mouse, media that come and go, the picture
 * looked at, and time passing.
 */
#ifndef FERRITE_FUZZ_BOARD_H
#define FERRITE_FUZZ_BOARD_H

#include "hw/machine/pc.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum {
    BOARD_DISK = 256 * 512,
    BOARD_FLOPPY = 1440 * 1024,
    PM_PORTS = 0xb000,
    BM_PORTS = 0xc000,
    PRD = 0x10000,
    BOARD_PICTURES = 4 /* in one run: large ones take their time */
};

struct board_under_test {
    struct clock clock;
    struct pc *pc;
    unsigned pictures;
    struct port_registers registers; /* of the processor that is not there */
    u64 heard;
};

static inline void board_get_registers(void *owner, struct port_registers *r)
{
    *r = ((struct board_under_test *)owner)->registers;
}

static inline void board_set_registers(void *owner, const struct port_registers *r)
{
    ((struct board_under_test *)owner)->registers = *r;
}

static inline void board_no_signal(void *opaque, int n, int level)
{
    (void)opaque, (void)n, (void)level;
}

static inline size_t board_stream_read(void *opaque, u8 *data, size_t max)
{
    (void)opaque;
    memset(data, 0x55, max > 3 ? 3 : max);
    return max > 3 ? 3 : max;
}

/* Somebody listens, so that all that sounds is rendered. */
static inline void board_hear(void *opaque, const struct sound_frame *f, unsigned count, u64 first)
{
    u64 *sum = opaque;
    for (unsigned i = 0; i < count; i++)
        *sum += (u64)f[i].left * first + (u64)f[i].right;
}

/* And somebody plays, so that recordings are something, and MIDI IN never rests. */
static inline void board_sing(void *opaque, struct sound_frame *f, unsigned count, u64 first)
{
    (void)opaque;
    for (unsigned i = 0; i < count; i++)
        f[i] = (struct sound_frame){(s16)((first + i) * 40503), (s16)((first + i) * 257)};
}

static inline size_t board_play(void *opaque, u64 from, u64 to, u8 *data, size_t max)
{
    (void)opaque;
    for (size_t i = 0; i < max; i++)
        data[i] = (u8)((from >> 20) * 131 + i * 29);
    return to - from < NS_PER_MS ? 0 : max;
}

static inline struct media board_medium(enum disk_kind kind)
{
    static const u8 zero[BOARD_FLOPPY];
    return (struct media){.bytes = zero, .size = kind == DISK_FLOPPY ? BOARD_FLOPPY : BOARD_DISK};
}

/* On the heap: the board points into it. */
static inline struct board_under_test *board_begin(void)
{
    struct board_under_test *t = calloc(1, sizeof(*t));
    struct vm_config config = {.ram_mb = 2, .pointer_port = true};
    struct irq line = {board_no_signal, NULL, 0};
    struct pc_signals signals = {line, line, line, line, line, line, line, line, {NULL, NULL}};
    struct err e;
    static const char *const cards[] = {"tandy", "disney", "ne2k_isa,pnp=on"};
    struct row row[ARRAY_SIZE(cards)];
    const struct row *rows[ARRAY_SIZE(cards)];

    for (size_t i = 0; i < ARRAY_SIZE(cards); i++) {
        if (!row_parse(&row[i], "-device", cards[i], &e))
            abort();
        rows[i] = &row[i];
    }
    config.rows = rows;
    config.row_count = ARRAY_SIZE(rows);
    config.floppy[0] = board_medium(DISK_FLOPPY);
    config.disk[0] = board_medium(DISK_HARD);
    config.cdrom = board_medium(DISK_CD);
    config.serial[0].read = board_stream_read;
    config.sound_in.give = board_sing;
    config.midi_in.bytes = board_play;
    clock_init(&t->clock);
    t->pc = pc_new(&config, &t->clock, &signals, &e);
    if (!t->pc)
        abort();
    t->pc->vmmouse->processor =
        (struct processor_line){board_get_registers, board_set_registers, t};
    pc_reset(t->pc);
    struct sound_sink sink = {board_hear, &t->heard};
    if (!mixer_listen(t->pc->sound, &sink))
        abort();
    return t;
}

static inline void board_end(struct board_under_test *t)
{
    pc_free(t->pc, NULL);
    clock_free(&t->clock);
    free(t);
}

/* The ports of the south bridge, those of an AT, the rest now and then. */
static inline u16 board_port(struct choices *c)
{
    static const u16 ports[] = {0xcf8, 0xcfc, 0xcfd, 0xcfe, 0xcff, 0xb2,  0x4d0, 0x4d1,
                                0x510, 0x511, 0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5,
                                0x1f6, 0x1f7, 0x3f6, 0x170, 0x176, 0x177, 0x376, 0xcf9};
    static const u16 isa[] = {0x00,  0x08,  0x20,  0x40,  0x43,  0x60,  0x61,  0x64,  0x70,
                              0x72,  0x80,  0x88,  0x92,  0xa0,  0xc0,  0xd0,  0xd8,  0xe9,
                              0xf0,  0x1ce, 0x1cf, 0x2f8, 0x378, 0x3b4, 0x3c0, 0x3c4, 0x3c8,
                              0x3ce, 0x3d4, 0x3da, 0x3f0, 0x3f4, 0x3f8, 0x3fc, 0x402, 0x8900};
    u8 what = choose8(c);

    if (what < 0x40)
        return ports[what % ARRAY_SIZE(ports)];
    if (what < 0x50)
        return (u16)(PM_PORTS + (what & 15) + (choose8(c) & 16) * 3);
    if (what < 0x60)
        return (u16)(BM_PORTS + (what & 15));
    if (what < 0x80)
        return choose16(c);
    u8 offset = choose8(c);
    return (u16)(isa[what % ARRAY_SIZE(isa)] + (offset & 0x80 ? 0 : offset & 7));
}

static inline u32 board_address(struct choices *c)
{
    static const u32 base[] = {0xa0000,    0xc0000,    0xe0000,    0xf0000, 0xe0000000, 0xfec00000,
                               0xfee00000, 0xfffc0000, 0xd8000000, PRD,     0x1ff000,   0x200000};
    return base[choose8(c) % ARRAY_SIZE(base)] + (choose16(c) & 0xfffcu);
}

static inline void board_configure(struct board_under_test *t, struct choices *c)
{
    static const u8 function[] = {PCI_DEVFN(0, 0), PCI_DEVFN(1, 0), PCI_DEVFN(1, 1),
                                  PCI_DEVFN(1, 3), PCI_DEVFN(2, 0), PCI_DEVFN(3, 0)};
    static const u8 reg[] = {0x04, 0x10, 0x20, 0x30, 0x40, 0x58, 0x5c, 0x60, 0x72, 0x80, 0x3c};
    static const u32 value[] = {BM_PORTS, PM_PORTS, 0xd8000000, 0xe0000000, 0xffffffff, 0,
                                7,        0x3f0,    0xfec00001, 0xa0000,    0x33333333};
    u8 pick = choose8(c);

    pci_config_write(t->pc->pci, function[choose8(c) % ARRAY_SIZE(function)],
                     pick & 1 ? reg[pick % ARRAY_SIZE(reg)] & 0xfcu : pick & 0xfcu,
                     pick & 2 ? value[choose8(c) % ARRAY_SIZE(value)] : choose32(c), 4);
}

static inline void board_dma(struct board_under_test *t, struct choices *c)
{
    struct bus *bus = &t->pc->bus;
    u8 how = choose8(c), table[64];

    for (unsigned i = 0; i < sizeof(table); i++)
        table[i] = choose8(c);
    phys_write(&t->pc->phys, PRD, table, sizeof(table));
    pci_config_write(t->pc->pci, PCI_DEVFN(1, 1), 0x20, BM_PORTS, 4);
    pci_config_write(t->pc->pci, PCI_DEVFN(1, 1), 0x04, 5, 2);
    bus_out(bus, 0x1f6, 0xe0, 1);
    bus_out(bus, 0x1f2, how & 0x3f, 1);
    bus_out(bus, 0x1f7, how & 0x80 ? 0xc8 : 0xca, 1);
    bus_out(bus, BM_PORTS + 4, how & 0x40 ? choose32(c) : PRD, 4);
    bus_out(bus, BM_PORTS, how & 0x80 ? 9 : 1, 1);
}

/* A command of fw_cfg's DMA: any control word, length and target; sometimes it lies anywhere. */
static inline void board_fw_cfg(struct board_under_test *t, struct choices *c)
{
    u8 how = choose8(c), command[16] = {0, how & 0x3f, 0, choose8(c) & 0x1f};
    u32 at = how & 0x40 ? PRD : board_address(c);

    for (unsigned i = 4; i < sizeof(command); i++)
        command[i] = how & 0x80 && i < 12 ? 0 : choose8(c);
    phys_write(&t->pc->phys, at, command, sizeof(command));
    bus_out(&t->pc->bus, 0x518, __builtin_bswap32(at), 4);
}

/* A display of any size and depth, or one of the VGA's, half set up. */
static inline void board_display(struct board_under_test *t, struct choices *c)
{
    struct bus *bus = &t->pc->bus;
    u8 how = choose8(c);

    for (u8 i = 1; i < 10; i++) {
        if (i == 4)
            continue;
        static const u16 usual[] = {0, 0, 640, 480, 8, 32, 1024, 0xffff};
        bus_out(bus, 0x1ce, i, 2);
        bus_out(bus, 0x1cf, how & 1 ? choose16(c) : usual[choose8(c) & 7], 2);
    }
    bus_out(bus, 0x1ce, 4, 2);
    bus_out(bus, 0x1cf, how >> 1, 2);
}

/* The world outside: somebody types, moves the mouse, changes media, looks at the screen. */
static inline void board_outside(struct board_under_test *t, struct choices *c)
{
    struct pc *pc = t->pc;
    u8 what = choose8(c);

    switch (what & 7) {
    case 0:
    case 1:
        if (ps2kbd_ready(pc->keyboard))
            ps2kbd_key(pc->keyboard, (enum key)(choose8(c) % KEY_COUNT), what & 8);
        break;
    case 2:
        ps2mouse_move(pc->mouse, (s8)choose8(c), (s8)choose8(c), what >> 6, what >> 3 & 7);
        break;
    case 3: {
        struct media m = board_medium(DISK_FLOPPY);
        if (what & 8)
            pc_floppy_eject(pc, 0, NULL);
        else
            pc_floppy_insert(pc, 0, &m, NULL);
        break;
    }
    case 4: {
        struct media m = board_medium(DISK_CD);
        if (what & 8)
            pc_cd_eject(pc, what & 16, NULL);
        else
            pc_cd_insert(pc, &m, what & 16, NULL);
        break;
    }
    case 5:
        uart16550_poll(pc->serial[0]);
        break;
    case 6: {
        struct screen screen;
        char text[256];
        if (t->pictures++ >= BOARD_PICTURES)
            break;
        vga_render(pc->vga, &screen, 0);
        if (screen.width > 4096 || screen.height > 4096)
            abort();
        volatile u32 sum = 0; /* a sanitizer sees what is not there */
        for (size_t i = 0; i < (size_t)screen.width * screen.height; i++)
            sum = sum + screen.pixels[i];
        vga_text_utf8(pc->vga, text, sizeof(text));
        break;
    }
    default:
        board_display(t, c);
        break;
    }
}

/* VMware's pointer: a command, mostly one that it knows; or the pointer moves. */
static inline void board_pointer(struct board_under_test *t, struct choices *c)
{
    static const u32 command[] = {0x0a, 0x27, 0x28, 0x29},
                     operand[] = {0x45414552, 0x53424152, 0x53424152, 0x4c455252, 0xf5, 1, 2, 4};
    u8 what = choose8(c);

    if (what & 0x80) {
        vmmouse_point(t->pc->vmmouse, choose16(c), choose16(c), (s8)choose8(c), what & 7);
    } else if (what & 0x40) {
        vmmouse_move(t->pc->vmmouse, (s8)choose8(c), (s8)choose8(c), (s8)choose8(c), what & 7);
    } else {
        t->registers = (struct port_registers){
            what == 0x3f ? choose32(c) : 0x564d5868, what & 0x20 ? choose32(c) : operand[what & 7],
            what == 0x3e ? choose32(c) : command[what >> 3 & 3], 0x5658};
        bus_in(&t->pc->bus, 0x5658, 4);
    }
}

/*
 * Plug and play of ISA cards: what a chance never does is the key of 32 bytes, and reading a card's
 * 72 bits out of isolation; the registers then are any, at ports that they move themselves.
 */
static inline void board_pnp(struct board_under_test *t, struct choices *c)
{
    enum { ADDRESS = 0x279, DATA = 0xa79, READ = 0x203, BITS = 72 };
    static const u8 usual[] = {0,    1,    2,    3,    4,    5,    6,    7,
                               0x30, 0x31, 0x60, 0x61, 0x70, 0x71, 0x74, 0x75};
    struct bus *bus = &t->pc->bus;
    u8 how = choose8(c), key = 0x6a;

    if (how & 1) {
        bus_out(bus, ADDRESS, 0, 1);
        bus_out(bus, ADDRESS, 0, 1);
        for (unsigned i = 0; i < 32; i++) {
            bus_out(bus, ADDRESS, key, 1);
            key = (u8)(key >> 1 | (key ^ key >> 1) << 7);
        }
    }
    if (how & 2) { /* wake those without a number, who say theirs, and get one */
        static const u8 wake[][2] = {{3, 0}, {0, READ >> 2}, {1, 0}};
        for (unsigned i = 0; i < ARRAY_SIZE(wake); i++) {
            bus_out(bus, ADDRESS, wake[i][0], 1);
            if (i < 2)
                bus_out(bus, DATA, wake[i][1], 1);
        }
        for (unsigned i = 0; i < 2 * BITS; i++)
            bus_in(bus, READ, 1);
        bus_out(bus, ADDRESS, 6, 1);
        bus_out(bus, DATA, 1 + (how >> 2 & 1), 1);
    }
    for (unsigned i = how >> 4; i; i--) {
        u8 reg = choose8(c);
        bus_out(bus, ADDRESS, reg & 0x80 ? reg : usual[reg % ARRAY_SIZE(usual)], 1);
        if (how & 8 || reg & 0x40)
            bus_in(bus, READ, 1);
        else
            bus_out(bus, DATA, choose8(c), 1);
    }
}

/* One step of a guest gone wild. */
static inline void board_step(struct board_under_test *t, struct choices *c)
{
    u8 what = choose8(c);
    unsigned width = 1u << (what >> 4 & 3) % 3;

    switch (what & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
        bus_out(&t->pc->bus, board_port(c), choose32(c), width);
        break;
    case 4:
    case 5:
        bus_in(&t->pc->bus, board_port(c), width);
        break;
    case 6:
    case 7:
        board_configure(t, c);
        break;
    case 8:
        board_outside(t, c);
        break;
    case 9:
        phys_store(&t->pc->phys, board_address(c), choose32(c), width);
        break;
    case 10:
        phys_load(&t->pc->phys, board_address(c), width);
        break;
    case 11:
        board_dma(t, c);
        break;
    case 12:
        board_fw_cfg(t, c);
        break;
    case 13:
        board_pointer(t, c);
        break;
    case 14:
        board_pnp(t, c);
        break;
    default:
        fuzz_advance(&t->clock, t->clock.now + choose16(c) * 1000ull);
        mixer_pull(t->pc->sound);
        break;
    }
}

/* ---- snapshots ---- */

/* Without memory and display: their megabytes take most of the time of a whole snapshot. */
static inline void board_state(struct board_under_test *t, bool whole, struct state *s)
{
    clock_state(&t->clock, s);
    if (whole)
        phys_state(&t->pc->phys, s);
    for (unsigned i = 0; i < t->pc->device_count; i++) {
        if (whole || t->pc->device[i] != &t->pc->vga->dev)
            device_state(t->pc->device[i], s);
    }
}

static inline u8 *board_save(struct board_under_test *t, bool whole, size_t *size)
{
    struct state *s = state_new_save();
    board_state(t, whole, s);
    const u8 *bytes = state_ok(s) ? state_finish(s, size) : NULL;
    u8 *copy = bytes ? malloc(*size) : NULL;
    if (!copy)
        abort();
    memcpy(copy, bytes, *size);
    state_free(s);
    return copy;
}

static inline bool board_load(struct board_under_test *t, bool whole, const u8 *bytes, size_t size)
{
    struct state *s = state_new_load(bytes, size, NULL);
    if (!s)
        return false;
    board_state(t, whole, s);
    char name[STATE_NAME];
    unsigned at = 0;
    bool optional, ok = state_ok(s) && !state_unread(s, &at, name, &optional);
    state_free(s);
    return ok;
}

#endif
