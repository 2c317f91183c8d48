/*
 * vm.h - the public face of a machine. The SDL window, the script runner, the monitor are equal
 * clients of this header and of nothing below it.
 *
 * A machine has no thread of its own: the caller runs it in slices of guest time. All calls on
 * one machine come from one thread at a time. Several machines may live in one process.
 */
#ifndef FERRITE_VM_H
#define FERRITE_VM_H

#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/media.h"
#include "hw/base/midi.h"
#include "hw/base/row.h"
#include "hw/base/screen.h"
#include "hw/base/stream.h"
#include "hw/base/types.h"
#include "hw/guest/guest_config.h"
#include "hw/net/nic_config.h"
#include "hw/sound/sound.h"

struct vm;

enum { VM_FLOPPIES = 2, VM_DISKS = 4, VM_SERIALS = 4, VM_BOARD_SERIALS = 2, VM_PARALLELS = 1 };

/* What is at the other end of a cable, for the rows of devices that name it. */
struct vm_chardev {
    const char *id;
    struct stream stream;
};

struct vm_netdev {
    const char *id;
    struct nic_config config; /* of the network; what is said of the card is the row's matter */
};

/* Machine code for blocks that run often (cpu/translate/); where the host has none: one line in the
 * log, and the interpreter goes on alone. No guest can tell. */
enum vm_jit {
    VM_JIT_OFF, /* the interpreter alone */
    VM_JIT_ON,
    VM_JIT_ALL,   /* every block before it runs first: for tests */
    VM_JIT_CHECK, /* what machine code has run, the interpreter runs again; a difference aborts */
};

/* Loops that wait for memory, a port or the time (cpu/spin.h). No guest can tell. */
enum vm_spin {
    VM_SPIN_SKIP, /* their rounds are counted */
    VM_SPIN_EXEC, /* are executed */
};

struct vm_config {
    const char *cpu; /* "pentium3" and so on; NULL = default */
    enum vm_jit jit;
    enum vm_spin spin;
    u32 ram_mb;  /* 1..2048; 0 = default (64) */
    double mips; /* guest instructions per virtual microsecond; 0 = default (200) */
    double mhz;  /* not 0: vm_set_clock() with it and with the next one, instead of mips */
    const char *clock_of;
    struct media floppy[VM_FLOPPIES];
    struct media disk[VM_DISKS]; /* hda..hdd: primary master, slave, secondary master, slave */
    /* In the CD-ROM drive, which is the secondary master unless disk[2] takes its place. */
    struct media cdrom;
    const char *boot;     /* order of "a" floppy, "c" disk, "d" CD; NULL = "ac" */
    const char *bios;     /* file, NULL = built in */
    const char *vga_bios; /* file, NULL = built in */
    /* A Multiboot or Linux kernel that the BIOS starts instead of a disk; its arguments; its
     * modules
     * ("FILE ARGS,FILE ARGS"). NULL = none. */
    const char *kernel, *append, *initrd;
    u16 post_port; /* POST codes; 0 = 80h */
    bool overscan; /* the picture includes the border that a monitor shows around it */
    bool snapshot; /* disk writes go to a throw-away overlay */
    bool rtc_host; /* RTC starts at the host's local time, else at a fixed date */
    u64 rtc_now;   /* with rtc_host: what the host's local time is taken for; 0: ask it */
    u64 rtc_start; /* seconds since 1970 when !rtc_host; 0 = 2000-01-01 */
    struct stream serial[VM_SERIALS]; /* COM1, COM2; COM3, COM4 are there when this is filled in */
    unsigned serial_mouse; /* 1 + the port with a mouse, which then is the machine's; 0: none */
    bool pointer_port;     /* VMware's pointer (hw/input/vmmouse.h): positions without capture */
    struct stream parallel[VM_PARALLELS];
    /* "std", "cirrus", "none"; NULL: a VGA with the Bochs display interface, unless `rows` have a
     * display adapter. */
    const char *vga;
    /* "sb16" and so on, "none"; NULL: a Sound Blaster 16, unless `rows` have a sound card. */
    const char *sound;
    struct midi_sink midi;       /* MIDI OUT of its sound card; */
    struct midi_source midi_in;  /* its MIDI IN, */
    struct sound_inlet sound_in; /* and what its recordings hear; all zero: silence */
    struct nic_config nic;       /* all zero: no network */
    struct guest_config guest;   /* the guest port: what to start, what to share */
    struct stream debugcon;      /* ports E9h and 402h */
    /* Devices besides (-device, machine files); read by vm_new() only. */
    const struct row *const *rows;
    unsigned row_count;
    const struct vm_chardev *chardevs; /* what their property `chardev` may name; besides */
    unsigned chardev_count;            /* serial0.., parallel0, debugcon */
    const struct vm_netdev *const *netdevs;
    unsigned netdev_count;
    struct log *log; /* outlives the machine; may be NULL */
};

