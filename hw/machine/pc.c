/*
 * pc.c - the board's own wiring, as on an AT (IBM PC/AT Technical Reference; IRQ and DMA numbers
 * are also in the PIIX3 data sheet), the media in its drives, its life. Which devices there are is
 * in pc_rows.c.
 */
#include "hw/machine/pc.h"
#include "hw/base/shown.h"
#include "hw/net/net_link.h"
#include "hw/storage/folder/folder.h"
#include "hw/storage/folder/iso9660.h"
#include "hw/storage/usb_disk.h"
#include <stdlib.h>
#include <string.h>

/* ---- lines that are more than a wire ---- */

/* One A20 gate that the 8042 and port 92h both move: the last one to write wins, both see it. */
static void on_a20(void *opaque, int n, int level)
{
    (void)n;
    struct pc *pc = opaque;
    i8042_mirror_a20(pc->kbc, level);
    port92_mirror_a20(pc->port92, level);
    phys_set_a20(&pc->phys, level);
}

static void on_gate2(void *opaque, int n, int level)
{
    i8254_set_gate(opaque, (unsigned)n, level);
}

static bool timer2_out(void *opaque)
{
    return i8254_out(opaque, 2);
}

static u64 timer2_steady(void *opaque)
{
    return i8254_out_steady(opaque, 2);
}

enum { CDROM = 2 }; /* secondary master, as everywhere */

static bool read_cd(void *opaque, u32 block, u8 *to)
{
    return cd_read(opaque, block, to);
}

/* For the guest port: what is in the drive, when it is ready. */
static bool cd_in_drive(void *opaque, struct iso_disc *disc)
{
    struct pc *pc = opaque;
    const struct ata_unit *drive = ide_cdrom(pc->ide);
    struct cd_disc *medium = drive && atapi_ready(drive->atapi) ? drive->atapi->medium : NULL;
    *disc = (struct iso_disc){0};
    if (medium)
        *disc = (struct iso_disc){read_cd, medium, cd_blocks(medium)};
    return drive != NULL;
}

static void wire(struct pc *pc, const struct vm_config *config)
{
    pc->pic->intr = (struct irq){lapic_lint0, pc->lapic, 0};
    pc->lapic->intr = pc->signals.intr;
    pc->lapic->nmi = pc->signals.nmi;
    pc->lapic->init = pc->signals.message;
    pc->lapic->eoi = ioapic_eoi;
    pc->lapic->eoi_opaque = pc->ioapic;
    pc->ioapic->lapic = pc->lapic;
    pc->pit->out[0] = pc_solder(pc, &pc->pit->dev, 0);
    pc->kbc->irq_keyboard = pc_solder(pc, &pc->kbc->dev, 1);
    pc->kbc->irq_mouse = pc_solder(pc, &pc->kbc->dev, 12);
    pc->kbc->a20 = pc->port92->a20 = (struct irq){on_a20, pc, 0};
    pc->kbc->reset = pc->port92->init = pc->signals.init;
    pc->port92->reset = pc->signals.reset;
    i8042_connect(pc->kbc, 0, &pc->keyboard->link);
    i8042_connect(pc->kbc, 1, &pc->mouse->link);
    pc->vmmouse->enabled = config->pointer_port;
    pc->vmmouse->mouse = pc->mouse;
    pc->rtc->irq = pc_solder(pc, &pc->rtc->dev, 8);
    pc->ferr->irq = pc_solder(pc, &pc->ferr->dev, 13);
    pc->port61->gate2 = (struct irq){on_gate2, pc->pit, 2};
    pc->port61->timer2_out = timer2_out;
    pc->port61->timer2_steady = timer2_steady;
    pc->port61->timer2 = pc->pit;
    pc->port61->speaker = (struct irq){speaker_data, pc->speaker, 0};
    pc->speaker->pit = pc->pit;
    pc->pit->before_counter2 = speaker_before_timer;
    pc->pit->before_opaque = pc->speaker;
    pc->debug->power_off = pc->signals.power_off;
    pc->debug->post_port = config->post_port;
    pc->fdc->irq = pc_solder(pc, &pc->fdc->dev, 6);
    i8237_attach(pc->dma, 2, &pc->fdc->dma);
    pc->dma_user[2] = &pc->fdc->dev;
    pc_wire_pci(pc);
    pc->multiboot->kernel = config->kernel;
    pc->multiboot->append = config->append;
    pc->multiboot->initrd = config->initrd;
    if (pc->vga)
        pc->vga->overscan |= config->overscan;
    pc->guest->config = &config->guest;
    pc->guest->host_time = config->rtc_host;
    pc->guest->exit = pc->signals.program_end;
    pc->guest->cd = (struct guest_cd){
        .drive = cd_in_drive,
        .opaque = pc,
        .port = CDROM / 2 ? 0x170 : 0x1f0,
        .device = CDROM % 2,
    };
}

