/*
 * vm_calls.c - calls from outside: keys, mouse, stick, power, speed, media. See vm_calls.h.
 *
 * Each call is made into bytes, which are noted in the journal, and then done from these bytes:
 * a replay does the same with what was noted.
 */
#include "hw/machine/vm_calls.h"

#include "hw/machine/pc.h"
#include "hw/machine/vm_input.h"
#include "hw/machine/vm_parts.h"
#include "hw/machine/vm_replay.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a call, written one after the other and read again. */
struct bytes {
    u8 at[32];
    unsigned size;
};

static void put32(struct bytes *b, u32 v)
{
    put_le32(b->at + b->size, v);
    b->size += 4;
}

static s32 s32_at(const u8 *data, unsigned i)
{
    return (s32)get_le32(data + 4 * i);
}

/* ---- what each of them does ---- */

static void do_key(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    input_key(vm_input(vm), (int)get_le32(d), get_le32(d + 4) != 0);
}

static void do_mouse(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    input_mouse(vm_input(vm), s32_at(d, 0), s32_at(d, 1), s32_at(d, 2), get_le32(d + 12));
}

static void do_pointer(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    input_pointer(vm_input(vm), (u16)get_le32(d), (u16)get_le32(d + 4), s32_at(d, 2),
                  get_le32(d + 12));
}

static void do_stick(struct vm *vm, unsigned unit, const u8 *d)
{
    gameport_move(vm_pc(vm)->gameport, unit, (u16)get_le32(d), (u16)get_le32(d + 4),
                  (u8)get_le32(d + 8));
}

static void do_unplug(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)d;
    gameport_unplug(vm_pc(vm)->gameport, unit);
}

static void do_power(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    (void)d;
    log_at(vm_log(vm), LOG_RESET, "the power button is pressed");
    piix4_pm_button(vm_pc(vm)->pm);
}

static void do_reset(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    (void)d;
    vm_do_reset(vm);
}

static void do_speed(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    vm_do_period(vm, get_le64(d));
}

static void do_nmi(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    (void)d;
    irq_pulse(&vm_pc(vm)->signals.nmi);
}

static u32 access_port(struct vm *vm, const u8 *d)
{
    struct bus *bus = &vm_pc(vm)->bus;
    u16 port = (u16)get_le32(d);
    unsigned size = get_le32(d + 4) & 7;
    if (get_le32(d + 8) == 0)
        return bus_in(bus, port, size);
    bus_out(bus, port, get_le32(d + 12), size);
    return 0;
}

static void do_port(struct vm *vm, unsigned unit, const u8 *d)
{
    u32 size = get_le32(d + 4);
    (void)unit;
    if (size == 1 || size == 2 || size == 4) /* a file may say anything */
        access_port(vm, d);
}

enum { CLOCK_NAME = 16 };

static void do_clock(struct vm *vm, unsigned unit, const u8 *d)
{
    char name[CLOCK_NAME + 1] = "";
    double mhz;
    u64 bits = get_le64(d);
    (void)unit;
    memcpy(&mhz, &bits, sizeof(mhz));
    memcpy(name, d + 8, CLOCK_NAME);
    vm_do_clock(vm, *name ? name : NULL, mhz);
}

static void do_protect(struct vm *vm, unsigned unit, const u8 *d)
{
    pc_floppy_protect(vm_pc(vm), unit, get_le32(d) != 0, NULL);
}

static void do_eject(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)d;
    pc_floppy_eject(vm_pc(vm), unit, NULL);
}

static void do_cd_eject(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    pc_cd_eject(vm_pc(vm), get_le32(d) != 0, NULL);
}

static void do_plug(struct vm *vm, unsigned unit, const u8 *d)
{
    pc_usb_disk_plug(vm_pc(vm), unit, get_le32(d) != 0, NULL);
}

/* What came of it then comes of it again. */
static void do_renew(struct vm *vm, unsigned unit, const u8 *d)
{
    struct err why = {""};
    enum renewed now;
    u32 opening = get_le32(d + 4);
    if (get_le32(d) == RENEW_LOST)
        pc_drive_lose(vm_pc(vm), unit);
    else if (!pc_drive_renew(vm_pc(vm), unit, &opening, &now, &why))
        journal_lost(vm_journal(vm), "this is not the recorded run any more: %.400s", why.text);
}

static void do_check(struct vm *vm, unsigned unit, const u8 *d)
{
    (void)unit;
    if (calls_check(vm) != get_le64(d))
        journal_lost(vm_journal(vm),
                     "this is not the recorded run any more: after %llu instructions the processor "
                     "is not where it was",
                     (unsigned long long)vm_instructions(vm));
}

