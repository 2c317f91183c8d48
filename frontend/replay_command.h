/*
 * replay_command.h - `ferrite replay FILE`: a recorded run again, in a machine made as it was.
 */
#ifndef FERRITE_REPLAY_COMMAND_H
#define FERRITE_REPLAY_COMMAND_H

#include <stdio.h>

int replay_command(int argc, char **argv, FILE *out, FILE *messages);

#endif