/* ---- media ---- */

static void each_disk(struct pc *pc, void (*fn)(struct disk *d))
{
    for (unsigned i = 0; i < VM_DISKS; i++) {
        if (pc->disk[i])
            fn(pc->disk[i]);
    }
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        if (pc->fdc->drive[i].disk)
            fn(pc->fdc->drive[i].disk);
    }
}

static void settle_disk(struct disk *d)
{
    disk_settle(d);
}

void pc_settle_disks(struct pc *pc)
{
    each_disk(pc, settle_disk);
}

void pc_tick_disks(struct pc *pc)
{
    each_disk(pc, disk_tick);
}

void pc_rest_disks(struct pc *pc)
{
    each_disk(pc, disk_rest);
}

/* A drive's werror= and rerror= hold for whatever is put into it later. */
static struct disk *open_floppy(struct pc *pc, unsigned drive, const struct media *m, struct err *e)
{
    struct media own = *m;
    if (own.write_error == ON_ERROR_DEFAULT)
        own.write_error = pc->floppy_write_error[drive];
    if (own.read_error == ON_ERROR_DEFAULT)
        own.read_error = pc->floppy_read_error[drive];
    struct disk *d = disk_open(&own, DISK_FLOPPY, pc->snapshot, pc->board.log, e);
    if (d)
        disk_on_stop(d, pc->signals.disk_error.stop, pc->signals.disk_error.opaque);
    return d;
}

static bool open_disks(struct pc *pc, const struct vm_config *config, struct err *e)
{
    struct log *log = pc->board.log;
    bool ours = !config->bios; /* our BIOS finds out by READ ID; of another one nobody knows */
    for (unsigned i = 0; i < VM_FLOPPIES; i++) {
        const struct media *m = &config->floppy[i];
        const struct floppy_format *format = NULL;
        pc->floppy_write_error[i] = m->write_error;
        pc->floppy_read_error[i] = m->read_error;
        if (media_present(m)) {
            struct disk *d = open_floppy(pc, i, m, e);
            if (!d)
                return false;
            format = disk_floppy(d);
            fdc_set_drive_type(pc->fdc, i, floppy_drive_for(format, ours));
            fdc_insert(pc->fdc, i, d);
        } else {
            fdc_set_drive_type(pc->fdc, i, floppy_drive_for(NULL, ours));
        }
    }
    for (unsigned i = 0; i < VM_DISKS; i++) {
        const struct media *m = &config->disk[i];
        if (!media_present(m))
            continue;
        pc->disk[i] = disk_open(m, DISK_HARD, config->snapshot, log, e);
        if (!pc->disk[i])
            return false;
        disk_on_stop(pc->disk[i], pc->signals.disk_error.stop, pc->signals.disk_error.opaque);
        bool given = m->shown && m->shown->replays;
        if (pc_usb_disk(pc, i))
            usb_disk_attach(pc_usb_disk(pc, i), pc->disk[i]);
        else if (given ? !m->shown->removable : !m->folder || !m->folder->removable)
            ide_attach(pc->ide, i / 2, i % 2, pc->disk[i]);
        else if (!ide_attach_removable(pc->ide, i / 2, i % 2, pc->disk[i]))
            return err_set(e, "out of memory");
    }
    if (!pc_check_usb_disks(pc, e))
        return false;
    if ((!pc->disk[CDROM] || pc_usb_disk(pc, CDROM)) &&
        !ide_attach_cdrom(pc->ide, CDROM / 2, CDROM % 2))
        return err_set(e, "out of memory");
    if (ide_cdrom(pc->ide))
        cd_sound_plug(pc->cd_sound, ide_cdrom(pc->ide));
    const struct media *cd = &config->cdrom;
    pc->cd_read_error = cd->read_error;
    return (!cd->path && !cd->bytes) || pc_cd_insert(pc, cd, true, e);
}

