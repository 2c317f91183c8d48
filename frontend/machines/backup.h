/* backup.h - a machine's folder as one file with sums, for backup and for export. */
#ifndef FERRITE_BACKUP_H
#define FERRITE_BACKUP_H

#include "frontend/machines/config.h"

/* Into a file, which is read again and compared. */
bool backup_pack(const struct config *s, const char *file, struct err *e);
/* Does the file begin as such files do? */
bool backup_looks_like(const char *file);

#endif
