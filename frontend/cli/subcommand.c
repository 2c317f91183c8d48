/*
 * subcommand.c - see subcommand.h.
 */
#include "frontend/cli/subcommand.h"

int subcommand_refused(FILE *messages, const struct err *e)
{
    fprintf(messages, "ferrite: %s\n", e->text);
    return SUBCOMMAND_ASKED_WRONGLY;
}
