/*
 * fake_vm.c - a stand-in for hw/machine/vm.c. See fake_vm.h.
 */
#include "tests/unit/fake_vm.h"

#include "hw/base/state.h"
#include "hw/machine/vm_anatomy.h"
#include "hw/machine/vm_chain.h"
#include "hw/machine/vm_exec_trace.h"
#include "hw/machine/vm_instruction.h"
#include "hw/machine/vm_look.h"
#include "hw/machine/vm_look_state.h"
#include "hw/machine/vm_map.h"
#include "hw/machine/vm_profile.h"
#include "hw/machine/vm_registers.h"
#include "hw/machine/vm_replay.h"
#include "hw/machine/vm_route.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fake_plan(struct vm *vm, double seconds, struct fake_plan p)
{
    p.at = (u64)(seconds * 1e9);
    vm->plan[vm->plans++] = p;
}

struct vm *vm_new(const struct vm_config *config, struct err *e)
{
    (void)config, (void)e;
    return calloc(1, sizeof(struct vm));
}

bool vm_free(struct vm *vm, struct err *e)
{
    (void)e;
    free(vm);
    return true;
}

enum vm_stop vm_run(struct vm *vm, u64 until)
{
    while (vm->done < vm->plans && vm->plan[vm->done].at <= until) {
        const struct fake_plan *p = &vm->plan[vm->done++];
        vm->now = p->at;
        if (p->text)
            snprintf(vm->text, sizeof(vm->text), "%s", p->text);
        for (int i = 0; i < FAKE_W * FAKE_H; i++)
            vm->pixels[i] = p->paint;
        if (p->serial && vm->serial)
            vm->serial(vm->opaque, (const u8 *)p->serial, strlen(p->serial));
        if (p->stop != VM_SLICE)
            return p->stop;
    }
    if (until > vm->now)
        vm->now = until;
    return VM_SLICE;
}

void vm_interrupt(struct vm *vm)
{
    (void)vm;
}

void vm_explain(const struct vm *vm, char *buf, size_t size)
{
    snprintf(buf, size, "at %llu", (unsigned long long)vm->now);
}

void vm_reset(struct vm *vm)
{
    vm->resets++;
}

bool vm_nmi(struct vm *vm)
{
    (void)vm;
    return true;
}

bool vm_port_in(struct vm *vm, u16 port, unsigned size, u32 *value)
{
    (void)vm;
    *value = port * size;
    return true;
}

bool vm_port_out(struct vm *vm, u16 port, unsigned size, u32 value)
{
    (void)vm;
    return port * size + value > 0;
}

void vm_power_button(struct vm *vm)
{
    vm->power_presses++;
}

u64 vm_now(const struct vm *vm)
{
    return vm->now;
}

u64 vm_frame_ns(const struct vm *vm)
{
    (void)vm;
    return 20 * NS_PER_MS;
}

u64 vm_frame_end(const struct vm *vm)
{
    return (vm->now / vm_frame_ns(vm) + 1) * vm_frame_ns(vm);
}

double vm_mips(const struct vm *vm)
{
    return vm->mips ? vm->mips : 200;
}

void vm_set_mips(struct vm *vm, double mips)
{
    vm->mips = mips;
    vm->clock_of = NULL;
    vm->mhz = 0;
}

bool vm_set_clock(struct vm *vm, const char *processor, double mhz)
{
    if (!mhz)
        return false;
    vm->mips = processor ? 10 * mhz : mhz;
    vm->clock_of = processor;
    vm->mhz = mhz;
    return true;
}

const char *vm_processor_clock(const struct vm *vm, double *mhz)
{
    *mhz = vm->mhz;
    return vm->clock_of;
}

void vm_describe(struct vm *vm, const char *what, FILE *out)
{
    (void)vm;
    fputs(what ? "fake: a device\n" : "cpu          the processor\nfake         a device\n", out);
}

bool vm_usb_disk_plug(struct vm *vm, unsigned place, bool in, struct err *e)
{
    (void)vm;
    (void)place;
    (void)in;
    return err_set(e, "there is no USB stick");
}

bool vm_floppy_protect(struct vm *vm, unsigned drive, bool on, struct err *e)
{
    if (!vm->inserted[drive][0])
        return err_set(e, "there is no diskette in drive %c:", 'A' + (int)drive);
    vm->protect[drive] = on;
    return true;
}

