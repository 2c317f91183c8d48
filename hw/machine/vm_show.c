/*
 * vm_show.c - what a machine shows to those in front of it: screen, lights, drives, network, and
 * each device in words.
 */
#include "hw/machine/vm_machine.h"
#include "hw/machine/vm_words.h"
#include "hw/net/net_link.h"
#include <stdio.h>
#include <string.h>

void vm_explain(const struct vm *vm, char *buf, size_t size)
{
    u64 next = clock_next(&vm->clock);
    machine_words(vm->cpu, vm->pc, next == CLOCK_NEVER ? next : next - vm->clock.now, buf, size);
}

bool vm_keys_taken(const struct vm *vm)
{
    const struct usb_kbd *usb = vm->input.usb_kbd;
    return !vm->input.key_count && !ps2_has_byte(&vm->pc->keyboard->link) && !(usb && usb->count);
}

bool vm_pointer_wanted(const struct vm *vm)
{
    return input_pointing(&vm->input);
}

void vm_network_wait(struct vm *vm, unsigned milliseconds)
{
    unsigned cables = 0;
    for (struct device *d = NULL; (d = pc_next(vm->pc, &net_link_class, d));)
        cables++;
    /* They are looked at one after the other; whichever has something ends its part. */
    for (struct device *d = NULL; (d = pc_next(vm->pc, &net_link_class, d));)
        net_link_wait((struct net_link *)d, (milliseconds + cables - 1) / cables);
}

void vm_network_frames(const struct vm *vm, u64 *sent, u64 *received)
{
    *sent = *received = 0;
    for (struct device *d = NULL; (d = pc_next(vm->pc, &net_link_class, d));) {
        *sent += ((struct net_link *)d)->sent;
        *received += ((struct net_link *)d)->received;
    }
}

unsigned vm_leds(const struct vm *vm)
{
    return vm->pc->keyboard->leds;
}

enum { NO_DISPLAY_NS = NS_PER_SEC / 60 }; /* a frame, where there is no adapter */

void vm_screen(struct vm *vm, struct screen *out)
{
    memset(out, 0, sizeof(*out));
    out->aspect = 4.0 / 3.0;
    if (vm->pc->vga)
        vga_render(vm->pc->vga, out, 0);
}

u64 vm_frame_end(const struct vm *vm)
{
    if (!vm->pc->vga)
        return vm->clock.now + NO_DISPLAY_NS;
    return vga_frame_end(vm->pc->vga, vm->clock.now);
}

u64 vm_frame_ns(const struct vm *vm)
{
    return vm->pc->vga ? vm->pc->vga->t.frame_ns : NO_DISPLAY_NS;
}

size_t vm_screen_text(struct vm *vm, char *buf, size_t size)
{
    if (vm->pc->vga)
        return vga_text_utf8(vm->pc->vga, buf, size);
    if (size)
        *buf = 0;
    return 0;
}

bool vm_screen_cells(struct vm *vm, struct screen_cells *out)
{
    if (vm->pc->vga)
        return vga_text_unicode(vm->pc->vga, out);
    out->columns = out->rows = 0;
    return false;
}

bool vm_drive(const struct vm *vm, unsigned place, struct vm_drive *out)
{
    return pc_drive(vm->pc, place, out);
}

bool vm_drive_export(struct vm *vm, unsigned place, int fd, struct err *e)
{
    return pc_drive_export(vm->pc, place, fd, e);
}

bool vm_drive_let_go(struct vm *vm, unsigned place, struct err *e)
{
    return pc_drive_let_go(vm->pc, place, e);
}

bool vm_drive_take_up(struct vm *vm, unsigned place, const char *overlay, struct err *e)
{
    return pc_drive_take_up(vm->pc, place, overlay, e);
}

bool vm_drive_look(struct vm *vm, unsigned place, u64 *shown, u64 *now)
{
    return pc_drive_look(vm->pc, place, shown, now);
}

bool vm_flush_drives(struct vm *vm, struct err *e)
{
    return pc_flush_drives(vm->pc, e);
}

void vm_read_memory(struct vm *vm, u32 addr, void *buf, u32 len)
{
    phys_read(&vm->pc->phys, addr, buf, len);
}
void vm_describe(struct vm *vm, const char *what, FILE *out)
{
    const struct pc *pc = vm->pc;
    if (!what) {
        fprintf(out, "%-12s %s\n", "cpu", "the processor's registers");
        for (unsigned i = 0; i < pc->device_count; i++)
            fprintf(out, "%-12s %s\n", pc->device[i]->name, pc->device[i]->class->doc);
    } else if (!strcmp(what, "cpu")) {
        cpu_describe(vm->cpu, out);
    } else {
        const struct device *d = pc_find(pc, what);
        if (!d) {
            fprintf(out, "there is no \"%s\"\n", what);
            return;
        }
        fprintf(out, "%s: %s\n", d->name, d->class->doc);
        if (d->class->describe)
            d->class->describe(d, out);
    }
}
