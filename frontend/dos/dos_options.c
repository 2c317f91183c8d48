/*
 * dos_options.c - its own options, between them those of any machine, and then the program with
 * its arguments, which are the program's alone. See dos_options.h.
 */
#include "frontend/dos/dos_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 128 };

/* A: and B: are floppies, C: is what DOS comes from. */
static bool take_letter(const char *option, const char *value, char *to, struct err *e)
{
    char c = (char)toupper((unsigned char)value[0]);
    bool one = value[0] && (value[1] == 0 || (value[1] == ':' && !value[2]));
    if (!one || c < 'D' || c > 'Z')
        return err_set(e, "%s %.40s: say a letter from D to Z", option, value);
    *to = c;
    return true;
}

static bool set_letter(void *target, const char *value, struct err *e)
{
    return take_letter("-drive-letter", value, &((struct dos_options *)target)->letter, e);
}

static bool set_cd_letter(void *target, const char *value, struct err *e)
{
    return take_letter("-cd-letter", value, &((struct dos_options *)target)->cd_letter, e);
}

static bool set_as(void *target, const char *value, struct err *e)
{
    struct dos_options *o = target;
    if (strcmp(value, "redirector") == 0)
        o->as = DOS_AS_REDIRECTOR;
    else if (strcmp(value, "disk") == 0)
        o->as = DOS_AS_DISK;
    else
        return err_set(e, "-as %.40s: say redirector (a network drive, both sides live) or disk",
                       value);
    return true;
}

static bool set_xms(void *target, const char *value, struct err *e)
{
    enum { MOST_MB = 2047 };
    return dos_memory_set(&((struct dos_options *)target)->memory.xms, "-xms", value, MOST_MB, e);
}

static bool set_ems(void *target, const char *value, struct err *e)
{
    return dos_memory_set(&((struct dos_options *)target)->memory.ems, "-ems", value, DOS_EMS_MOST,
                          e);
}

/* DOS keeps names in capitals; what is behind the sign is the user's. */
static bool set_variable(void *target, const char *value, struct err *e)
{
    struct dos_options *o = target;
    const char *sign = strchr(value, '=');
    if (!sign || sign == value || strcspn(value, " \t") < (size_t)(sign - value))
        return err_set(e, "-e %.80s: say NAME=VALUE (NAME= leaves the name out)", value);
    if (strpbrk(value, "\r\n"))
        return err_set(e, "-e %.*s: the value has an end of line in it", (int)(sign - value),
                       value);
    if (o->variables == DOS_VARIABLES)
        return err_set(e, "-e %.80s: more than %d variables", value, DOS_VARIABLES);
    o->variable[o->variables++] = value;
    return true;
}

#define FLAG(...) OPTION_FLAG_ROW(struct dos_options, __VA_ARGS__)
#define ONCE(...) OPTION_TEXT_ROW(struct dos_options, OPTION_ONCE, __VA_ARGS__)

static const struct option rows[] = {
    OPTION_HEADING("The program"),
    ONCE("dos", "FILE", dos, NULL,
         "the DOS: a disk image, folder or .zip with one; else what ferrite get freedos fetched"),
    ONCE("tail", "STRING", tail, NULL, "the exact bytes behind the program's name"),
    OPTION_FUNCTION_ROW("e", "NAME=VALUE", set_variable, NULL,
                        "a variable of the program's environment; as often as you like"),
    FLAG("stay", stay, "a prompt when the program has ended; EXIT ends"),
    FLAG("echo", echo, "print the last text screen on standard error"),
    FLAG("no-mouse", no_mouse, "without our mouse driver (INT 33h)"),
    OPTION_FUNCTION_ROW("xms", "MB", set_xms, "off dos",
                        "extended memory (XMS 3.0, with upper memory): at most so many megabytes; "
                        "all of the machine's unless said; off; dos: by the DOS' own driver"),
    OPTION_FUNCTION_ROW("ems", "MB", set_ems, "off dos 2 4 8 16 32",
                        "expanded memory (EMS 4.0): megabytes on a board of its own, 1 to 32, 8 "
                        "unless said; off; dos: by the DOS' own driver, in virtual-8086 mode"),
    FLAG("keep-config", keep_config,
         "start the image of -dos by itself, with the drivers of its CONFIG.SYS and the SET lines "
         "of its AUTOEXEC.BAT; a DOS other than FreeDOS always starts so"),
    OPTION_FUNCTION_ROW("drive-letter", "LETTER", set_letter, NULL,
                        "the letter of the program's folder, D to Z; D unless said"),
    OPTION_FUNCTION_ROW("cd-letter", "LETTER", set_cd_letter, NULL,
                        "the letter of the CD (-cdrom, or PATH itself), D to Z; E, or the next one "
                        "that is free, unless said"),
    OPTION_FUNCTION_ROW("as", "KIND", set_as, "redirector disk",
                        "redirector: a network drive, both sides live; disk: a FAT disk, for "
                        "programs that read sectors or refuse network drives"),
};

