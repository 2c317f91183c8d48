/*
 * pci_look.c - configuration space for who looks (PCI Local Bus Specification 2.1, chapter 6), and
 * the functions of the board: 82441FX, 82371SB, and the 82371AB's power management.
 */
#include "hw/chipset/chips_look.h"
#include "hw/chipset/i440fx.h"
#include "hw/chipset/piix3.h"
#include "hw/chipset/piix4_pm.h"

#include <stdio.h>

static const struct register_field command[] = {
    FIELD(0, 1, "I/O space", "off", "decodes"),
    FIELD(1, 1, "memory space", "off", "decodes"),
    FIELD(2, 1, "bus master", "off", "on"),
    FIELD(8, 1, "SERR#", "off", "on"),
};
static const struct register_field status[] = {
    FIELD(9, 2, "DEVSEL timing", "fast", "medium", "slow", "reserved"),
    FIELD(11, 1, "signaled target abort", "-", "yes"),
    FIELD(12, 1, "received target abort", "-", "yes"),
    FIELD(13, 1, "received master abort", "-", "yes"),
    FIELD(14, 1, "signaled system error", "-", "yes"),
    FIELD(15, 1, "detected parity error", "-", "yes"),
};

void pci_look(const struct pci_function *f, const struct register_eye *eye)
{
    const u8 *c = f->config;
    char title[40], name[24], place[8], words[48];
    snprintf(title, sizeof(title), "Configuration, function %02x.%u", f->devfn >> 3, f->devfn & 7);
    eye->group(eye->opaque, title);
    look_plain(eye, "Vendor ID", "00h", get_le16(c + PCI_VENDOR_ID), 16, "");
    look_plain(eye, "Device ID", "02h", get_le16(c + PCI_DEVICE_ID), 16, "");
    look_value(eye, "Command", "04h", get_le16(c + PCI_COMMAND), 16, command, "");
    look_value(eye, "Status", "06h", get_le16(c + PCI_STATUS), 16, status, "");
    look_plain(eye, "Revision ID", "08h", c[PCI_REVISION], 8, "");
    look_plain(eye, "Class Code", "09h", get_le32(c + PCI_REVISION) >> 8, 24, "");
    look_plain(eye, "Latency Timer", "0Dh", c[0x0d], 8, "");
    look_plain(eye, "Header Type", "0Eh", c[PCI_HEADER_TYPE], 8, "");
    for (unsigned i = 0; i <= PCI_WINDOW_ROM; i++) {
        const struct pci_window *w = &f->window[i];
        unsigned at = i == PCI_WINDOW_ROM ? PCI_ROM_BAR : PCI_BAR0 + 4 * i;
        if (w->kind == PCI_NO_WINDOW)
            continue;
        snprintf(name, sizeof(name), i == PCI_WINDOW_ROM ? "Expansion ROM" : "Base Address %u", i);
        snprintf(place, sizeof(place), "%02xh", at);
        snprintf(words, sizeof(words), "%s, %u bytes%s", w->kind == PCI_PORTS ? "ports" : "memory",
                 w->size, w->mapped ? "" : ", does not decode");
        look_plain(eye, name, place, get_le32(c + at), 32, words);
    }
    if (!c[PCI_INTERRUPT_PIN])
        return;
    snprintf(words, sizeof(words), "INT%c#, %s", 'A' + ((c[PCI_INTERRUPT_PIN] - 1) & 3),
             f->interrupt ? "asserted" : "not asserted");
    look_plain(eye, "Interrupt Line", "3Ch", c[PCI_INTERRUPT_LINE], 8, "as software has noted it");
    look_plain(eye, "Interrupt Pin", "3Dh", c[PCI_INTERRUPT_PIN], 8, words);
}

/* ---- 82441FX ---- */

static const struct register_field pam_first[] = {
    FIELD(5, 1, "WE, F0000-FFFFF", "writes to the bus", "writes to DRAM"),
    FIELD(4, 1, "RE, F0000-FFFFF", "reads from the bus", "reads from DRAM"),
};
static const struct register_field pam[] = {
    FIELD(5, 1, "WE, upper 16 KiB", "writes to the bus", "writes to DRAM"),
    FIELD(4, 1, "RE, upper 16 KiB", "reads from the bus", "reads from DRAM"),
    FIELD(1, 1, "WE, lower 16 KiB", "writes to the bus", "writes to DRAM"),
    FIELD(0, 1, "RE, lower 16 KiB", "reads from the bus", "reads from DRAM"),
};