static const struct {
    void (*fn)(struct vm *vm, unsigned unit, const u8 *data);
    u32 size, units;
} calls[JOURNAL_CALLS + 1] = {
    [JOURNAL_KEY] = {do_key, 8, 1},
    [JOURNAL_MOUSE] = {do_mouse, 16, 1},
    [JOURNAL_POINTER] = {do_pointer, 16, 1},
    [JOURNAL_STICK] = {do_stick, 12, GAMEPORT_STICKS},
    [JOURNAL_UNPLUG] = {do_unplug, 0, GAMEPORT_STICKS},
    [JOURNAL_POWER] = {do_power, 0, 1},
    [JOURNAL_RESET] = {do_reset, 0, 1},
    [JOURNAL_SPEED] = {do_speed, 8, 1},
    [JOURNAL_CLOCK] = {do_clock, 8 + CLOCK_NAME, 1},
    [JOURNAL_EJECT] = {do_eject, 0, VM_FLOPPIES},
    [JOURNAL_PROTECT] = {do_protect, 4, VM_FLOPPIES},
    [JOURNAL_CD_EJECT] = {do_cd_eject, 4, 1},
    [JOURNAL_CHECK] = {do_check, 8, 2},
    [JOURNAL_RENEW] = {do_renew, 8, VM_FLOPPIES + VM_DISKS},
    [JOURNAL_NMI] = {do_nmi, 0, 1},
    [JOURNAL_PORT] = {do_port, 16, 1},
    [JOURNAL_PLUG] = {do_plug, 4, VM_DISKS},
};

/* ---- replays ---- */

u64 calls_check(const struct vm *vm)
{
    return vm_registers_hash(vm);
}

/* In the journal: what a medium is put in as, and then its path. */
enum { PUT_READ_ONLY = 1, PUT_RAW = 2, PUT_FORCE = 4, PUT_PATH = 1024 };

/* The same medium; only from a file that the guest cannot write to. */
static bool put_in(struct vm *vm, const struct journal_entry *e, const u8 *data, struct err *why)
{
    char path[PUT_PATH] = "";
    bool floppy = e->kind == JOURNAL_FLOPPY;
    if (e->size < 2 || e->size - 1 >= sizeof(path) || e->unit >= (floppy ? VM_FLOPPIES : 1))
        return err_set(why, "a medium without a file cannot be put in again");
    memcpy(path, data + 1, e->size - 1);
    struct media m = {.path = path,
                      .read_only = !floppy || (data[0] & PUT_READ_ONLY),
                      .raw = (data[0] & PUT_RAW) != 0};
    if (!m.read_only && !vm_pc(vm)->snapshot)
        return err_set(why, "%s: would be written to; -snapshot leaves it alone", path);
    return floppy ? pc_floppy_insert(vm_pc(vm), e->unit, &m, why)
                  : pc_cd_insert(vm_pc(vm), &m, (data[0] & PUT_FORCE) != 0, why);
}

/* Calls whose contents are of any length. */
static bool replay_long(struct vm *vm, const struct journal_entry *e)
{
    struct journal *j = vm_journal(vm);
    const u8 *data = journal_data(j, e);
    struct err why = {""};
    bool ok =
        e->kind == JOURNAL_LOAD ? vm_do_load(vm, data, e->size, &why) : put_in(vm, e, data, &why);
    if (!ok)
        journal_lost(j, "this is not the recorded run any more: %.400s", why.text);
    return true;
}

bool calls_replay(struct vm *vm)
{
    struct journal *j = vm_journal(vm);
    const struct journal_entry *e = journal_due(j);
    if (!e || e->kind > JOURNAL_CALLS)
        return false;
    size_t at = j->next;
    if (e->kind == JOURNAL_BYTES) {
        pc_poll(vm_pc(vm));
        return j->next != at;
    }
    j->next++;
    if (e->kind == JOURNAL_LOAD || e->kind == JOURNAL_FLOPPY || e->kind == JOURNAL_CD)
        return replay_long(vm, e);
    if (!calls[e->kind].fn || e->size != calls[e->kind].size || e->unit >= calls[e->kind].units) {
        journal_lost(j, "a call of kind %u that this program does not know", e->kind);
        return true;
    }
    u8 data[sizeof((struct bytes){0}.at)] = {0};
    if (e->size)
        memcpy(data, journal_data(j, e), e->size);
    calls[e->kind].fn(vm, e->unit, data);
    return true;
}