bool pc_cd_eject(struct pc *pc, bool force, struct err *e)
{
    struct ata_unit *drive = ide_cdrom(pc->ide);
    bool locked;
    if (!drive)
        return err_set(e, "there is no CD-ROM drive: a hard disk has its place (-hdc)");
    struct cd_disc *d = atapi_eject(drive, force, &locked);
    if (locked)
        return err_set(e, "the guest has locked the CD-ROM drive; eject the CD in the guest "
                          "(it has been told that you want it), or use force");
    return cd_close(d, e);
}

bool pc_cd_insert(struct pc *pc, const struct media *m, bool force, struct err *e)
{
    struct media own = *m;
    if (own.read_error == ON_ERROR_DEFAULT)
        own.read_error = pc->cd_read_error;
    struct cd_disc *d = cd_open(&own, pc->board.log, e);
    if (!d)
        return false;
    cd_on_stop(d, pc->signals.disk_error.stop, pc->signals.disk_error.opaque);
    if (!pc_cd_eject(pc, force, e)) {
        cd_close(d, NULL);
        return false;
    }
    atapi_insert(ide_cdrom(pc->ide), d);
    return true;
}

bool pc_floppy_eject(struct pc *pc, unsigned drive, struct err *e)
{
    if (drive >= VM_FLOPPIES)
        return err_set(e, "there is no floppy drive %u", drive);
    struct disk *d = fdc_eject(pc->fdc, drive);
    return !d || disk_close(d, e);
}

bool pc_floppy_insert(struct pc *pc, unsigned drive, const struct media *m, struct err *e)
{
    if (drive >= VM_FLOPPIES)
        return err_set(e, "there is no floppy drive %u", drive);
    /* The same file again comes out first, because it is locked; otherwise the diskette stays in
     * until the new one is known to be good. */
    const struct disk *old = pc->fdc->drive[drive].disk;
    if (old && m->path && !strcmp(disk_name(old), m->path) && !pc_floppy_eject(pc, drive, e))
        return false;
    struct disk *d = open_floppy(pc, drive, m, e);
    if (!d)
        return false;
    bool saved = pc_floppy_eject(pc, drive, e);
    fdc_insert(pc->fdc, drive, d);
    return saved;
}

/* ---- life ---- */

bool pc_outputs_ok(struct pc *pc, struct err *e)
{
    bool ok = true;
    for (struct device *d = NULL; ok && (d = pc_next(pc, &net_link_class, d));)
        ok = net_link_ok((struct net_link *)d, e);
    return ok;
}

static bool check_config(const struct vm_config *config, struct err *e)
{
    if (config->ram_mb > 2048)
        return err_set(e, "%u MB of memory: 1 to 2048 MB are possible", config->ram_mb);
    if (config->serial_mouse > VM_SERIALS)
        return err_set(e, "a mouse on serial port %u: there are %d", config->serial_mouse,
                       VM_SERIALS);
    return true;
}

