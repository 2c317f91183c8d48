/* drives_look.c - 82077AA and IDE for who looks. Its data sheet; ATA/ATAPI-5, chapters 7 and 8. */
#include "hw/storage/drives_look.h"

#include "hw/chipset/chips_look.h"
#include "hw/storage/commands_look.h"
#include "hw/storage/fdc82077.h"
#include "hw/storage/ide.h"
#include "hw/storage/piix3_ide.h"

#include <stdio.h>

/* ---- floppies ---- */

static const struct register_field dor[] = {
    FIELD(0, 2, "DRIVE", "A:", "B:", "2", "3"),
    FIELD(2, 1, "RESET", "held in reset", "runs"),
    FIELD(3, 1, "DMAGATE", "interrupt and DMA cut off", "interrupt and DMA let through"),
    FIELD(4, 1, "MOT0", "off", "turns"),
    FIELD(5, 1, "MOT1", "off", "turns"),
};
static const struct register_field dsr[] = {
    FIELD(0, 2, "DRATE", "500 kbit/s", "300 kbit/s", "250 kbit/s", "1 Mbit/s"),
};
void fdc_look(const struct device *d, const struct register_eye *eye)
{
    static const char *const phases[] = {"idle", "takes a command", "executes", "gives results"};
    const struct fdc *f = (const struct fdc *)d;
    const char *name = f->cmd_got ? fdc_command_name(f->cmd[0]) : NULL;
    eye->group(eye->opaque, "82077AA");
    look_value(eye, "DOR", "3F2h", f->dor, 8, dor, "");
    look_value(eye, "DSR", "3F4h", f->dsr, 8, dsr, "");
    eye->text(eye->opaque, "phase", f->phase < ARRAY_SIZE(phases) ? phases[f->phase] : "");
    if (name)
        eye->text(eye->opaque, "last command", name);
    look_value(eye, "ST0", "", f->st0, 8, fdc_st0, "");
    look_value(eye, "ST1", "", f->st1, 8, fdc_st1, "");
    look_value(eye, "ST2", "", f->st2, 8, fdc_st2, "");
    eye->number(eye->opaque, "cylinder", f->c);
    eye->number(eye->opaque, "head", f->h);
    eye->number(eye->opaque, "sector", f->r);
    eye->number(eye->opaque, "byte of the sector", f->pos);
    for (unsigned i = 0; i < 2; i++) {
        const struct fdc_drive *x = &f->drive[i];
        eye->group(eye->opaque, i ? "Drive B:" : "Drive A:");
        eye->text(eye->opaque, "diskette", x->disk ? "in" : "none");
        eye->number(eye->opaque, "track of the head", x->track);
        eye->number(eye->opaque, "track that the controller believes in", x->pcn);
        eye->text(eye->opaque, "motor", fdc_motor(f, i) ? "turns" : "off");
        eye->text(eye->opaque, "change line", x->changed ? "set" : "clear");
    }
    fdc_look_commands(f, eye);
}

/* ---- IDE ---- */

static const struct register_field ata_status[] = {
    FIELD(7, 1, "BSY", "-", "busy: nothing else counts"),
    FIELD(6, 1, "DRDY", "-", "ready"),
    FIELD(5, 1, "DF", "-", "fault"),
    FIELD(4, 1, "DSC", "-", "seek complete"),
    FIELD(3, 1, "DRQ", "-", "data are to be moved"),
    FIELD(0, 1, "ERR", "-", "see Error"),
};
static const struct register_field ata_device[] = {
    FIELD(6, 1, "LBA", "cylinder, head, sector", "block number"),
    FIELD(4, 1, "DEV", "master", "slave"),
    FIELD_NUMBER(0, 4, "head / LBA 27-24"),
};

