/* The tools floppy FERRITE.COM and the drivers in the executable. */
#include "images/tools.h"
#include "hw/base/embed.h"

EMBED(tools_floppy, TOOLS_IMAGE);
EMBED(ferrite_com, FERRITE_COM);
EMBED(ferrxms_sys, FERRXMS_SYS);
EMBED(ferrems_sys, FERREMS_SYS);