static bool build(struct pc *pc, const struct vm_config *config, struct clock *clock, struct err *e)
{
    u32 ram_mb = config->ram_mb ? config->ram_mb : PC_DEFAULT_RAM_MB;
    if (!bus_init(&pc->bus, config->log) || !phys_init(&pc->phys, ram_mb << 20, config->log))
        return err_set(e, "not enough memory on the host for a guest with %u MB", ram_mb);
    pc->board = (struct board){&pc->bus, &pc->phys, clock, config->log, NULL};
    /* The hole that adapters and ROMs live in. */
    phys_unmap(&pc->phys, 0xa0000, 0x60000);
    phys_claim(&pc->phys, 0, 0xa0000, "RAM");
    if (ram_mb > 1)
        phys_claim(&pc->phys, 0x100000, (ram_mb - 1) << 20, "RAM");
    if (!pc_make_devices(pc, e))
        return false;
    pc_offer_slots(pc);
    wire(pc, config);
    if (!pc_realize_devices(pc, e) || !open_disks(pc, config, e) || !pc_map_roms(pc, config, e) ||
        !pc_fill_cmos(pc, config, e) || !pc_fill_fw_cfg(pc, e))
        return false;
    i440fx_take_roms(pc->i440fx);
    return true;
}

struct pc *pc_new(const struct vm_config *config, struct clock *clock,
                  const struct pc_signals *signals, struct err *e)
{
    if (!check_config(config, e))
        return NULL;
    struct pc *pc = calloc(1, sizeof(*pc));
    if (!pc) {
        err_set(e, "out of memory");
        return NULL;
    }
    pc->signals = *signals;
    pc->snapshot = config->snapshot;
    pc->config = config;
    pc->midi = config->midi;
    pc->midi_in = config->midi_in;
    pc->sound_in = config->sound_in;
    if (!build(pc, config, clock, e)) {
        pc_free(pc, NULL);
        return NULL;
    }
    pc->config = NULL;
    return pc;
}

bool pc_free(struct pc *pc, struct err *e)
{
    bool ok = true;
    if (!pc)
        return true;
    for (unsigned i = 0; pc->fdc && pc->fdc->dev.board && i < VM_FLOPPIES; i++)
        ok &= disk_close(fdc_eject(pc->fdc, i), ok ? e : NULL);
    if (pc->ide && pc->ide->dev.board && ide_cdrom(pc->ide))
        pc_cd_eject(pc, true, NULL); /* nothing was written to it */
    for (struct device *d = NULL; (d = pc_next(pc, &net_link_class, d));) {
        if (d->board)
            ok &= net_link_close((struct net_link *)d, ok ? e : NULL);
    }
    /* Controllers go before the disks that they borrow. */
    for (unsigned i = pc->device_count; i-- > 0;)
        device_free(pc->device[i]);
    for (unsigned i = 0; i < VM_DISKS; i++)
        ok &= disk_close(pc->disk[i], ok ? e : NULL);
    phys_free(&pc->phys);
    bus_free(&pc->bus);
    free(pc->bios);
    free(pc->vga_bios);
    free(pc);
    return ok;
}

void pc_reset(struct pc *pc)
{
    for (unsigned i = 0; i < pc->device_count; i++)
        device_reset(pc->device[i]);
}

void pc_poll(struct pc *pc)
{
    for (unsigned i = 0; i < pc->device_count; i++) {
        if (pc->device[i]->class->poll)
            pc->device[i]->class->poll(pc->device[i]);
    }
}

void pc_state(struct pc *pc, struct state *s)
{
    if (!state_loading(s))
        i8237_sync(pc->dma); /* what devices have not yet fetched or written is due */
    phys_state(&pc->phys, s);
    for (unsigned i = 0; i < pc->device_count; i++)
        device_state(pc->device[i], s);
    pc_lines_state(pc, s);
}

struct device *pc_find(const struct pc *pc, const char *name)
{
    for (unsigned i = 0; i < pc->device_count; i++) {
        if (!strcmp(pc->device[i]->name, name))
            return pc->device[i];
    }
    return NULL;
}

struct device *pc_next(const struct pc *pc, const struct device_class *class,
                       const struct device *d)
{
    bool after = !d;
    for (unsigned i = 0; i < pc->device_count; i++) {
        if (after && pc->device[i]->class == class)
            return pc->device[i];
        after |= pc->device[i] == d;
    }
    return NULL;
}