/* Noted and done, unless what happens now is what happened before. */
static bool call(struct vm *vm, enum journal_kind kind, unsigned unit, const struct bytes *b)
{
    static const struct bytes none;
    struct journal *j = vm_journal(vm);
    if (journal_replays(j))
        return false;
    b = b ? b : &none;
    journal_note(j, kind, unit, b->at, b->size);
    calls[kind].fn(vm, unit, b->at);
    return true;
}

/* ---- keys, mouse, sticks ---- */

void vm_key(struct vm *vm, int key, bool down)
{
    struct bytes b = {.size = 0};
    put32(&b, (u32)key);
    put32(&b, down);
    call(vm, JOURNAL_KEY, 0, &b);
}

static struct bytes moved(int x, int y, int z, unsigned buttons)
{
    struct bytes b = {.size = 0};
    put32(&b, (u32)x);
    put32(&b, (u32)y);
    put32(&b, (u32)z);
    put32(&b, buttons);
    return b;
}

void vm_mouse(struct vm *vm, int dx, int dy, int dz, unsigned buttons)
{
    struct bytes b = moved(dx, dy, dz, buttons);
    call(vm, JOURNAL_MOUSE, 0, &b);
}

bool vm_pointer(struct vm *vm, u16 x, u16 y, int dz, unsigned buttons)
{
    struct bytes b = moved(x, y, dz, buttons);
    return vm_pointer_wanted(vm) && call(vm, JOURNAL_POINTER, 0, &b);
}

bool vm_stick(struct vm *vm, unsigned stick, u16 x, u16 y, unsigned buttons)
{
    struct bytes b = {.size = 0};
    if (stick >= GAMEPORT_STICKS || !vm_pc(vm)->gameport->wanted)
        return false;
    put32(&b, x);
    put32(&b, y);
    put32(&b, buttons);
    return call(vm, JOURNAL_STICK, stick, &b);
}

void vm_stick_unplug(struct vm *vm, unsigned stick)
{
    if (stick < GAMEPORT_STICKS)
        call(vm, JOURNAL_UNPLUG, stick, NULL);
}

/* ---- power, speed ---- */

void vm_power_button(struct vm *vm)
{
    call(vm, JOURNAL_POWER, 0, NULL);
}

void vm_reset(struct vm *vm)
{
    call(vm, JOURNAL_RESET, 0, NULL);
}

bool vm_nmi(struct vm *vm)
{
    return call(vm, JOURNAL_NMI, 0, NULL);
}

/* Noted and done, as call() does, for what comes of it. */
static bool port_call(struct vm *vm, u16 port, unsigned size, bool out, u32 *value)
{
    struct bytes b = {.size = 0};
    struct journal *j = vm_journal(vm);
    if (journal_replays(j))
        return false;
    put32(&b, port);
    put32(&b, size);
    put32(&b, out);
    put32(&b, out ? *value : 0);
    journal_note(j, JOURNAL_PORT, 0, b.at, b.size);
    u32 got = access_port(vm, b.at);
    if (!out)
        *value = got;
    return true;
}

bool vm_port_in(struct vm *vm, u16 port, unsigned size, u32 *value)
{
    return port_call(vm, port, size, false, value);
}

bool vm_port_out(struct vm *vm, u16 port, unsigned size, u32 value)
{
    return port_call(vm, port, size, true, &value);
}

void vm_set_mips(struct vm *vm, double mips)
{
    struct bytes b = {.size = 8};
    u64 ps = vm_period(mips);
    if (!ps) /* nonsense leaves the speed as it is */
        return;
    put_le64(b.at, ps);
    call(vm, JOURNAL_SPEED, 0, &b);
}

bool vm_set_clock(struct vm *vm, const char *processor, double mhz)
{
    struct bytes b = {.size = 8 + CLOCK_NAME};
    u64 bits;
    if (!vm_clock_possible(processor, mhz) || (processor && strlen(processor) > CLOCK_NAME))
        return false;
    memcpy(&bits, &mhz, sizeof(bits));
    put_le64(b.at, bits);
    if (processor)
        memcpy(b.at + 8, processor, strlen(processor));
    return call(vm, JOURNAL_CLOCK, 0, &b);
}

/* ---- media ---- */

static bool replays(const struct vm *vm, struct err *e)
{
    if (!vm_replaying(vm))
        return false;
    err_set(e, "the machine does again what it has done before; nothing can be changed in that");
    return true;
}

