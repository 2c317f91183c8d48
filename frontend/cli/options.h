/*
 * options.h - the command line, parsed in one place. Names are QEMU's where the meaning is.
 */
#ifndef FERRITE_OPTIONS_H
#define FERRITE_OPTIONS_H

#include "frontend/cli/devices.h"
#include "frontend/cli/drive.h"
#include "frontend/cli/limits.h"
#include "frontend/cli/option.h"
#include "frontend/cli/share.h"
#include "frontend/sandbox/sandbox.h"
#include "frontend/view/settings.h"
#include "hw/machine/vm.h"

#include <stdio.h>

enum display { DISPLAY_AUTO, DISPLAY_SDL, DISPLAY_TEXT, DISPLAY_VNC, DISPLAY_NONE };
enum rtc_base { RTC_AUTO, RTC_LOCALTIME, RTC_UTC, RTC_DATE };

enum { STEERING = 6, SCRIPT_SETS = 64, SANDBOX_FOLDERS = 16, SYMBOL_FILES = 16 };

/* Texts that options point to and the command line does not hold: a file's. */
struct recorded;

struct kept_text {
    struct kept_text *next;
    char text[];
};

struct options {
    const char *cpu;
    const char *speed_cpu; /* the model that -speed names with its machine; -cpu comes first */
    u32 ram_mb;            /* 0: not said */
    double mips;           /* 0: not said */
    double mhz;            /* with clock_of: as in struct speed */
    const char *clock_of;
    bool speed_max;
    enum vm_jit jit;
    enum vm_spin spin;
    const char *floppy[VM_FLOPPIES];
    const char *disk[VM_DISKS];
    const char *cdrom;
    struct drives drives; /* -drive */
    const char *boot;     /* NULL, or boot_order */
    char boot_order[4];
    const char *bios, *vga_bios;
    const char *kernel, *append, *initrd;
    u16 post_port;
    struct devices devices;         /* -device, -chardev, -netdev */
    const char *serial[VM_SERIALS]; /* where to: "stdio" and so on; NULL: nowhere */
    unsigned serial_count;
    unsigned serial_mouse; /* 1 + the port that has one; 0: none */
    bool no_vmport;        /* no VMware pointer */
    const char *vga;       /* the display adapter, "none"; NULL: not said */
    const char *sound;     /* the sound card, "none"; NULL: not said */
    const char *midi;      /* where MIDI OUT leads; NULL: not said */
    const char *midi_in;   /* who plays into MIDI IN; NULL: nobody */
    const char *parallel;
    const char *debugcon;
    struct nic_config nic;
    struct share_options shares; /* -share */
    const char *netdump;
    /* Where somebody outside steers the machine: -monitor, -qmp, in their order. */
    struct steering {
        enum steering_kind { STEER_MONITOR, STEER_QMP } kind;
        const char *where;
    } steering[STEERING];
    unsigned steerings;
    enum display display;
    const char *http;     /* where the page is served; NULL: nowhere */
    const char *vnc;      /* DISPLAY_VNC: where, as vnc_where() reads it */
    const char *audio;    /* "sdl", "none", "wav:FILE"; NULL: not said */
    const char *audio_in; /* what is recorded: likewise; NULL: nothing */
    const char *loadvm;
    const char *home; /* no option: folder of screenshots and videos without a name; borrowed */
    const struct control_tree *tree; /* nor is this: snapshots by name; borrowed */
    const char *place; /* nor is this: the path of a -qmp socket of the machine's own; borrowed */
    bool rewind_said;
    u32 rewind_mb;            /* memory for states to go back to; 0: none are kept */
    const char *record_video; /* a file, or NULL */
    bool record_aspect;       /* in square pixels */
    u64 snapshot_memory;      /* bytes; 0: not said */
    bool overscan;            /* the picture includes the border */
    bool snapshot, no_reboot, no_shutdown, stats;
    int reset_status; /* of a run that a reset ends, where that is no good end; no option sets it */
    u32 log_mask;
    const char *trace;          /* words of -d that say what of exec and cpu is shown, or NULL */
    const char *profile;        /* files, or NULL */
    const char *profile_format; /* "folded", "speedscope"; NULL: by the file's name */
    const char *coverage;
    const char *coverage_format;       /* "drcov", "lcov"; NULL: by the file's name */
    const char *symbols[SYMBOL_FILES]; /* FILE[,base=ADDRESS] */
    unsigned symbol_files;
    const char *log_file;
    const char *gdb;  /* where a GDB can connect, "tcp::1234"; NULL: nowhere */
    bool gdb_default; /* -s said so */
    bool stopped;     /* -S */
    bool debugger;    /* of `ferrite debug`: somebody is there who lets it go on */
    const char *script;
    const char *set[SCRIPT_SETS]; /* NAME=VALUE of a script's variables */
    unsigned sets;
    const char *variant;         /* of a test, for its script; NULL: none */
    bool new_pictures;           /* no option: pictures that the script expects may be missing */
    const char *record, *replay; /* files, or NULL */
    bool record_images;          /* with the images in it */
    char *const *argument;       /* the command line itself; borrowed */
    unsigned arguments;
    struct limit_options limits;    /* of this computer */
    double limit_host, limit_guest; /* seconds after which the run is ended, 0 = none */
    struct {                        /* what the process gives up once all is open */
        enum sandbox_mode mode;
        bool test;                           /* try from inside what is forbidden, and end */
        const char *folder[SANDBOX_FOLDERS]; /* within reach, too */
        unsigned folders;
    } sandbox;
    enum rtc_base rtc;
    u64 rtc_date;           /* seconds since 1970, RTC_DATE */
    struct window_options { /* NULL: not said; see frontend/view/settings.h */
        const char *scale, *filter, *pace, *status, *ui_scale, *volume, *stick, *menu_key,
            *host_key, *fast_key, *layout, *typing, *device;
        bool fullscreen;
    } window;
    bool help, version;
    /* No options: what a sub-command adds to the machine. Borrowed. */
    struct media made_disk[VM_DISKS]; /* disks in memory, or of folders */
    struct media made_floppy;         /* in drive A: */
    struct guest_run run;             /* what FERRITE RUN starts */
    char cd_letter;                   /* which drive it makes of the CD; 0: none */
    const char *unpacked;             /* a folder of its files; it is removed at the end */
    struct recorded *recorded;        /* -replay's file, read already; NULL: it is not */
    const char *build;                /* which version this is, for recordings; NULL: not known */
    bool last_screen;                 /* print the text screen when all is over */
    struct kept_text *kept;
};

/* The rows: help, manual page and completions are made from them too. */
extern const struct option_table options_table;

/* false + err (one line with a remedy) on anything wrong. */
bool options_parse(struct options *o, int argc, char **argv, struct err *e);
/* The window's settings as they are, changed by what was said. */
bool options_window(const struct options *o, struct settings *s, struct err *e);
/* Does who sits in front of it have the window's menu and keys? */
static inline bool options_menu(const struct options *o)
{
    return o->display != DISPLAY_TEXT && o->display != DISPLAY_VNC;
}
/* What parsing has allocated; also after it has failed. */
void options_free(struct options *o);
/* A port that has standard input or output: "-serial stdio"; NULL: none. *reads: one has the input.
 */
const char *options_on_stdio(const struct options *o, bool *reads);
/* The help page: 24 lines of 80 columns at most. */
void options_help(FILE *out);

#endif