/* Is this a device that a machine may have, with these properties? "WHERE: why not". */
bool vm_row_check(const struct row *row, struct err *e);
/* All classes of devices, a line each; the properties of one. */
void vm_device_list(FILE *out);
bool vm_device_help(const char *model, FILE *out, struct err *e);

/*
 * Names of the sound cards, for vm_config.sound, NULL after the last, 0 is the default; and what
 * DOS programs read of such a card in BLASTER=, or of a "gus" in ULTRASND= (row: as `rows` describe
 * it; NULL: as it comes).
 */
const char *vm_sound_card_name(unsigned i);
bool vm_sound_card_variable(const char *name, const struct row *row, char *text, size_t size);

/* Names of the processors, for -cpu help; NULL after the last, 0 is the default. */
const char *vm_cpu_name(unsigned i);

struct vm *vm_new(const struct vm_config *config, struct err *e);
/* Flushes and closes images. false + err when data could not be written. */
bool vm_free(struct vm *vm, struct err *e);

/* Why vm_run() came back. */
enum vm_stop {
    VM_SLICE,         /* the slice is over */
    VM_DEBUG_EXIT,    /* port F4h: see vm_exit_status() */
    VM_POWER_OFF,     /* the guest switched the power off */
    VM_TRIPLE_FAULT,  /* the processor shut down; vm_reset() brings it back */
    VM_RESET_REQUEST, /* the guest asked for a reset (8042, 92h, CF9h); vm_reset() does it */
    VM_INTERRUPTED,   /* vm_interrupt() was called */
    VM_PROGRAM_END,   /* FERRITE RUN says that its program is over: see vm_program_status() */
    VM_DISK_ERROR,    /* the host failed, see vm_disk_error(); the next vm_run() tries again */
    VM_POINT,         /* a debugger's point was met: vm_point_hit() (hw/machine/vm_inspect.h) */
    VM_GOAL,          /* vm_run_to(): so many instructions have been executed */
    VM_REPLAYED       /* a replay is at its end, or is not the same run any more (vm_replay.h) */
};

/* Run until guest time `until` (ns since power-on) or until something stops the machine. */
enum vm_stop vm_run(struct vm *vm, u64 until);
/*
 * The present vm_run(), or the next one, comes back soon - within milliseconds of host time,
 * whatever the guest does - with VM_INTERRUPTED. May be called from any thread. A run that goes on
 * afterwards is the same as without it.
 */
void vm_interrupt(struct vm *vm);
/* What vm_interrupt() asked for and nobody has heeded yet is forgotten. */
void vm_go_on(struct vm *vm);
void vm_reset(struct vm *vm);
/*
 * From now on another speed (guest instructions per microsecond). For a window that follows what
 * the host can do: a run with such calls can be repeated only with the same calls.
 */
void vm_set_mips(struct vm *vm, double mips);
double vm_mips(const struct vm *vm); /* the present speed; with a clock: its ticks */
/*
 * From now on the speed of a processor of the past ("8088", "286" .. "pentium4") with a clock of
 * so many MHz: each instruction takes its clocks (cpu/decode/timing.def), and the time stamp
 * counter counts them. NULL: one clock each. false: there is no such processor, or no such clock.
 */
#define VM_MHZ_LEAST 0.01
#define VM_MHZ_MOST 5000.0
bool vm_set_clock(struct vm *vm, const char *processor, double mhz);
/* What it is now; *mhz: 0 when vm_set_mips() was the last word. */
const char *vm_processor_clock(const struct vm *vm, double *mhz);

u64 vm_now(const struct vm *vm);          /* guest nanoseconds since power-on */
u64 vm_instructions(const struct vm *vm); /* executed since power-on */
int vm_exit_status(const struct vm *vm);  /* (value << 1) | 1 of the F4h write */
/* Of the program that FERRITE RUN started: its code, 130 Ctrl-C, 126 DOS refused it, 127 not there
 */
int vm_program_status(const struct vm *vm);
/* What DOS ended that program for, in words: "a division ..."; NULL: it did not. */
const char *vm_program_crash(const struct vm *vm);
/* "disk.img: host error, cannot write sector 5: No space left on device"; "" if never. */
const char *vm_disk_error(const struct vm *vm);
/* Between slices: false + err, once, when a file of the machine's own (-netdump) has a gap. */
bool vm_outputs_ok(struct vm *vm, struct err *e);
bool vm_idle(const struct vm *vm); /* halted and waiting for an event */
/* Why the processor last faulted or shut down, in words with the guest's addresses; "" if never. */
const char *vm_last_fault(const struct vm *vm);

