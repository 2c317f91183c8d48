/*
 * subcommands.c - the list of sub-commands. See subcommands.h.
 */
#include "frontend/subcommands.h"
#include "frontend/cli/disk_cmd.h"
#include "frontend/dos/dos_options.h"
#include "frontend/dos_command.h"
#include "frontend/get/get.h"
#include "frontend/help.h"

#include <string.h>

const struct subcommand subcommands[] = {
    {"disk", "create|info|check|commit|discard [OPTION]... FILE...",
     "overlay files, which take a disk's writes so that its image stays as it is",
     "create BASE OVERLAY makes an empty overlay, which -drive file=BASE,overlay=OVERLAY uses. "
     "info "
     "tells its base and how much it holds; check whether it is whole (0) or not (1), and with "
     "--repair puts right what can be; commit writes what it holds into the base and empties it; "
     "discard throws that away. commit and discard can be interrupted and given again.",
     "create info check commit discard help", NULL, disk_command},
    {"dos", "[OPTION]... PATH [ARGUMENT]...",
     "run a DOS program; its folder is drive D:, its exit code ours",
     "PATH is a program (.EXE, .COM), a batch file, a folder or a .zip. A PC of its own starts a "
     "DOS, shows PATH's folder as a drive, changes to it and starts the program; when it ends, the "
     "machine ends. Of a folder or a .zip the first ARGUMENT names the program in it. Exit "
     "status: the program's, 0 to 255; 126 no DOS program, 127 not found, 130 Ctrl-C, 2 asked "
     "wrongly. All options of ferrite itself can be given, too.",
     NULL, &dos_options_table, dos_command},
    {"get", "NAME [OPTION]...", "fetch free software that guests are made of, such as FreeDOS",
     "Fetched once, checked by its SHA-256, kept under ~/.local/share/ferrite/.get. An attempt "
     "that was "
     "cut off goes on when the command is given again.",
     "freedos", &get_options_table, get_command},
    {"help", "[options|script|COMMAND]",
     "every option, the commands of scripts, or one command in full", NULL, NULL, NULL,
     help_command},
};

const size_t subcommands_count = ARRAY_SIZE(subcommands);

const struct subcommand *subcommand_find(const char *word)
{
    for (size_t i = 0; i < subcommands_count; i++) {
        if (strcmp(subcommands[i].name, word) == 0)
            return &subcommands[i];
    }
    return NULL;
}
