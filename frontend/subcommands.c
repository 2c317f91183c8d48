/*
 * subcommands.c - the list of sub-commands. See subcommands.h.
 */
#include "frontend/subcommands.h"
#include "frontend/asm_command.h"
#include "frontend/ctl/ctl.h"
#include "frontend/debugger/debugger.h"
#include "frontend/disk/disk_cmd.h"
#include "frontend/doctor/doctor.h"
#include "frontend/dos/dos_options.h"
#include "frontend/dos_command.h"
#include "frontend/get/get.h"
#include "frontend/help.h"
#include "frontend/lesson_command.h"
#include "frontend/machine_control.h"
#include "frontend/machine_run.h"
#include "frontend/machines/commands.h"
#include "frontend/machines/new.h"
#include "frontend/replay_command.h"
#include "frontend/suite/suite.h"

#include <string.h>

const struct subcommand subcommands[] = {
    {"asm", "FILE [-o OUT] [-l LIST] [OPTION]...",
     "assemble a text in NASM's spelling to plain bytes",
     "For learning, from the same table that decodes and disassembles. Labels, equ, data, times, "
     "macros, 16 and 32 bits; what it understands is in frontend/assembler/README.md. Errors are "
     "said by file, line and column. Exit status: 0 done, 1 the text is wrong, 2 asked wrongly.",
     NULL, &asm_options, asm_command, .machine = 0},
    {"ctl", "[-json] MACHINE|SOCKET [COMMAND [ARGUMENT]...]",
     "do a command on a running machine, from a shell",
     "MACHINE is one that ferrite run has started; SOCKET the path of a machine's -qmp unix:PATH "
     "(or tcp:HOST:PORT). The commands are "
     "those "
     "of scripts (ferrite help script): `ferrite ctl s wait-text 'A:\\>' 30`, `ferrite ctl s "
     "screenshot a.png`. Without one, lines are read: at a terminal with history and completion, "
     "else up to the first that fails. Exit status as a script's: 0 done, 1 the guest did not do "
     "what "
     "was expected, 2 it cannot be done, 3 the machine ended first.",
     NULL, &ctl_options, machine_ctl_command, .machine = 1, .completes = true},
    {"disk", "ls|get|put|mkfs|resize|convert|create|info|check|commit|discard [OPTION]... FILE...",
     "what is on images; overlay files, which take a disk's writes so that its image stays",
     "ls IMAGE[:PATH] lists the FAT file system of a diskette or disk image, get IMAGE:PATH... TO "
     "copies files and folders out of it, put FILE... IMAGE:PATH into it. mkfs -size 1.44M IMAGE "
     "makes a new one, with -from DIR a folder's files on it; resize IMAGE SIZE makes it larger or "
     "smaller with the FAT on it; convert FROM TO makes plain sectors of anything, or what TO's "
     "name says by qemu-img. An overlay stands for its disk in all of these. "
     "create BASE OVERLAY makes an empty overlay, which -drive file=BASE,overlay=OVERLAY uses. "
     "info "
     "tells its base and how much it holds; check whether it is whole (0) or not (1), and with "
     "--repair puts right what can be; commit writes what it holds into the base and empties it; "
     "discard throws that away. commit and discard can be interrupted and given again.",
     "ls get put mkfs resize convert create info check commit discard help", &disk_options,
     disk_command, .own_help = true},
    {"dos", "[OPTION]... PATH [ARGUMENT]...",
     "run a DOS program; its folder is drive D:, its exit code ours",
     "PATH is a program (.EXE, .COM), a batch file, a folder or a .zip. A PC of its own starts a "
     "DOS, shows PATH's folder as a drive, changes to it and starts the program; when it ends, the "
     "machine ends. Of a folder or a .zip the first ARGUMENT names the program in it. Exit "
     "status: the program's, 0 to 255; 125 it has reset the PC, 126 no DOS program, 127 not found, "
     "130 Ctrl-C, 132 and 136 FreeDOS has ended it for an instruction that there is not or a "
     "division "
     "by zero, 2 asked wrongly. All options of ferrite itself can be given, too.",
     NULL, &dos_options_table, dos_command, .own_help = true, .all_options = true},
    {"get", "NAME [OPTION]...", "fetch free software that guests are made of, such as FreeDOS",
     "Fetched once, checked by its SHA-256, kept under ~/.local/share/ferrite/.get. An attempt "
     "that was "
     "cut off goes on when the command is given again.",
     "freedos", &get_options_table, get_command, .own_help = true},
    {"new", "[OPTION]... [NAME]",
     "make a machine: a folder with settings and disks, run by its name",
     "At a terminal it asks what is not said by options; with -y, or without a terminal, the "
     "answers "
     "are those of the kind of guest. Without any word behind it it reads the answers from a pipe "
     "or "
     "a file, too, a line each. Machines lie in $FERRITE_MACHINES, else in ferrite/ of "
     "$XDG_DATA_HOME or ~/.local/share; machine.ini in each can be edited by hand.",
     NULL, &new_options, new_command, .machine = 0},
    {"run", "MACHINE [OPTION]...", "start a machine by its name, its folder or its machine.ini",
     "Options of ferrite come before the machine's own settings: one that is named here replaces "
     "the machine's. ferrite -machine FILE and ferrite FOLDER do the same for one that lies "
     "anywhere.",
     NULL, NULL, machine_run_command, .machine = 1, .all_options = true},
    {"debug", "[-line] [OPTION]...",
     "a machine and a debugger on this terminal, forwards and backwards",
     "All options of ferrite can be given, but -display and what else wants the terminal. The "
     "machine stands at its first instruction. The code, what each instruction reads and writes, "
     "registers with what has changed, stack, memory, the last branches, breakpoints; the commands "
     "are those of scripts (ferrite help script), F1 shows the keys. The guest does the same to "
     "the last bit whether somebody looks or not.",
     NULL, &debug_options, debug_command, .all_options = true},
    {"replay", "FILE [OPTION]...", "a run that -record has kept, again, to the last bit",
     "The recorded command line is given again, in its folder, without what drove the machine and "
     "what it wrote into; files that are not those of then are refused, by their SHA-256. Status "
     "0: it was the same run; 1: it was not, and it is said since when.",
     NULL, NULL, replay_command, .all_options = true},
    {"list", "[-names]", "all machines: guest, state, size, last run, snapshots", NULL, NULL,
     &list_options, list_command, .machine = 0},
    {"info", "MACHINE", "every setting of a machine, where it comes from and what it means", NULL,
     NULL, NULL, info_command, .machine = 1},
    {"set", "MACHINE SECTION.NAME=VALUE...", "change settings of a machine that is off",
     "What you wrote into machine.ini beside them stays. SECTION.NAME= takes a setting out.", NULL,
     NULL, set_command, .machine = 1},
    {"clone", "MACHINE NEW-NAME", "copy a machine, with its snapshots",
     "The copy has an address on the network of its own.", NULL, NULL, clone_command, .machine = 1},
    {"snapshot", "take|list|restore|rm|off MACHINE [NAME [NOTE]]",
     "what a machine's disks hold, kept by name and brought back",
     "Of a machine that runs, take keeps its memory as well and restore goes back to it, while it "
     "goes on: the machine does it itself, as by its menu or the commands of the same names. Only "
     "what was written since the image was made is copied. rm removes one; those that came from it "
     "stay. off: a machine that would go on from a snapshot's memory starts instead.",
     "take list restore rm off", NULL, machine_snapshot_command, .machine = 2},
    {"backup", "MACHINE [DIR]", "a machine as one file, read again and compared",
     "Into DIR, or the folder that backup.to of the machine names; of the machine's backups there "
     "the newest stay, as many as backup.keep says. The file is a tar.gz with the SHA-256 of each "
     "file in it.",
     NULL, NULL, backup_command, .machine = 1},
    {"restore", "FILE NAME", "a machine from a file that backup made, compared with its sums",
     "A damaged file makes no machine.", NULL, NULL, restore_command, .machine = 0},
    {"export", "MACHINE FILE", "a machine as one file for somebody else, its outside images in it",
     "As a backup, and images that lie outside of the machine's folder are taken in. Folders of "
     "this "
     "computer that the guest sees are not; that is said. import makes a machine of the file.",
     NULL, NULL, export_command, .machine = 1},
    {"import", "FILE [NAME]",
     "a machine from what export made, 86box.cfg, dosbox.conf, .vbox, .ovf",
     "What is taken is listed, and so is what is not, with the reason. The old file is only read, "
     "and "
     "its images stay where they are. Without a name the machine is called as the file, a "
     "86box.cfg "
     "or dosbox.conf as its folder.",
     NULL, NULL, import_command, .machine = 0},
    {"rm", "[-y] MACHINE", "remove a machine with its disks and snapshots; asks", NULL, NULL,
     &rm_options, rm_command, .machine = 1},
    {"gc", "[-delete]", "what machines have left over, and what removing it frees",
     "Files that no drive uses, and what interrupted commands left. Machines that have not run for "
     "long are told and never removed.",
     NULL, &gc_options, gc_command, .machine = 0},
    {"doctor", "[MACHINE]", "what is wrong or unwise here, or with a machine, and what to do",
     "Looks at libraries, display, room and build; with a machine at its settings, its images and "
     "who holds them, its overlays, and what such a guest does not like. Status 1: something that "
     "was asked for cannot work.",
     NULL, NULL, doctor_command, .machine = 1},
    {"test", "[OPTION]... DIR|FILE...", "guest scripts as tests, side by side; TAP and JUnit",
     "Each *.script is a test; comments at its head say how the machine is started and what is "
     "right (# args: # needs: # status: and so on, frontend/suite/README.md). Tests with # from: "
     "FILE begin where that script ends: it is run once, and each test goes on from its memory. "
     "What a failed test leaves - screen, last fault, the machine as a snapshot, all its output - "
     "is kept in a folder. Exit status: 0 all passed, 1 not all, 2 asked wrongly, 77 all skipped.",
     NULL, &suite_options, suite_command, .machine = 0},
    {"lesson", "[OPTION]... [NAME]", "lessons about how a PC works, and are the answers right",
     "Without a name the list; with one (or its number, or a lesson's file) its text. -check tries "
     "an answer on machines of its own and says what was seen there. Exit status: 0 right, 1 not, "
     "2 asked wrongly. The same lessons are on the page of -http, beside the machine.",
     NULL, &lesson_options, lesson_command, .machine = 0},
    {"help", "[options|script|COMMAND|OPTION]",
     "every option, the commands of scripts, or one of them all in full", NULL,
     "options script asm ctl disk dos get new run debug replay list info set clone snapshot backup "
     "restore export import rm gc doctor test lesson",
     NULL, help_command, .machine = 0},
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