/* What reset the machine, or its processor alone, last, and where the processor was; "" if nothing
 * has since power-on. */
void vm_last_reset(const struct vm *vm, char *buf, size_t size);

/* What the machine is doing, in a sentence: where, in which mode, halted and waiting for what. */
void vm_explain(const struct vm *vm, char *buf, size_t size);

/* Keyboard: codes from hw/input/keys.h. Events are queued and enter the 8042 in order. */
void vm_key(struct vm *vm, int key, bool down);
/* Has the guest fetched all of them? */
bool vm_keys_taken(const struct vm *vm);
/* Mouse movement (right, down positive), wheel (towards the person positive), button bits 0 left,
 * 1 right, 2 middle. */
void vm_mouse(struct vm *vm, int dx, int dy, int dz, unsigned buttons);
/*
 * Positions instead of movement, while a driver in the guest wants them: 0 is the first, 65535 the
 * last column or line of the picture. false: nobody does, and nothing has happened.
 */
bool vm_pointer_wanted(const struct vm *vm);
bool vm_pointer(struct vm *vm, u16 x, u16 y, int dz, unsigned buttons);
/*
 * A stick (0 or 1) at the game port: 0 is left or up, 65535 right or down, buttons bits 0 and 1.
 * The first call plugs it in. false: there is no such stick, or no game port.
 */
bool vm_stick(struct vm *vm, unsigned stick, u16 x, u16 y, unsigned buttons);
void vm_stick_unplug(struct vm *vm, unsigned stick);
/* Somebody presses the power button: an ACPI event, which the guest may answer by shutting down. */
void vm_power_button(struct vm *vm);
/*
 * What the processor does at a port, of 1, 2 or 4 bytes, done from outside; and an NMI, as a
 * board's button requests one. They are noted like keys. false: the machine does again what it has
 * done before, and nothing has happened.
 */
bool vm_port_in(struct vm *vm, u16 port, unsigned size, u32 *value);
bool vm_port_out(struct vm *vm, u16 port, unsigned size, u32 value);
bool vm_nmi(struct vm *vm);
/* Keyboard LEDs: bit 0 scroll, 1 num, 2 caps. */
unsigned vm_leds(const struct vm *vm);

/*
 * Sleep until the host has something for the guest from the network, at most so long; at once
 * when there is no network. A guest that waits for an answer must not run ahead of the host.
 */
void vm_network_wait(struct vm *vm, unsigned milliseconds);
/* Frames that the guest has sent and received. */
void vm_network_frames(const struct vm *vm, u64 *sent, u64 *received);

void vm_screen(struct vm *vm, struct screen *out);

/* How long one picture of the display takes at present, guest ns. */
u64 vm_frame_ns(const struct vm *vm);
/* When the beam leaves the picture next, guest time after vm_now(): it is whole then. */
u64 vm_frame_end(const struct vm *vm);

/*
 * The text screen as UTF-8 lines without trailing blanks, one '\n' after each; returns the number
 * of bytes that the whole text needs (like snprintf), 0 when a graphics mode is shown.
 */
size_t vm_screen_text(struct vm *vm, char *buf, size_t size);
/* The same with attributes and the cursor; false when a graphics mode is shown. */
bool vm_screen_cells(struct vm *vm, struct screen_cells *out);

/*
 * Sound: what the machine's parts play, added up, in stereo at vm_sound_rate() frames a second,
 * from this instant on until vm_sound_leave(). Whether somebody listens changes nothing in the
 * guest. false: too many do.
 */
bool vm_sound_listen(struct vm *vm, const struct sound_sink *sink);
void vm_sound_leave(struct vm *vm, const struct sound_sink *sink); /* it gets the rest before */
u32 vm_sound_rate(const struct vm *vm);
/* The sources by number; false: there are no more. */
struct vm_sound {
    const char *name; /* "speaker", "opl" ...: several may have the same */
    u32 volume;       /* 0 to 100, a person's */
    bool muted;
    bool playing; /* something is heard of it; false while nobody listens */
};
bool vm_sound_source(const struct vm *vm, unsigned i, struct vm_sound *out);
/* Sets volume and mute of all sources of that name, NULL: of all. false: there is none. */
bool vm_sound_set(struct vm *vm, const char *name, u32 volume, bool muted);

/* Media. Inserting reports disk change to the guest. Drive 0 = A:, 1 = B:. */
bool vm_floppy_insert(struct vm *vm, unsigned drive, const struct media *m, struct err *e);
bool vm_floppy_eject(struct vm *vm, unsigned drive, struct err *e);
/*
 * The same for the CD-ROM drive. A guest may have locked it (it does while it uses the disc): then
 * both fail, and the guest is told that somebody wants the disc, unless `force`.
 */