static void note_put(struct vm *vm, enum journal_kind kind, unsigned unit, const struct media *m,
                     bool force)
{
    u8 note[PUT_PATH + 1];
    char *whole = m->path ? realpath(m->path, NULL) : NULL;
    size_t size = whole && strlen(whole) < PUT_PATH ? strlen(whole) : 0;
    note[0] =
        (u8)((m->read_only ? PUT_READ_ONLY : 0) | (m->raw ? PUT_RAW : 0) | (force ? PUT_FORCE : 0));
    if (size)
        memcpy(note + 1, whole, size);
    free(whole);
    journal_note(vm_journal(vm), kind, unit, note, 1 + size);
}

/* What a drive that nothing was put into did all the same: it gave out what was in it. */
static void note_empty(struct vm *vm, enum journal_kind kind, unsigned unit, bool had, bool has)
{
    static const u8 no_force[4];
    if (had && !has)
        journal_note(vm_journal(vm), kind, unit, no_force, kind == JOURNAL_EJECT ? 0 : 4);
}

static bool has_medium(const struct vm *vm, unsigned place)
{
    struct vm_drive d;
    return vm_drive(vm, place, &d) && d.medium;
}

bool vm_floppy_insert(struct vm *vm, unsigned drive, const struct media *m, struct err *e)
{
    if (replays(vm, e))
        return false;
    bool had = has_medium(vm, drive);
    vm_barrier(vm);
    bool ok = pc_floppy_insert(vm_pc(vm), drive, m, e);
    if (ok)
        note_put(vm, JOURNAL_FLOPPY, drive, m, false);
    else if (drive < VM_FLOPPIES)
        note_empty(vm, JOURNAL_EJECT, drive, had, has_medium(vm, drive));
    return ok;
}

bool vm_floppy_eject(struct vm *vm, unsigned drive, struct err *e)
{
    if (replays(vm, e))
        return false;
    vm_barrier(vm);
    if (drive < VM_FLOPPIES)
        journal_note(vm_journal(vm), JOURNAL_EJECT, drive, NULL, 0);
    return pc_floppy_eject(vm_pc(vm), drive, e);
}

/* A guest that has locked the drive hears that somebody wants the disc. */
static void note_cd_wish(struct vm *vm, bool force)
{
    u8 note[4];
    put_le32(note, force);
    journal_note(vm_journal(vm), JOURNAL_CD_EJECT, 0, note, sizeof(note));
}

bool vm_cd_insert(struct vm *vm, const struct media *m, bool force, struct err *e)
{
    struct vm_drive d = {.locked = false};
    if (replays(vm, e))
        return false;
    vm_drive(vm, VM_FLOPPIES + VM_DISKS, &d);
    vm_barrier(vm);
    bool ok = pc_cd_insert(vm_pc(vm), m, force, e);
    if (ok)
        note_put(vm, JOURNAL_CD, 0, m, force);
    else if (d.locked && !force)
        note_cd_wish(vm, false);
    return ok;
}

bool vm_cd_eject(struct vm *vm, bool force, struct err *e)
{
    if (replays(vm, e))
        return false;
    vm_barrier(vm);
    note_cd_wish(vm, force);
    return pc_cd_eject(vm_pc(vm), force, e);
}

bool vm_floppy_protect(struct vm *vm, unsigned drive, bool on, struct err *e)
{
    struct bytes b = {.size = 0};
    if (replays(vm, e) || !pc_floppy_protect(vm_pc(vm), drive, on, e))
        return false;
    put32(&b, on);
    call(vm, JOURNAL_PROTECT, drive, &b);
    return true;
}

bool vm_usb_disk_plug(struct vm *vm, unsigned place, bool in, struct err *e)
{
    unsigned i = place - VM_FLOPPIES;
    u8 note[4];
    if (replays(vm, e))
        return false;
    vm_barrier(vm);
    if (!pc_usb_disk_plug(vm_pc(vm), i, in, e))
        return false;
    put_le32(note, in);
    journal_note(vm_journal(vm), JOURNAL_PLUG, i, note, sizeof(note));
    return true;
}

/* The host's folder is read now; a replay has what it found then. */
bool vm_drive_renew(struct vm *vm, unsigned place, struct err *e)
{
    enum renewed how;
    u32 opening = 0;
    u8 note[8];
    if (replays(vm, e))
        return false;
    bool ok = pc_drive_renew(vm_pc(vm), place, &opening, &how, e);
    if (how == RENEW_NOT)
        return false;
    vm_barrier(vm);
    put_le32(note, how);
    put_le32(note + 4, opening);
    journal_note(vm_journal(vm), JOURNAL_RENEW, place, note, sizeof(note));
    return ok;
}