const struct option_table dos_options_table = {rows, ARRAY_SIZE(rows)};

void dos_options_help(FILE *out)
{
    fputs("Usage: ferrite dos [OPTION]... PATH [ARGUMENT]...\n"
          "Starts a DOS program in a PC of its own, and ends with the program's exit code.\n"
          "PATH is a program (.EXE, .COM), a batch file, a folder, a .zip or a CD's image\n"
          "(.iso, .cue, .bin). Its folder is drive D: of the PC; what the program writes\n"
          "there is in the folder. Of a folder, a .zip or a CD the first ARGUMENT names the\n"
          "program in it; without: a prompt.\n"
          "  -cdrom DISC         a CD as drive E:, as with MSCDEX (DOSBox' imgmount); an image\n"
          "                      that lies beside the program is put in only if it is named\n"
          "  -cd-letter L        another letter for it, D to Z\n"
          "  -dos WHERE          the DOS: a disk image, folder or .zip with one; else what\n"
          "                      ferrite get freedos has fetched\n"
          "  -stay               a prompt when the program has ended (EXIT ends)\n"
          "  -display none       without a window: what the program prints by DOS is our\n"
          "                      standard output and error, as of any command in a Makefile\n"
          "  -echo               then: to its screen, whose last text goes to standard error\n"
          "  -e NAME=VALUE       a variable of the environment; as often as you like\n"
          "  -tail STRING        the exact bytes behind the program's name\n"
          "  -drive-letter L     D to Z (D)\n"
          "  -share NAME=DIR     another folder, as drive E: and so on; NAME=DIR,rw to write\n"
          "  -as disk            D: as a FAT disk instead of a network drive, for programs\n"
          "                      that read sectors or refuse network drives\n"
          "  -no-mouse           without our mouse driver (INT 33h)\n"
          "  -ems MB             expanded memory (EMS 4.0), 8 MB unless said; off; dos: by the\n"
          "                      DOS' own driver\n"
          "  -xms MB             at most so much extended memory (XMS 3.0); off; dos\n"
          "  -keep-config        with the drivers of the -dos image's own CONFIG.SYS\n"
          "  and all of ferrite -help: -display none, -speed 386-33, -m 32, -script FILE...\n"
          "Exit status: the program's, 0 to 255; 126 no DOS program, 127 not found,\n"
          "125 it has reset the PC, 130 Ctrl-C, 132 and 136 FreeDOS has ended it for an\n"
          "instruction that there is not or a division by zero, 2 asked wrongly.\n",
          out);
}

/* What of the words a machine knows: for a recording, which makes it again. */
static bool keep_words(struct dos_options *o, char **argv, int end)
{
    o->word = calloc((size_t)end + DOS_MORE_WORDS, sizeof(*o->word));
    if (!o->word)
        return false;
    o->word[o->words++] = (char *)(uintptr_t) "ferrite";
    for (int i = 0; i < end; i++) {
        const struct option *own = option_of(dos_options_table, argv[i]);
        const struct option *both = own ? own : option_of(options_table, argv[i]);
        bool apart = both && option_value_apart(both, argv[i]);
        for (int k = i; both && !own && k <= i + apart && k < end; k++)
            o->word[o->words++] = argv[k];
        i += apart;
    }
    return true;
}

bool dos_options_parse(struct dos_options *o, int argc, char **argv, struct err *e)
{
    struct option both[ROWS_MAX];
    size_t own = dos_options_table.count, count = own + options_table.count;
    _Static_assert(offsetof(struct dos_options, machine) == 0, "a machine's rows find their place");
    if (count > ROWS_MAX)
        return err_set(e, "%zu options are more than there is room for", count);
    memcpy(both, dos_options_table.rows, own * sizeof(*both));
    memcpy(both + own, options_table.rows, options_table.count * sizeof(*both));
    *o = (struct dos_options){.letter = 'D'};
    int i;
    if (!option_parse((struct option_table){both, count}, o, argc, argv, 0, &i, e))
        return false;
    if (o->machine.help || o->machine.version)
        return true;
    if (i == argc)
        return err_set(
            e,
            "which program? ferrite dos PROGRAM.EXE, or a folder for a prompt (ferrite dos -help)");
    if (o->machine.record && !keep_words(o, argv, i))
        return err_set(e, "out of memory");
    o->path = argv[i];
    o->arguments = argv + i + 1;
    o->argument_count = argc - i - 1;
    return *o->path || err_set(e, "dos: the program's name is empty");
}

void dos_options_free(struct dos_options *o)
{
    options_free(&o->machine);
    free(o->word);
    o->word = NULL;
}