bool vm_cd_insert(struct vm *vm, const struct media *m, bool force, struct err *e);
bool vm_cd_eject(struct vm *vm, bool force, struct err *e);

/* The tab of the diskette that is in: the guest cannot write to it, or can again. */
bool vm_floppy_protect(struct vm *vm, unsigned drive, bool on, struct err *e);

/* A disk that is a USB stick, by its place: out of its port, whatever it was doing, or in. */
bool vm_usb_disk_plug(struct vm *vm, unsigned place, bool in, struct err *e);

/* All drives, by place: floppies, hard disks, the CD-ROM drive. */
enum { VM_DRIVES = VM_FLOPPIES + VM_DISKS + 1 };
struct vm_drive {
    char name[8]; /* "fda", "hda", "cd" */
    enum vm_drive_kind { VM_DRIVE_FLOPPY, VM_DRIVE_DISK, VM_DRIVE_CD } kind;
    const char *medium; /* the file, or words; NULL: empty. Valid until it is changed. */
    u64 bytes;          /* that the medium holds */
    char format[20];    /* of a diskette: "1.44M" */
    unsigned tracks;    /* of a CD */
    bool read_only;     /* for the guest */
    bool fixed;         /* it was opened so: a diskette's tab does not change that */
    bool locked;        /* the guest has locked the drive */
    bool pulled;        /* a USB stick that is not in its port */
    u64 written;        /* sectors that the guest has written since the medium came */
    u64 read;           /* and read; of a CD, blocks */
};
/* false: there is no such drive in this machine. */
bool vm_drive(const struct vm *vm, unsigned place, struct vm_drive *out);
/* What the guest sees on a diskette or hard disk now, into an empty file. */
bool vm_drive_export(struct vm *vm, unsigned place, int fd, struct err *e);
/*
 * The files of a diskette or hard disk are to be replaced: closed, and opened again, as
 * disk_let_go() and disk_take_up() say (hw/storage/disk.h). Before, vm_flush_drives(): all that the
 * guest has written is in the files.
 */
bool vm_drive_let_go(struct vm *vm, unsigned place, struct err *e);
bool vm_drive_take_up(struct vm *vm, unsigned place, const char *overlay, struct err *e);
/* A host's folder as a disk: as disk_folder_look() and disk_renew(). A diskette is changed by it.
 */
bool vm_drive_look(struct vm *vm, unsigned place, u64 *shown, u64 *now);
bool vm_drive_renew(struct vm *vm, unsigned place, struct err *e);
bool vm_flush_drives(struct vm *vm, struct err *e);

/*
 * Snapshots: the whole machine as bytes. A refused one leaves the machine as it was. Saving large
 * memories takes seconds; vm_interrupt() makes it fail at once.
 */
bool vm_save(struct vm *vm, u8 **bytes, size_t *size, struct err *e); /* free(*bytes) */
bool vm_load(struct vm *vm, const u8 *bytes, size_t size, struct err *e);

/*
 * To compare two runs. The state hash is of all that a snapshot would hold - processor, memory,
 * devices, what -snapshot keeps of the disks - but not of image files. The trace hash is of what
 * the guest did up to now (hw/machine/vm_trace.h); it runs while the log's LOG_HASH was on at
 * vm_new(), else false. Both are the same in every build, and a snapshot carries the trace hash on.
 */
bool vm_state_hash(struct vm *vm, u64 *hash, struct err *e);
bool vm_trace_hash(const struct vm *vm, u64 *hash);

/*
 * In the child of a fork(2): the machine goes on here, too, and shares nothing with the parent's
 * but open files. Only for machines that write to no file, have no network, and whose threads, if
 * there are any, were not running. vm_free() then closes what is open and leaves the memory to the
 * end of the process.
 */
void vm_forked(struct vm *vm);
/* In the parent, before: what the children need not find out each for itself. */
void vm_will_be_forked(struct vm *vm);

/* Guest physical memory, for debuggers and tests. */
void vm_read_memory(struct vm *vm, u32 addr, void *buf, u32 len);

/* Registers and device descriptions for a person. */
/* What the translator did, some lines for people; nothing when there is none. */
u64 vm_skipped(const struct vm *vm); /* instructions of loops that wait */
void vm_print_jit(const struct vm *vm, FILE *out);
/*
 * From the next run on, take samples of what this host does for the machine: vm_print_jit() says
 * then what the time went to, and what a person can do. false: they are taken already, or this
 * host cannot. The thread that runs the machine then is the one that is looked at; it has to be the
 * one that frees it, too.
 */
bool vm_count_host_time(struct vm *vm);
void vm_describe(struct vm *vm, const char *what, FILE *out); /* "cpu", "pic", ... NULL = list */

#endif