static void look_unit(const struct ata_unit *u, u16 base, const struct register_eye *eye)
{
    const char *name = ata_command_name(u->command);
    char place[6][8], words[60];
    for (unsigned i = 0; i < 6; i++)
        snprintf(place[i], sizeof(place[i]), "%03xh", base + i + 1u);
    look_value(eye, "Error", place[0], u->error, 8, ata_error, "");
    look_plain(eye, "Sector Count", place[1], u->nsector[0], 8, "");
    look_plain(eye, "LBA Low (sector)", place[2], u->lbal[0], 8, "");
    look_plain(eye, "LBA Mid (cylinder low)", place[3], u->lbam[0], 8, "");
    look_plain(eye, "LBA High (cylinder high)", place[4], u->lbah[0], 8, "");
    look_value(eye, "Device", place[5], u->device, 8, ata_device, "");
    snprintf(place[0], sizeof(place[0]), "%03xh", base + 7u);
    look_value(eye, "Status", place[0], u->status, 8, ata_status, "");
    look_plain(eye, "Command", place[0], u->command, 8, name ? name : "");
    snprintf(words, sizeof(words), "%llu", (unsigned long long)u->lba);
    eye->text(eye->opaque, "next block", words);
    eye->number(eye->opaque, "blocks to go", u->count);
    eye->text(eye->opaque, "interrupt", u->request ? "requested" : "none");
}

void ide_look(const struct device *d, const struct register_eye *eye)
{
    const struct ide *ide = (const struct ide *)d;
    static const u16 bases[] = {0x1f0, 0x170};
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        for (unsigned i = 0; i < IDE_UNITS; i++) {
            const struct ide_channel *ch = &ide->channel[c];
            char title[60];
            if (!ata_present(&ch->unit[i]))
                continue;
            snprintf(title, sizeof(title), "%s %s: %s%s", c ? "Secondary" : "Primary",
                     i ? "slave" : "master", ch->unit[i].atapi ? "packet device" : "disk",
                     ch->selected == i ? ", selected" : "");
            eye->group(eye->opaque, title);
            look_unit(&ch->unit[i], bases[c], eye);
            ata_look_commands(&ch->unit[i], title, eye);
        }
    }
}

/* ---- the bus masters: 82371SB's data sheet ---- */

static const struct register_field ide_timing[] = {
    FIELD(15, 1, "IDE decode", "off", "on"),
};
static const struct register_field master_command[] = {
    FIELD(0, 1, "SSBM", "stopped", "started"),
    FIELD(3, 1, "RWCON", "reads memory", "writes memory"),
};
static const struct register_field master_status[] = {
    FIELD(0, 1, "BMIDEA", "-", "a transfer is under way"),
    FIELD(1, 1, "DMA error", "-", "yes"),
    FIELD(2, 1, "IDEINTS", "-", "the device has interrupted"),
    FIELD(5, 1, "DMA0CAP", "-", "the master can"),
    FIELD(6, 1, "DMA1CAP", "-", "the slave can"),
};

void piix3_ide_look(const struct device *d, const struct register_eye *eye)
{
    const struct piix3_ide *p = (const struct piix3_ide *)d;
    static const char *const places[IDE_CHANNELS][4] = {
        {"00h", "02h", "04h", "40h of the configuration"},
        {"08h", "0Ah", "0Ch", "42h of the configuration"}};
    for (unsigned c = 0; c < IDE_CHANNELS; c++) {
        const struct bus_master *m = &p->master[c];
        eye->group(eye->opaque, c ? "Secondary channel" : "Primary channel");
        look_value(eye, "BMIC", places[c][0], m->command, 8, master_command, "");
        look_value(eye, "BMIS", places[c][1], m->status, 8, master_status, "");
        look_plain(eye, "BMIDTP", places[c][2], m->table, 32, "the table of regions");
        look_value(eye, "IDETIM", places[c][3], get_le16(p->pci.config + 0x40 + 2 * c), 16,
                   ide_timing, "");
        look_plain(eye, "next region", "", m->next, 32, "its place in memory");
        look_plain(eye, "in memory", "", m->address, 32, "");
        eye->number(eye->opaque, "bytes left of this region", m->left);
    }
    pci_look(&p->pci, eye);
}
