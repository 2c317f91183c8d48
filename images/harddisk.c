/* The hard disk's sectors in the executable. */
#include "images/harddisk.h"
#include "hw/base/embed.h"

EMBED(mbr_sector, MBR_SECTOR);
EMBED(boot16_sector, BOOT16_SECTOR);
