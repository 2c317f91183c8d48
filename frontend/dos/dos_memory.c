/*
 * dos_memory.c - see dos_memory.h.
 */
#include "frontend/dos/dos_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dos_memory_set(struct dos_memory_kind *k, const char *option, const char *value, u32 most,
                    struct err *e)
{
    char *end;
    unsigned long mb = strtoul(value, &end, 10);
    *k = (struct dos_memory_kind){.said = true};
    if (strcmp(value, "off") == 0)
        k->driver = DRIVER_NONE;
    else if (strcmp(value, "dos") == 0)
        k->driver = DRIVER_DOS;
    else if (value[0] < '0' || value[0] > '9' || *end || mb < 1 || mb > most)
        return err_set(e, "%s %.40s: say megabytes (1 to %u), off, or dos (its own driver)", option,
                       value, most);
    else
        k->mb = (u32)mb;
    return true;
}

bool dos_memory_device(const struct dos_memory *m, const struct devices *d, bool bios, char *text,
                       size_t size)
{
    for (unsigned i = 0; i < d->rows; i++)
        if (strcmp(d->row[i]->driver, "ems") == 0)
            return false;
    snprintf(text, size, "ems,size=%u%s", (m->ems.mb ? m->ems.mb : DOS_EMS_MB) * 1024,
             bios ? ",frame=d000" : "");
    return m->ems.driver == DRIVER_OURS;
}

bool dos_memory_there(const struct dos_memory *m, const struct dos_source *dos, struct err *e)
{
    if (m->xms.driver == DRIVER_DOS && !dos->part[DOS_XMS].bytes)
        return err_set(e, "-xms dos: the DOS of %s has no driver for it (HIMEMX.EXE, HIMEM.EXE)",
                       dos->where);
    if (m->ems.driver == DRIVER_DOS && !dos->part[DOS_EMS].bytes)
        return err_set(e, "-ems dos: the DOS of %s has no driver for it (JEMM386.EXE, EMM386.EXE)",
                       dos->where);
    if (m->ems.driver == DRIVER_DOS && m->xms.driver == DRIVER_NONE)
        return err_set(e, "-ems dos: this driver needs extended memory; leave -xms off out");
    return true;
}

int dos_memory_lines(const struct dos_memory *m, const struct dos_source *dos, char *text,
                     size_t size)
{
    char xms[60] = "", ems[60] = "", kb[16] = "";
    bool jemm = m->ems.driver == DRIVER_DOS; /* it makes upper memory itself */
    if (m->xms.mb)
        snprintf(kb, sizeof(kb), " %u", m->xms.mb * 1024);
    if (m->xms.driver == DRIVER_OURS)
        snprintf(xms, sizeof(xms), "DEVICE=C:\\FERRXMS.SYS%s%s\r\n", kb, jemm ? " NOUMB" : "");
    else if (m->xms.driver == DRIVER_DOS)
        snprintf(xms, sizeof(xms), "DEVICE=C:\\%s\r\n", dos->part[DOS_XMS].name);
    if (m->ems.driver == DRIVER_OURS)
        snprintf(ems, sizeof(ems), "DEVICEHIGH=C:\\FERREMS.SYS\r\n");
    else if (jemm)
        snprintf(ems, sizeof(ems), "DEVICE=C:\\%s\r\n", dos->part[DOS_EMS].name);
    return snprintf(text, size, "%s%s", xms, ems);
}