void i440fx_look(const struct device *d, const struct register_eye *eye)
{
    const struct i440fx *h = (const struct i440fx *)d;
    const u8 *c = h->pci.config;
    eye->group(eye->opaque, "Programmable attribute map");
    look_value(eye, "PAM0", "59h", c[0x59], 8, pam_first, "");
    for (unsigned i = 1; i < 7; i++) {
        char name[8], place[8], words[24];
        u32 from = 0xc0000 + (i - 1) * 0x8000;
        snprintf(name, sizeof(name), "PAM%u", i);
        snprintf(place, sizeof(place), "%02xh", 0x59 + i);
        snprintf(words, sizeof(words), "%05x-%05x", from, from + 0x7fff);
        look_value(eye, name, place, c[0x59 + i], 8, pam, words);
    }
    pci_look(&h->pci, eye);
}

/* ---- 82371SB ---- */

static const struct register_field route[] = {
    FIELD(7, 1, "routing", "on", "off"),
    FIELD_NUMBER(0, 4, "IRQ"),
};

void piix3_look(const struct device *d, const struct register_eye *eye)
{
    const struct piix3 *p = (const struct piix3 *)d;
    eye->group(eye->opaque, "Interrupt routing");
    for (unsigned i = 0; i < PCI_PIRQS; i++) {
        char name[16], place[8];
        snprintf(name, sizeof(name), "PIRQRC[%c]", 'A' + i);
        snprintf(place, sizeof(place), "%02xh", 0x60 + i);
        look_value(eye, name, place, p->pci.config[0x60 + i], 8, route,
                   p->pirq >> i & 1 ? "the pin is asserted" : "");
    }
    for (unsigned i = 0; i < PIIX3_IRQS; i++) {
        char name[16], words[60];
        u8 s = p->sources[i];
        if (!s)
            continue;
        snprintf(name, sizeof(name), "IRQ%u", i);
        snprintf(words, sizeof(words), "high by%s%s%s%s%s%s", s & 1 ? " ISA" : "",
                 s & 2 ? " PIRQA" : "", s & 4 ? " PIRQB" : "", s & 8 ? " PIRQC" : "",
                 s & 16 ? " PIRQD" : "", s & 32 ? " SCI" : "");
        eye->text(eye->opaque, name, words);
    }
    pci_look(&p->pci, eye);
}

/* ---- 82371AB, power management ---- */

static const struct register_field pm_status[] = {
    FIELD(0, 1, "TMROF_STS", "-", "the timer has run over"),
    FIELD(5, 1, "GBL_STS", "-", "asked for by the BIOS"),
    FIELD(8, 1, "PWRBTN_STS", "-", "the button was pressed"),
    FIELD(10, 1, "RTC_STS", "-", "the alarm of the RTC"),
    FIELD(15, 1, "RSM_STS", "-", "woken up"),
};
static const struct register_field pm_enable[] = {
    FIELD(0, 1, "TMROF_EN", "off", "on"),
    FIELD(5, 1, "GBL_EN", "off", "on"),
    FIELD(8, 1, "PWRBTN_EN", "off", "on"),
    FIELD(10, 1, "RTC_EN", "off", "on"),
};
static const struct register_field pm_control[] = {
    FIELD(0, 1, "SCI_EN", "events raise SMI#", "events raise SCI"),
    FIELD_NUMBER(10, 3, "SUS_TYP"),
    FIELD(13, 1, "SUS_EN", "-", "suspends"),
};

void piix4_pm_look(const struct device *d, const struct register_eye *eye)
{
    const struct piix4_pm *p = (const struct piix4_pm *)d;
    eye->group(eye->opaque, "Power management");
    look_plain(eye, "PMBA", "40h of the configuration", get_le32(p->pci.config + 0x40), 32,
               "where the next ones are");
    look_plain(eye, "PMREGMISC", "80h of the configuration", p->pci.config[0x80], 8,
               p->pci.config[0x80] & 1 ? "they decode" : "they do not decode");
    look_value(eye, "PMSTS", "00h", p->pm1_status, 16, pm_status, "");
    look_value(eye, "PMEN", "02h", p->pm1_enable, 16, pm_enable, "");
    look_value(eye, "PMCNTRL", "04h", p->pm1_control, 16, pm_control, "");
    look_plain(eye, "GPSTS", "0Ch", p->gp_status, 16, "");
    look_plain(eye, "GPEN", "0Eh", p->gp_enable, 16, "");
    look_plain(eye, "APMC", "B2h", p->apmc, 8, "");
    look_plain(eye, "APMS", "B3h", p->apms, 8, "");
    pci_look(&p->pci, eye);
}
