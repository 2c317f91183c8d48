/*
 * The firmware built with the project, as data in the executable: the 64 KB
 * system BIOS (F0000h) and the VGA BIOS, an option ROM (C0000h).
 */
#ifndef FERRITE_BIOS_ROM_H
#define FERRITE_BIOS_ROM_H

#include <stddef.h>

extern const unsigned char bios_rom[];
extern const size_t bios_rom_size;

extern const unsigned char vgabios_rom[];
extern const size_t vgabios_rom_size;

/* The same for the CL-GD5446. */
extern const unsigned char vgabios_cirrus_rom[];
extern const size_t vgabios_cirrus_rom_size;

/* Option ROM that starts a Multiboot kernel, at D0000h when there is one. */
extern const unsigned char multiboot_rom[];
extern const size_t multiboot_rom_size;

#endif