bool vm_drive(const struct vm *vm, unsigned place, struct vm_drive *out)
{
    *out = (struct vm_drive){.kind = place < 2 ? VM_DRIVE_FLOPPY : VM_DRIVE_CD};
    snprintf(out->name, sizeof(out->name), "%s", place == 0 ? "fda" : place == 1 ? "fdb" : "cd");
    if (place < 2) {
        out->medium = vm->inserted[place][0] ? vm->inserted[place] : NULL;
        out->read_only = vm->protect[place];
    } else {
        out->medium = vm->cd[0] ? vm->cd : NULL;
    }
    return place < 2 || place == VM_DRIVES - 1;
}

bool vm_drive_export(struct vm *vm, unsigned place, int fd, struct err *e)
{
    struct vm_drive d;
    if (!vm_drive(vm, place, &d) || !d.medium)
        return err_set(e, "there is no disk in the drive");
    return write(fd, "fake", 4) == 4 || err_set(e, "full");
}

bool vm_drive_renew(struct vm *vm, unsigned place, struct err *e)
{
    struct vm_drive d;
    return (vm_drive(vm, place, &d) && d.medium) || err_set(e, "there is no disk in the drive");
}

u64 vm_instructions(const struct vm *vm)
{
    return vm->now;
}

const char *vm_disk_error(const struct vm *vm)
{
    (void)vm;
    return "fake.img: host error";
}

int vm_exit_status(const struct vm *vm)
{
    (void)vm;
    return 85;
}

int vm_program_status(const struct vm *vm)
{
    (void)vm;
    return 42;
}

bool vm_idle(const struct vm *vm)
{
    (void)vm;
    return false;
}

const char *vm_last_fault(const struct vm *vm)
{
    (void)vm;
    return "";
}

void vm_key(struct vm *vm, int key, bool down)
{
    if (vm->events == FAKE_EVENTS)
        return;
    vm->event[vm->events].at = vm->now;
    vm->event[vm->events].key = key;
    vm->event[vm->events++].down = down;
}

void vm_mouse(struct vm *vm, int dx, int dy, int dz, unsigned buttons)
{
    (void)dz;
    if (vm->events == FAKE_EVENTS)
        return;
    vm->event[vm->events].at = vm->now;
    vm->event[vm->events].dx = dx;
    vm->event[vm->events].dy = dy;
    vm->event[vm->events++].buttons = buttons;
}

bool vm_pointer(struct vm *vm, u16 x, u16 y, int dz, unsigned buttons)
{
    if (vm->pointing)
        vm_mouse(vm, x, y, dz, buttons);
    return vm->pointing;
}

bool vm_keys_taken(const struct vm *vm)
{
    struct vm *v = (struct vm *)vm;
    return !v->refuses || !--v->refuses;
}

void vm_read_memory(struct vm *vm, u32 addr, void *buf, u32 len)
{
    memset(buf, 0, len);
    if (addr == 0x41a && len == 4)
        memcpy(buf, vm->bios_keys, len);
}

unsigned vm_leds(const struct vm *vm)
{
    return vm->leds;
}

void vm_screen(struct vm *vm, struct screen *out)
{
    *out = (struct screen){.pixels = vm->pixels,
                           .width = FAKE_W,
                           .height = FAKE_H,
                           .aspect = 4.0 / 3,
                           .text = vm->text[0] != 0,
                           .version = vm->done + 1};
}

size_t vm_screen_text(struct vm *vm, char *buf, size_t size)
{
    size_t len = strlen(vm->text);
    if (size)
        snprintf(buf, size, "%s", vm->text);
    return len;
}

bool vm_screen_cells(struct vm *vm, struct screen_cells *out)
{
    out->columns = 80;
    out->rows = 25;
    for (unsigned i = 0; i < out->columns * out->rows; i++)
        out->cell[i] = (struct screen_cell){' ', 7};
    for (unsigned i = 0; vm->text[i] && vm->text[i] != '\n' && i < out->columns; i++)
        out->cell[i].code = (u8)vm->text[i];
    return true;
}

bool vm_save(struct vm *vm, u8 **bytes, size_t *size, struct err *e)
{
    (void)e;
    struct state *s = state_new_save();
    state_u64(s, "now", &vm->now);
    const u8 *file = state_finish(s, size);
    *bytes = malloc(*size);
    memcpy(*bytes, file, *size);
    state_free(s);
    return true;
}

bool vm_state_hash(struct vm *vm, u64 *hash, struct err *e)
{
    (void)e;
    *hash = 0xabc000000 + vm->now;
    return true;
}

bool vm_trace_hash(const struct vm *vm, u64 *hash)
{
    *hash = 0x123;
    return vm->plans > 0;
}

bool vm_load(struct vm *vm, const u8 *bytes, size_t size, struct err *e)
{
    struct state *s = state_new_load(bytes, size, e);
    if (!s)
        return false;
    state_u64(s, "now", &vm->now);
    state_free(s);
    return true;
}

