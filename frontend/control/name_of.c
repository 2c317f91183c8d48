/* name_of.c - see name_of.h. */
#include "frontend/control/name_of.h"

#include "frontend/control/control.h"
#include "frontend/symbols/symbols.h"

void name_of(const struct control *c, u32 lin, char out[ADDRESS_NAME])
{
    u32 number = c->symbols ? symbols_at(c->symbols, lin) : 0;
    out[0] = 0;
    if (!number)
        return;
    u32 more = lin - symbols_address(c->symbols, number);
    const char *name = symbols_name(c->symbols, number);
    if (more)
        snprintf(out, ADDRESS_NAME, "%.80s+0x%x", name, more);
    else
        snprintf(out, ADDRESS_NAME, "%.80s", name);
}

void name_of_target(const struct control *c, const struct vm_instruction *i, u32 base,
                    char out[ADDRESS_NAME])
{
    char name[ADDRESS_NAME];
    out[0] = 0;
    if (!i->direct)
        return;
    name_of(c, base + i->target, name);
    if (*name)
        snprintf(out, ADDRESS_NAME, " <%.90s>", name);
}
