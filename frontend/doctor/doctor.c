/*
 * doctor.c - see doctor.h.
 */
#include "frontend/doctor/doctor.h"
#include "frontend/cli/subcommand.h"

int doctor_command(int argc, char **argv, FILE *out, FILE *messages)
{
    struct findings f = {.out = out};
    struct config c;
    struct err e;
    if (argc > 1) {
        err_set(&e, "doctor wants one machine, or nothing: \"%.60s\" is too much", argv[1]);
        return subcommand_refused(messages, &e);
    }
    doctor_host(&f);
    if (argc == 1) {
        if (config_open(&c, argv[0], &e)) {
            doctor_machine(&f, &c);
            config_close(&c);
        } else {
            found(&f, FINDING_WRONG, "machine", NULL, "%s", e.text);
        }
    }
    if (f.wrong || f.unwise)
        fprintf(out, "%u wrong, %u to think about\n", f.wrong, f.unwise);
    else
        fputs("Nothing is wrong.\n", out);
    return f.wrong ? SUBCOMMAND_FAILED : SUBCOMMAND_DONE;
}
