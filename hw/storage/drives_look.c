/* drives_look.c - 82077AA and IDE for who looks. Its data sheet; ATA/ATAPI-5, chapters 7 and 8. */
#include "hw/storage/drives_look.h"

#include "hw/chipset/chips_look.h"
#include "hw/storage/fdc82077.h"
#include "hw/storage/ide.h"
#include "hw/storage/piix3_ide.h"

#include <stdio.h>
#include <string.h>

/* ---- commands ---- */

static void put_hex(char *out, size_t size, const u8 *bytes, unsigned n)
{
    size_t used = strlen(out);
    for (unsigned i = 0; i < n && used + 4 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%02x ", bytes[i]);
}

static void look_commands(const struct command_log *l, const char *title,
                          const char *(*name_of)(u8), const struct register_eye *eye)
{
    const struct command_note *x;
    char group[80];
    snprintf(group, sizeof(group), "%s: commands, the latest first", title);
    eye->group(eye->opaque, group);
    for (unsigned i = 0; (x = command_log_at(l, i)); i++) {
        char words[160] = "";
        const char *name = *x->name ? x->name : name_of(x->given[x->given_len - 1]);
        put_hex(words, sizeof(words), x->given, x->given_len);
        if (x->result_len)
            snprintf(words + strlen(words), sizeof(words) - strlen(words), "gave ");
        put_hex(words, sizeof(words), x->result, x->result_len);
        snprintf(words + strlen(words), sizeof(words) - strlen(words), "at %.6f s",
                 (double)x->at / 1e9);
        eye->text(eye->opaque, name ? name : "a command", words);
    }
}

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
static const struct register_field st0[] = {
    FIELD(6, 2, "IC", "ended well", "ended early", "invalid command", "ended by the drive"),
    FIELD(5, 1, "SE", "-", "seek ended"),
    FIELD(4, 1, "EC", "-", "no track 0"),
    FIELD(2, 1, "H", "side 0", "side 1"),
    FIELD_NUMBER(0, 2, "DS"),
};
static const struct register_field st1[] = {
    FIELD(7, 1, "EN", "-", "beyond the last sector"), FIELD(5, 1, "DE", "-", "CRC is wrong"),
    FIELD(4, 1, "OR", "-", "data came too late"),     FIELD(2, 1, "ND", "-", "sector not found"),
    FIELD(1, 1, "NW", "-", "write-protected"),        FIELD(0, 1, "MA", "-", "no address mark"),
};

const char *fdc_command_name(u8 command)
{
    switch (command & 0x1f) {
    case 0x02:
        return "READ TRACK";
    case 0x03:
        return "SPECIFY";
    case 0x04:
        return "SENSE DRIVE STATUS";
    case 0x05:
        return "WRITE DATA";
    case 0x06:
        return "READ DATA";
    case 0x07:
        return "RECALIBRATE";
    case 0x08:
        return "SENSE INTERRUPT STATUS";
    case 0x09:
        return "WRITE DELETED DATA";
    case 0x0a:
        return "READ ID";
    case 0x0c:
        return "READ DELETED DATA";
    case 0x0d:
        return "FORMAT TRACK";
    case 0x0e:
        return "DUMPREG";
    case 0x0f:
        return command & 0x80 ? "RELATIVE SEEK" : "SEEK";
    case 0x10:
        return "VERSION";
    case 0x12:
        return "PERPENDICULAR MODE";
    case 0x13:
        return "CONFIGURE";
    case 0x14:
        return "LOCK";
    case 0x16:
        return "VERIFY";
    default:
        return NULL;
    }
}

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
    look_value(eye, "ST0", "", f->st0, 8, st0, "");
    look_value(eye, "ST1", "", f->st1, 8, st1, "");
    look_plain(eye, "ST2", "", f->st2, 8, "");
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
    look_commands(&f->commands, "82077AA", fdc_command_name, eye);
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
static const struct register_field ata_error[] = {
    FIELD(6, 1, "UNC", "-", "cannot be read"),
    FIELD(4, 1, "IDNF", "-", "no such sector"),
    FIELD(2, 1, "ABRT", "-", "command refused"),
    FIELD(0, 1, "AMNF", "-", "no address mark"),
};
static const struct register_field ata_device[] = {
    FIELD(6, 1, "LBA", "cylinder, head, sector", "block number"),
    FIELD(4, 1, "DEV", "master", "slave"),
    FIELD_NUMBER(0, 4, "head / LBA 27-24"),
};

const char *ata_command_name(u8 command)
{
    static const struct {
        u8 code;
        const char *name;
    } names[] = {
        {0x00, "NOP"},
        {0x08, "DEVICE RESET"},
        {0x20, "READ SECTORS"},
        {0x21, "READ SECTORS (no retry)"},
        {0x24, "READ SECTORS EXT"},
        {0x25, "READ DMA EXT"},
        {0x29, "READ MULTIPLE EXT"},
        {0x30, "WRITE SECTORS"},
        {0x31, "WRITE SECTORS (no retry)"},
        {0x34, "WRITE SECTORS EXT"},
        {0x35, "WRITE DMA EXT"},
        {0x39, "WRITE MULTIPLE EXT"},
        {0x40, "READ VERIFY"},
        {0x70, "SEEK"},
        {0x90, "EXECUTE DEVICE DIAGNOSTIC"},
        {0x91, "INITIALIZE DEVICE PARAMETERS"},
        {0xa0, "PACKET"},
        {0xa1, "IDENTIFY PACKET DEVICE"},
        {0xc4, "READ MULTIPLE"},
        {0xc5, "WRITE MULTIPLE"},
        {0xc6, "SET MULTIPLE MODE"},
        {0xc8, "READ DMA"},
        {0xca, "WRITE DMA"},
        {0xe0, "STANDBY IMMEDIATE"},
        {0xe1, "IDLE IMMEDIATE"},
        {0xe4, "READ BUFFER"},
        {0xe5, "CHECK POWER MODE"},
        {0xe6, "SLEEP"},
        {0xe7, "FLUSH CACHE"},
        {0xe8, "WRITE BUFFER"},
        {0xea, "FLUSH CACHE EXT"},
        {0xec, "IDENTIFY DEVICE"},
        {0xef, "SET FEATURES"},
        {0xf8, "READ NATIVE MAX ADDRESS"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].code == command)
            return names[i].name;
    return command >> 4 == 1 ? "RECALIBRATE" : NULL;
}

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
            look_commands(&ch->unit[i].commands, title, ata_command_name, eye);
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