bool vm_stick(struct vm *vm, unsigned stick, u16 x, u16 y, unsigned buttons)
{
    vm->stick[stick] = x | (u32)y << 16;
    vm->stick_buttons[stick] = (u8)buttons;
    return true;
}

void vm_stick_unplug(struct vm *vm, unsigned stick)
{
    vm->stick[stick] = 0;
}

/* Two sources, of which one has sounds. */
bool vm_sound_listen(struct vm *vm, const struct sound_sink *sink)
{
    if (vm->listeners == ARRAY_SIZE(vm->sink))
        return false;
    vm->sink[vm->listeners++] = *sink;
    return true;
}

void vm_sound_leave(struct vm *vm, const struct sound_sink *sink)
{
    for (unsigned i = 0; i < vm->listeners; i++) {
        if (vm->sink[i].opaque == sink->opaque)
            vm->sink[i] = vm->sink[--vm->listeners];
    }
}

u32 vm_sound_rate(const struct vm *vm)
{
    (void)vm;
    return 48000;
}

bool vm_sound_source(const struct vm *vm, unsigned i, struct vm_sound *out)
{
    static const char *const names[] = {"speaker", "drum"};
    if (i >= ARRAY_SIZE(names))
        return false;
    *out = (struct vm_sound){names[i], 100 - vm->quieter[i], vm->muted[i], i == 1};
    return true;
}

bool vm_sound_set(struct vm *vm, const char *name, u32 volume, bool muted)
{
    struct vm_sound s;
    bool found = false;
    for (unsigned i = 0; vm_sound_source(vm, i, &s); i++) {
        if (name && strcmp(name, s.name) != 0)
            continue;
        vm->quieter[i] = 100 - volume;
        vm->muted[i] = muted;
        found = true;
    }
    return found;
}

bool vm_floppy_insert(struct vm *vm, unsigned drive, const struct media *m, struct err *e)
{
    if (strstr(m->path, "odd"))
        return err_set(e, "%s: an odd size", m->path);
    snprintf(vm->inserted[drive], sizeof(vm->inserted[drive]), "%s", m->path);
    return true;
}

bool vm_floppy_eject(struct vm *vm, unsigned drive, struct err *e)
{
    (void)e;
    vm->inserted[drive][0] = 0;
    vm->ejects++;
    return true;
}

bool vm_cd_insert(struct vm *vm, const struct media *m, bool force, struct err *e)
{
    (void)force, (void)e;
    snprintf(vm->cd, sizeof(vm->cd), "%s", m->path);
    return true;
}

/* Locked: only by force. */
bool vm_cd_eject(struct vm *vm, bool force, struct err *e)
{
    vm->cd_ejects++;
    return force || err_set(e, "the guest has locked it");
}

/* Debuggers have the real one. */

bool vm_selector_base(struct vm *vm, u16 sel, u32 *base, struct err *e)
{
    (void)vm, (void)e;
    *base = (u32)sel << 4;
    return true;
}

void vm_registers(const struct vm *vm, struct vm_registers *r)
{
    memset(r, 0, sizeof(*r));
    r->gpr[VM_ESP] = (u32)vm->now; /* each instruction returns */
    r->stack32 = true;
}

bool vm_point_set(struct vm *vm, const struct vm_point *p, struct err *e)
{
    (void)vm, (void)p, (void)e;
    return true;
}

bool vm_point_clear(struct vm *vm, const struct vm_point *p)
{
    (void)vm, (void)p;
    return true;
}

void vm_points_pass(struct vm *vm)
{
    (void)vm;
}

const struct vm_point_hit *vm_point_hit(const struct vm *vm)
{
    static const struct vm_point_hit none;
    (void)vm;
    return &none;
}

u32 vm_linear_read(struct vm *vm, u32 lin, void *buf, u32 len)
{
    (void)vm, (void)lin;
    memset(buf, 0, len);
    return len;
}

u32 vm_linear_write(struct vm *vm, u32 lin, const void *buf, u32 len)
{
    (void)vm, (void)lin, (void)buf;
    return len;
}

u32 vm_physical_read(struct vm *vm, u32 addr, void *buf, u32 len)
{
    (void)vm, (void)addr;
    memset(buf, 0, len);
    return len;
}

unsigned vm_disassemble(struct vm *vm, u32 lin, u32 shown, bool code32, char *text, size_t size)
{
    (void)vm, (void)lin, (void)shown, (void)code32;
    snprintf(text, size, "nop");
    return 1;
}

