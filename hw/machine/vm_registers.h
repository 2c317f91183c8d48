/*
 * vm_registers.h - a device of the machine for views: its registers by the data sheet's names, the
 * ports it was accessed through last, and the display's planes and colours.
 */
#ifndef FERRITE_VM_REGISTERS_H
#define FERRITE_VM_REGISTERS_H

#include "hw/base/registers.h"
#include "hw/machine/vm.h"

/* Names of devices whose registers can be looked at; NULL: no more. */
const char *vm_device_with_registers(const struct vm *vm, unsigned i);
/* false: there is no such device, or it has none to show. */
bool vm_look_registers(const struct vm *vm, const char *device, const struct register_eye *eye);

/* An access to a port; of devices of the machine, from the first time on that somebody asks. */
struct vm_port_access {
    u64 instructions;
    u32 value;
    u16 port;
    u8 size;
    bool out;
    const char *what; /* a command's name; NULL */
};
enum { VM_PORT_LOG = 64 };
/* The latest first, at most VM_PORT_LOG; how many. */
unsigned vm_port_log(struct vm *vm, const char *device, struct vm_port_access *out);

/* false: there is no VGA. */
bool vm_vga_plane(const struct vm *vm, unsigned plane, u32 from, u8 *out, u32 count);
bool vm_vga_colours(const struct vm *vm, u32 rgb[256], u8 palette[16]);

#endif
