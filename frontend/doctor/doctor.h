/*
 * doctor.h - `ferrite doctor [MACHINE]`: what is wrong or unwise on this host or in a machine.
 */
#ifndef FERRITE_DOCTOR_H
#define FERRITE_DOCTOR_H

#include "frontend/doctor/findings.h"
#include "frontend/machines/config.h"

/* Exit status 0: nothing is wrong; 1: something is; 2: asked wrongly. */
int doctor_command(int argc, char **argv, FILE *out, FILE *messages);

/* The host: libraries, display, room, and what makes everything slow. */
void doctor_host(struct findings *f);
/* One machine: its file, its images, what its guest will not like. */
void doctor_machine(struct findings *f, const struct config *c);

/* The process that has this file open, 0: none that we may see. */
int doctor_user_of(const char *path);

#endif
