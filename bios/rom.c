/*
 * The firmware images as data of the executable. CMake names the files in
 * BIOS_ROM_FILE and the like.
 */
#include "rom.h"
#include "hw/base/embed.h"

EMBED(bios_rom, BIOS_ROM_FILE);
EMBED(vgabios_rom, VGABIOS_ROM_FILE);
EMBED(vgabios_cirrus_rom, VGABIOS_CIRRUS_ROM_FILE);
EMBED(multiboot_rom, MULTIBOOT_ROM_FILE);
