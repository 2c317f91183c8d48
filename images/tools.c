/* The tools floppy and FERRITE.COM in the executable. */
#include "images/tools.h"
#include "hw/base/embed.h"

EMBED(tools_floppy, TOOLS_IMAGE);
EMBED(ferrite_com, FERRITE_COM);
