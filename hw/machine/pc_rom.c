/*
 * pc_rom.c - the system BIOS below 1 MB and below 4 GB, and the VGA BIOS at C0000h.
 *
 * A system BIOS is 64 to 256 KB. All of it is seen at the top of the address space, where the
 * reset vector is; its last 128 KB (or what it has) also below 1 MB.
 */
#include "bios/rom.h"
#include "hw/base/hostfile.h"
#include "hw/machine/pc.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    KB = 1024,
    BIOS_MIN = 64 * KB,
    BIOS_MAX = 256 * KB,
    BIOS_LOW_MAX = 128 * KB,
    VGA_BIOS_MAX = 64 * KB
};

/* A copy in whole pages, filled up with FFh as an erased ROM is. */
static u8 *in_pages(const u8 *bytes, size_t size, size_t *padded)
{
    *padded = (size + PAGE_MASK) & ~(size_t)PAGE_MASK;
    u8 *rom = malloc(*padded);
    if (!rom)
        return NULL;
    memcpy(rom, bytes, size);
    memset(rom + size, 0xff, *padded - size);
    return rom;
}

/* The whole file, at most `max` bytes. */
static u8 *read_rom(const char *what, const char *path, size_t max, size_t *size, struct err *e)
{
    const char *why;
    FILE *f = host_open_input(path, &why);
    if (!f) {
        err_set(e, "%s %s: %s", what, path, why);
        return NULL;
    }
    /* As long as the file, where that is known. The room for the largest would come from the host
     * and go back to it, and from then on glibc gives all blocks of that size from its heap: these
     * it clears, so that the start would touch 50 pages of tables that are empty. */
    struct stat st;
    size_t room = max + 1;
    if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && st.st_size < (off_t)max)
        room = (size_t)st.st_size + 1;
    u8 *bytes = malloc(room);
    *size = bytes ? fread(bytes, 1, room, f) : 0;
    bool failed = ferror(f) != 0;
    fclose(f);
    if (!bytes || failed || *size > max) {
        if (!bytes)
            err_set(e, "out of memory");
        else if (failed)
            err_set(e, "%s %s: cannot be read: %s", what, path, strerror(errno));
        else
            err_set(e, "%s %s: larger than %zu KB, which is the most that fits", what, path,
                    max / KB);
        free(bytes);
        return NULL;
    }
    return bytes;
}

static bool map_system_bios(struct pc *pc, const char *path, struct err *e)
{
    size_t size = bios_rom_size;
    u8 *file = NULL;
    if (path) {
        file = read_rom("-bios", path, BIOS_MAX, &size, e);
        if (!file)
            return false;
    }
    if (size < BIOS_MIN || size > BIOS_MAX || size % BIOS_MIN) {
        free(file);
        return err_set(e, "-bios %s: %zu bytes, but a BIOS image has 64, 128, 192 or 256 KB",
                       path ? path : "(built in)", size);
    }
    size_t padded;
    pc->bios = in_pages(file ? file : bios_rom, size, &padded);
    free(file);
    if (!pc->bios)
        return err_set(e, "out of memory");
    u32 len = (u32)size, low = len < BIOS_LOW_MAX ? len : BIOS_LOW_MAX;
    pc->phys.builder = "the system BIOS";
    phys_map_rom(&pc->phys, 0u - len, len, pc->bios);
    phys_map_rom(&pc->phys, 0x100000 - low, low, pc->bios + len - low);
    pc->phys.builder = NULL;
    return true;
}

/* Behind the adapter's expansion ROM register; where it is for another adapter, in fw_cfg. */
static bool offer_vga_bios(struct pc *pc, const u8 *rom, u32 size, struct err *e)
{
    bool fits = false;
    bool pci = !pc->cirrus || !cirrus_on_isa(pc->cirrus);
    if (pci &&
        !(pc->cirrus ? vga_pci_set_rom(&pc->cirrus->pci, &pc->cirrus->rom, rom, size, &fits, e)
                     : vga_pci_set_rom(&pc->vga_pci->pci, &pc->vga_pci->rom, rom, size, &fits, e)))
        return false;
    return fits || fw_cfg_add_file(pc->fw_cfg, "vgaroms/vgabios.bin", rom, size) ||
           err_set(e, "out of memory");
}

static bool map_vga_bios(struct pc *pc, const char *path, struct err *e)
{
    const u8 *own = pc->cirrus ? vgabios_cirrus_rom : vgabios_rom;
    size_t size = pc->cirrus ? vgabios_cirrus_rom_size : vgabios_rom_size;
    u8 *file = NULL;
    if (!pc->vga && !path)
        return true;
    if (path) {
        file = read_rom("-vgabios", path, VGA_BIOS_MAX, &size, e);
        if (!file)
            return false;
        if (size < 512 || file[0] != 0x55 || file[1] != 0xaa) {
            free(file);
            return err_set(e, "-vgabios %s: not an option ROM (it does not begin with 55 AA)",
                           path);
        }
    }
    if (pc->vga && !offer_vga_bios(pc, file ? file : own, (u32)size, e)) {
        free(file);
        return false;
    }
    size_t padded;
    pc->vga_bios = in_pages(file ? file : own, size, &padded);
    free(file);
    if (!pc->vga_bios)
        return err_set(e, "out of memory");
    pc->phys.builder = "the VGA BIOS";
    phys_map_rom(&pc->phys, 0xc0000, (u32)padded, pc->vga_bios);
    pc->phys.builder = NULL;
    return true;
}

bool pc_map_roms(struct pc *pc, const struct vm_config *config, struct err *e)
{
    if (!map_system_bios(pc, config->bios, e) || !map_vga_bios(pc, config->vga_bios, e))
        return false;
    const char *clash = pc->phys.clash.text;
    return !*clash || err_set(e, "%s", clash);
}