unsigned vm_disassemble_physical(struct vm *vm, u32 addr, bool code32, char *text, size_t size)
{
    return vm_disassemble(vm, addr, addr, code32, text, size);
}

unsigned vm_instruction(struct vm *vm, u32 lin, u32 eip, bool code32, struct vm_instruction *out)
{
    (void)vm, (void)lin, (void)eip, (void)code32;
    *out = (struct vm_instruction){.len = 1, .text = "nop"};
    return 1;
}

unsigned vm_anatomy(struct vm *vm, u32 lin, u32 eip, bool code32, struct vm_anatomy *out)
{
    (void)vm, (void)lin, (void)eip, (void)code32;
    *out = (struct vm_anatomy){.len = 1, .operation = "nop"};
    return 1;
}

void vm_chain(struct vm *vm, unsigned irq, struct vm_chain *out)
{
    (void)vm, (void)irq;
    *out = (struct vm_chain){.vector = 8};
}

bool vm_delivered(struct vm *vm, unsigned i, struct vm_delivery *out)
{
    (void)vm, (void)i, (void)out;
    return false;
}

bool vm_map_next(const struct vm *vm, u64 *at, struct vm_map_range *out)
{
    (void)vm, (void)at, (void)out;
    return false;
}

bool vm_code_place(struct vm *vm, u32 *phys)
{
    (void)vm;
    *phys = 0;
    return true;
}

bool vm_stack_place(struct vm *vm, u32 *phys)
{
    return vm_code_place(vm, phys);
}

bool vm_touched_look(struct vm *vm, u64 since, u64 *from, u32 *interval)
{
    (void)vm;
    *from = since;
    *interval = 1;
    return true;
}

bool vm_touched_next(struct vm *vm, u32 interval, u64 *at, struct vm_touched *out)
{
    (void)vm, (void)interval, (void)at, (void)out;
    return false;
}

const char *vm_device_doc(const struct vm *vm, const char *what)
{
    (void)vm, (void)what;
    return "a device";
}

const char *vm_device_with_registers(const struct vm *vm, unsigned i)
{
    (void)vm;
    return i ? NULL : "fake";
}

bool vm_look_registers(const struct vm *vm, const char *device, const struct register_eye *eye)
{
    (void)vm;
    eye->group(eye->opaque, device);
    return true;
}

unsigned vm_port_log(struct vm *vm, const char *device, struct vm_port_access *out)
{
    (void)vm, (void)device, (void)out;
    return 0;
}

bool vm_vga_plane(const struct vm *vm, unsigned plane, u32 from, u8 *out, u32 count)
{
    (void)vm, (void)plane, (void)from;
    memset(out, 0, count);
    return true;
}

bool vm_vga_colours(const struct vm *vm, u32 rgb[256], u8 palette[16])
{
    (void)vm;
    memset(rgb, 0, 256 * sizeof(*rgb));
    memset(palette, 0, 16);
    return true;
}

void vm_route(struct vm *vm, const struct vm_route_from *from, struct vm_route *out)
{
    (void)vm, (void)from;
    *out = (struct vm_route){.allowed = true, .memory = "RAM"};
}

void vm_value_again(struct vm *vm, struct vm_value *v)
{
    (void)vm, (void)v;
}

void vm_walk(struct vm *vm, u32 lin, struct vm_walk *out)
{
    (void)vm, (void)lin;
    memset(out, 0, sizeof(*out));
}

bool vm_mapping_next(struct vm *vm, u64 *at, struct vm_mapping *out)
{
    (void)vm, (void)at, (void)out;
    return false;
}

bool vm_tlb_next(const struct vm *vm, u32 *at, struct vm_tlb_entry *out)
{
    (void)vm, (void)at, (void)out;
    return false;
}

void vm_interrupts(const struct vm *vm, struct vm_interrupts *out)
{
    (void)vm;
    memset(out, 0, sizeof(*out));
}

bool vm_pci(const struct vm *vm, unsigned i, struct vm_pci *out)
{
    (void)vm, (void)i, (void)out;
    return false;
}

void vm_blocks(const struct vm *vm, struct vm_blocks *out)
{
    (void)vm;
    memset(out, 0, sizeof(*out));
}

void vm_clock(const struct vm *vm, struct vm_clock *out)
{
    (void)vm;
    memset(out, 0, sizeof(*out));
}

void vm_network_frames(const struct vm *vm, u64 *sent, u64 *received)
{
    (void)vm;
    *sent = *received = 0;
}

bool vm_count_host_time(struct vm *vm)
{
    (void)vm;
    return false;
}

void vm_print_jit(const struct vm *vm, FILE *out)
{
    (void)vm, (void)out;
}

/* ---- a machine without a past ---- */

enum vm_stop vm_run_to(struct vm *vm, u64 until, u64 instructions)
{
    if (instructions > until)
        return vm_run(vm, until);
    enum vm_stop why = vm_run(vm, instructions); /* one takes a nanosecond here */
    return why == VM_SLICE ? VM_GOAL : why;
}

struct instant vm_instant(const struct vm *vm)
{
    return (struct instant){vm_instructions(vm), vm->now};
}

struct journal *vm_journal(struct vm *vm)
{
    (void)vm;
    static struct journal none; /* never written to: there is no timeline */
    return &none;
}

void vm_replay(struct vm *vm, struct instant end, bool quiet)
{
    (void)vm, (void)end, (void)quiet;
}

bool vm_replaying(const struct vm *vm)
{
    (void)vm;
    return false;
}

void vm_live(struct vm *vm, bool notes)
{
    (void)vm, (void)notes;
}

u64 vm_barriers(const struct vm *vm)
{
    (void)vm;
    return 0;
}

struct vm_states *vm_states_new(struct vm *vm)
{
    (void)vm;
    return NULL;
}

void vm_states_free(struct vm_states *s)
{
    (void)s;
}

struct vm_state *vm_states_take(struct vm_states *s, struct err *e)
{
    (void)s;
    err_set(e, "a fake has no states");
    return NULL;
}

void vm_states_drop(struct vm_states *s, struct vm_state *state)
{
    (void)s, (void)state;
}

bool vm_states_go(struct vm_states *s, const struct vm_state *state, struct err *e)
{
    (void)s, (void)state;
    return err_set(e, "a fake has no states");
}

struct instant vm_state_instant(const struct vm_state *state)
{
    (void)state;
    return (struct instant){0, 0};
}

u64 vm_states_size(const struct vm_states *s)
{
    (void)s;
    return 0;
}

void vm_points_hold(struct vm *vm, bool on)
{
    (void)vm, (void)on;
}

bool vm_interrupt_due(const struct vm *vm)
{
    (void)vm;
    return false;
}

enum vm_flow vm_flow_now(struct vm *vm, unsigned *len)
{
    (void)vm;
    *len = 1;
    return VM_FLOW_RETURN;
}

unsigned vm_instruction_now(struct vm *vm, struct vm_instruction *out)
{
    (void)vm;
    *out = (struct vm_instruction){.len = 1, .text = "ret", .flow = VM_FLOW_RETURN};
    return 1;
}

/* ---- nothing is counted, and no instruction shown ---- */

struct vm_profile {
    bool counts;
};

struct vm_profile *vm_profile_new(struct vm *vm, u32 (*symbol)(void *owner, u32 lin), void *owner)
{
    (void)vm, (void)symbol, (void)owner;
    return calloc(1, sizeof(struct vm_profile));
}

void vm_profile_free(struct vm_profile *p)
{
    free(p);
}

void vm_profile_count(struct vm_profile *p, bool on)
{
    p->counts = on;
}

bool vm_profile_counts(const struct vm_profile *p)
{
    return p->counts;
}

void vm_profile_clear(struct vm_profile *p)
{
    (void)p;
}

u64 vm_profile_total(const struct vm_profile *p)
{
    (void)p;
    return 0;
}

bool vm_profile_full(const struct vm_profile *p)
{
    (void)p;
    return false;
}

bool vm_profile_node(const struct vm_profile *p, u32 i, struct vm_profile_node *out)
{
    (void)p, (void)i, (void)out;
    return false;
}

bool vm_profile_function(const struct vm_profile *p, u32 i, struct vm_profile_function *out)
{
    (void)p, (void)i, (void)out;
    return false;
}

bool vm_profile_block(const struct vm_profile *p, u32 i, struct vm_profile_block *out)
{
    (void)p, (void)i, (void)out;
    return false;
}

u64 vm_profile_completed(const struct vm_profile *p, u32 i, unsigned n)
{
    (void)p, (void)i, (void)n;
    return 0;
}

bool vm_exec_trace_set(struct vm *vm, const struct vm_exec_trace *t, struct err *e)
{
    (void)vm, (void)t, (void)e;
    return true;
}

bool vm_exec_trace_on(struct vm *vm, bool on, struct err *e)
{
    (void)vm, (void)on, (void)e;
    return true;
}

void vm_last_reset(const struct vm *vm, char *buf, size_t size)
{
    (void)vm;
    snprintf(buf, size, "%s", "");
}

bool vm_look_state(struct vm *vm, const char *what, const struct state_eye *eye)
{
    (void)vm, (void)what, (void)eye;
    return false;
}
