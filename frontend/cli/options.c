/*
 * options.c - the command line: one table of options. See options.h.
 */
#include "frontend/cli/options.h"
#include "frontend/cli/confine.h"
#include "frontend/cli/option_values.h"
#include "hw/base/host_net.h"

#include <stdlib.h>
#include <string.h>

#define FLAG(...) OPTION_FLAG_ROW(struct options, __VA_ARGS__)
#define TEXT(...) OPTION_TEXT_ROW(struct options, OPTION_TEXT, __VA_ARGS__)
#define ONCE(...) OPTION_TEXT_ROW(struct options, OPTION_ONCE, __VA_ARGS__)
#define CALL(...) OPTION_FUNCTION_ROW(__VA_ARGS__)

/* Where there are no sockets nothing is offered that would want one. */
#if HOST_SOCKETS
#define SOCKET_PATH "unix:PATH, "
#define VNC_VIEWERS                                                                                \
    "vnc=[HOST]:N, vnc=unix:PATH: for VNC viewers, by libvncserver, at TCP port 5900 + N of this " \
    "computer unless a host is given, which wants ,password-file=FILE (or ,no-password); "         \
    ",paste=off: what a viewer copies is not typed; "
#else
#define SOCKET_PATH ""
#define VNC_VIEWERS ""
#endif

static const struct option rows[] = {
    OPTION_HEADING("The machine"),
    CALL("m", "MB", option_memory, "16 32 64 128 256 512",
         "memory in megabytes, 1 to 2048; 64 unless said"),
    TEXT("cpu", "MODEL", cpu, "386 486 pentium pentium-mmx pentium2 pentium3 pentium4",
         "processor; -cpu help lists the models"),
    CALL("speed", "SPEED", option_speed,
         "8088-4.77 286-12 386-33 486-66 pentium-100 pentium-mmx-200 pentium2-300 pentium3-800 max",
         "how fast: a processor and its MHz (8088-4.77, 286-12, 386-33, 486-66, pentium-100, "
         "pentium2-300 and so on), whose clocks instructions take then, a number of MIPS, or max; "
         "such a name chooses the processor too"),
    CALL("jit", "HOW", option_jit, "off on all check",
         "machine code for what runs often: on (where there is a translator, x86-64 hosts) or off; "
         "all translates everything before it runs first; check runs each block in the "
         "interpreter, too, and compares; no guest can tell"),
    CALL("spin", "HOW", option_spin, "skip exec",
         "loops that wait and change nothing: skip counts their rounds instead of executing them, "
         "exec does not; no guest can tell"),
    CALL("device", "NAME[,KEY=VALUE]...", option_device,
         "isa-serial isa-parallel isa-debug-exit isa-debugcon msmouse ne2k_isa ne2k_pci pcnet "
         "pcnet_isa VGA "
         "sb16 sbpro2 sbpro sb2 sb1 es1370 mpu401",
         "a device more, or one of the board's with other properties; -device help lists them, "
         "-device NAME,help what can be said of one"),
    CALL("readconfig", "FILE", option_readconfig, NULL,
         "a file that describes the machine: [device \"id\"] driver = \"isa-serial\", [drive], "
         "[machine] and so on"),
    CALL("rtc", "base=BASE", option_rtc, "base=localtime base=utc",
         "the clock: localtime, utc, or a date like 2000-01-31T12:00:00"),
    CALL("post-port", "PORT", option_post_port, NULL,
         "the port that shows POST codes, 0x80 unless said"),
    OPTION_HEADING("Disks and booting"),
    ONCE("fda", "FILE", floppy[0], NULL, "floppy image in drive A:"),
    ONCE("fdb", "FILE", floppy[1], NULL, "floppy image in drive B:"),
    ONCE("hda", "FILE", disk[0], NULL, "hard disk image, first IDE channel, master"),
    ONCE("hdb", "FILE", disk[1], NULL, "hard disk image, first IDE channel, slave"),
    ONCE("hdc", "FILE", disk[2], NULL,
         "hard disk image, second IDE channel, master; then the CD drive is the slave"),
    ONCE("hdd", "FILE", disk[3], NULL, "hard disk image, second IDE channel, slave"),
    ONCE("cdrom", "FILE", cdrom, NULL, "CD image: .iso, raw sectors, or a cue sheet"),
    CALL("drive", "file=FILE|folder=DIR[,KEY=VALUE]...", option_drive, NULL,
         "a disk with more to say: if=ide|floppy, index=N, overlay=FILE, readonly=on, format=raw, "
         "werror=, rerror=; or a folder as a FAT disk: rw=no|overlay|live, fat=auto|12|16|32, "
         "size=500M, "
         "label=, "
         "tz=local|utc, cp=437, max-files=, removable=on (the guest can be told of changes)"),
    CALL("boot", "ORDER", option_boot, "a c d u acd cad dca uc",
         "letters of a floppy, c hard disk, d CD, u USB stick in the order to try them"),
    FLAG("snapshot", snapshot,
         "leave image files and folders' disks alone: what the guest writes is gone at the end (a "
         "-share with rw is written to)"),
    CALL("snapshot-memory", "MB", option_snapshot_memory, NULL,
         "memory for each drive's writes under -snapshot before a temporary file takes them, 256 "
         "unless said"),
    ONCE("loadvm", "FILE", loadvm, NULL,
         "go on from a snapshot that a machine with the same options saved"),
    TEXT("bios", "FILE", bios, NULL, "a BIOS image instead of our own"),
    TEXT("vgabios", "FILE", vga_bios, NULL, "a VGA BIOS image instead of our own"),
    ONCE("kernel", "FILE", kernel, NULL, "a Linux or Multiboot kernel, started without a disk"),
    TEXT("append", "TEXT", append, NULL, "the kernel's command line"),
    TEXT("initrd", "FILE[,FILE]...", initrd, NULL,
         "the kernel's initial RAM disk, or Multiboot modules"),
    OPTION_HEADING("Connections"),
    CALL("serial", "TO", option_serial, "stdio msmouse null none",
         "a serial port, up to four times: stdio, file:PATH, " SOCKET_PATH "msmouse, null or none"),
    FLAG("no-vmport", no_vmport,
         "no VMware pointer (port 5658h): drivers in the guest find only an ordinary mouse"),
    CALL("vga", "ADAPTER", option_vga, "std cirrus cirrus-isa none",
         "the display adapter: std, a VGA with the Bochs display interface; cirrus, a Cirrus Logic "
         "CL-GD5446; cirrus-isa, a CL-GD5430 on the ISA bus; or none"),
    CALL("sound", "CARD", option_sound, "sb16 sbpro2 sbpro sb2 sb1 es1370 none",
         "the sound card: sb16 (unless said), sbpro2, sbpro, sb2, sb1, es1370 (PCI) or none; "
         "-device sb16,help lists its jumpers"),
    CALL("midi", "TO", option_midi, "fluidsynth none",
         "what MIDI OUT leads to: fluidsynth (with a window, if it is installed), "
         "fluidsynth:FILE.sf2, file:FILE.mid, alsa:CLIENT:PORT or none"),
    CALL("midi-in", "FROM", option_midi_in, "none",
         "who plays into MIDI IN: file:FILE.mid[,at=SECONDS], in guest time, alsa:CLIENT:PORT or "
         "none"),
    CALL("parallel", "TO", option_parallel, "stdio null none",
         "the parallel port: stdio, file:PATH, null or none"),
    CALL("debugcon", "TO", option_debugcon, "stdio null none",
         "what the guest writes to ports E9h and 402h: stdio, file:PATH, null or none"),
    CALL("chardev", "KIND,id=ID[,path=FILE]", option_chardev,
         "file,id= socket,id= stdio,id= null,id=",
         "what a row's chardev=ID is: a file, a socket that waits for a client "
         "(server=on,wait=off), "
         "stdio or null"),
    CALL("netdev", "KIND,id=ID[,KEY=VALUE]...", option_netdev, "user,id= lan,id=",
         "what a card's netdev=ID is: user or lan,name=NAME, with the keys of -nic"),
    CALL("nic", "KIND[,KEY=VALUE]...", option_nic, "user lan,name= none",
         "a network card: user (with model=, hostfwd=, restrict=), lan,name=NAME, or none"),
    CALL("share", "NAME=FOLDER[,rw]", option_share, NULL,
         "a folder that DOS can have as a drive (FERRITE LREDIR, on -fda tools:), up to eight "
         "times: "
         "ro unless rw; lower: new files get names in lower case; letter=D: for FERRITE RUN; "
         "cp=850: the guest's code page"),
    TEXT("netdump", "FILE", netdump, NULL, "every network frame into FILE (pcap)"),
    OPTION_HEADING("What one sees"),
    CALL("display", "HOW", option_display, "sdl text vnc= none",
         "sdl: a window; text: the text screen on this terminal; " VNC_VIEWERS "none: headless"),
    FLAG("overscan", overscan, "the picture includes the border around it"),
    TEXT("scale", "HOW", window.scale, "fit integer free",
         "the picture in the window: as large as fits, in whole rows, or all of the window"),
    TEXT("filter", "HOW", window.filter, "sharp nearest linear crt",
         "hard even pixels, nearest ones, smooth ones, or a colour tube"),
    TEXT("pace", "HOW", window.pace, "exact blend",
         "the guest's newest frame, or two blended: no judder where the host shows fewer"),
    TEXT("status", "WHEN", window.status, "auto on off", "the status line"),
    TEXT("ui-scale", "N", window.ui_scale, "0 1 2 3 4",
         "size of menu and status line, 1 to 8; 0: by the screen"),
    CALL("audio", "TO", option_audio, "sdl none",
         "sound: sdl, the host's device, usual with a window; none; wav:FILE, in guest time, so "
         "that "
         "the same run writes the same bytes"),
    CALL("audio-in", "FROM", option_audio_in, "sdl none",
         "what the guest records: wav:FILE, over and over in guest time; sdl, the host's "
         "microphone, with a window; none, which is silence"),
    TEXT("volume", "PERCENT", window.volume, NULL, "how loud"),
    TEXT("sound-device", "NAME", window.device, NULL,
         "which of the host's devices is heard, as the menu's Sound page names it"),
    TEXT("stick", "HOW", window.stick, "auto keypad off",
         "joysticks at the game port: the host's game controllers, its numeric keypad, or none"),
    TEXT("layout", "LAYOUT", window.layout,
         "us us-intl uk de ch-de ch-fr fr be it es latam pt br dk no se fi pl",
         "what is printed on the guest's keys, for `type`, `paste` and the clipboard"),
    TEXT("typing", "HOW", window.typing, "position host",
         "keys go by their place, or as what the host's keyboard types on the guest's layout"),
    TEXT("menu-key", "KEY", window.menu_key, "f12 f11 scrolllock pause menu off",
         "the key that opens the menu"),
    TEXT("host-key", "KEY", window.host_key, "rctrl menu scrolllock pause off",
         "held, it makes the window's keys; tapped, it frees the mouse"),
    TEXT("fast-key", "KEY", window.fast_key, "host-space alt-f12 f11 scrolllock pause menu off",
         "held, guest time goes as fast as the host can; host-space: Space with the host key"),
    FLAG("fullscreen", window.fullscreen, "the window begins as the whole screen"),
    CALL("rewind", "MB", option_rewind, NULL,
         "so many megabytes of states to go back to (the command and menu Rewind); 0: none. In a "
         "window 128 unless said, as long as nobody feels it; else none"),
    CALL("record-video", "FILE[,pixels=raw|aspect]", option_record_video, NULL,
         "picture and sound into FILE (.mkv) from the start, losslessly and at exact guest time, "
         "by ffmpeg; raw pixels unless said, or square ones"),
    CALL("record", "FILE[,images=hash|embed]", option_record, NULL,
         "everything that enters the machine into FILE, with its instant: ferrite replay FILE does "
         "the run again, to the last bit; wants -snapshot, so that images stay as they were. "
         "images=embed: the images are in FILE, too, which can then be sent to somebody"),
    TEXT("replay", "FILE", replay, NULL,
         "in a machine with the same options, what -record has kept, instead of any other input"),
    OPTION_HEADING("Scripts and runs"),
    ONCE("script", "FILE", script, NULL,
         "drive the guest by FILE, or by standard input (-); exit status 0 well, 1 failed, 2 bad "
         "script, 3 guest ended"),
    CALL("set", "NAME=VALUE", option_set, NULL,
         "a variable of the script, $NAME; as often as there are variables"),
    CALL(
        "limit", "host=S,guest=S,cpu=P%,mem=SIZE,disk=SIZE,log=SIZE", option_limit,
        "host= guest= cpu= mem= disk= log=",
        "host=, guest=: end the run after that many seconds, with status 124; cpu=: so much of one "
        "processor; mem=: so much memory for the process; disk=: so much more of this computer's "
        "disk for overlays, temporary files and shares, then it is full for the guest; log=: so "
        "much into logs, serial files and dumps (4G unless said, none), then the run ends"),
    CALL(
        "sandbox", "HOW[,folder=DIR]", option_sandbox, "on off strict test",
        "what the process gives up once its files, sockets and window are open: on (usual) lets it "
        "reach the images and the folders that were named, and start and connect to nothing; a "
        "folder more is given by folder=, several times; strict: what is forbidden ends it, and "
        "only what was named is within reach; test tries from inside what is forbidden; off"),
#if HOST_SOCKETS
    ONCE("gdb", "WHERE", gdb, "tcp::1234 unix: none",
         "a GDB can connect to tcp:[HOST]:PORT (the loopback address unless said) or unix:PATH"),
    FLAG("s", gdb_default, "short for -gdb tcp::1234"),
#endif
    FLAG("S", stopped, "the machine stands until a debugger (or `cont`) starts it"),
    FLAG("no-reboot", no_reboot, "a reset ends the run"),
    FLAG("no-shutdown", no_shutdown, "a power-off stops the machine, the program stays"),
    FLAG("stats", stats, "counts and times at the end"),
    CALL("d", "LIST", option_log,
         "guest_errors unimp exec cpu int reset post io disk hash jit format= range= mode= cpl= "
         "start= stop= from= to=",
         "what to log, with commas between, and of exec and cpu which instructions, in which form; "
         "-d help lists it"),
    TEXT("D", "FILE", log_file, NULL, "the log into FILE instead of standard error"),
    CALL("profile", "FILE[,format=folded|speedscope]", option_profile, NULL,
         "how many instructions the guest executes in which chain of calls, counted exactly: "
         "folded stacks for flame graphs, or speedscope's JSON (FILE.speedscope.json)"),
    CALL("coverage", "FILE[,format=drcov|lcov]", option_coverage, NULL,
         "which code the guest executes: drcov, or lcov (FILE.info), which wants -symbols with an "
         "ELF file that has DWARF lines"),
    CALL("symbols", "FILE[,base=ADDRESS]", option_symbols, NULL,
         "names for the guest's addresses: an ELF file, a linker's map, System.map, what nm "
         "prints; ADDRESS is added, linear (0x10000) or SEGMENT:OFFSET (1a2:0); up to 16 times"),
#if HOST_SOCKETS
    OPTION_HEADING("Steering from outside"),
    CALL(
        "monitor", "unix:PATH|tcp:[HOST]:PORT|stdio", option_monitor, "stdio none",
        "a person steers the machine there, by lines: help lists them; on a terminal with history "
        "and completion (libedit); a Unix socket is the user's alone, TCP listens on this computer "
        "unless an address is given"),
    CALL("qmp", "unix:PATH|tcp:[HOST]:PORT|stdio", option_qmp, "stdio",
         "programs steer the machine there, by JSON in QEMU's QMP and with its commands; "
         ",wait=on: the machine starts when somebody has come; ferrite ctl speaks it"),
    CALL(
        "http", "[ADDRESS:]PORT|unix:PATH", option_http, NULL,
        "a page for a browser: screen, keys, mouse, sound, and what the machine is like inside, by "
        "libwebsockets; on this computer unless an address is given; its address, with the token "
        "that lets in, is printed; port 0: a free one"),
#endif
    OPTION_HEADING("About"),
    FLAG("help", help, "the options on one screen"),
    FLAG("h", help, "the same"),
    FLAG("version", version, "the version, how it was built, what it found"),
};

const struct option_table options_table = {rows, ARRAY_SIZE(rows)};

void options_help(FILE *out)
{
    /* One 80x24 screen; the prompt that follows wants the last line. */
    fputs("Usage: ferrite [OPTION]... (the demo disk in a window), or ferrite FILE|FOLDER.\n"
          "  -fda FILE  -fdb FILE         floppy images; -hda ... -hdd FILE: hard disks\n"
          "  -cdrom FILE  -boot ORDER     a CD; order of floppy, disk, CD, USB (acd; u)\n"
          "  -drive file=F,overlay=O      writes go to O (ferrite disk help); if=, index=\n"
          "  -snapshot  -loadvm FILE      leave image files alone; go on from a snapshot\n"
          "  -m MB  -cpu MODEL            memory, 1 to 2048 (64); 386 486 ... (-cpu help)\n"
          "  -device NAME,...  -share NAME=DIR[,rw]    a device (-device help); a folder\n"
          "  -speed S                     8088-4.77 386-33 pentium-100 ..., N (MIPS), max\n"
          "  -bios FILE  -vgabios FILE    other firmware than our own\n"
          "  -kernel FILE                 Multiboot kernel; -append TEXT, -initrd FILE,...\n"
          "  -serial TO  -parallel TO  -debugcon TO    stdio, file:PATH, null, none; the\n"
          "                               first also " SOCKET_PATH "msmouse; last: E9h, 402h\n"
          "  -nic user|lan,name=N|none    network card; -netdump FILE: its frames (pcap)\n"
          "  -rtc base=B -audio sdl|none|wav:F  localtime, utc or 2000-01-31; sound\n"
          "  -display sdl|text|vnc=:N|none -http PORT   a window, or none; a web page\n"
          "  -script FILE|-               drive the guest; see frontend/README.md. Exit:\n"
          "                               0 well, 1 failed, 2 bad script, 3 guest ended\n"
          "  -no-reboot  -no-shutdown     end at a reset; stay after a power-off\n"
          "  -limit host=S,guest=S        end the run after S seconds, status 124\n"
          "  -stats -version -d LIST -D FILE    counts at exit; log (-d help) to FILE\n"
          "In the window F12 is the menu. A click captures the mouse, Right Ctrl frees it;\n"
          "held, or Ctrl+Alt, with F full screen, P pause, S screenshot, D Ctrl+Alt+Del,\n"
          "R reset, Q quit, V paste, C copy, Space faster. A dropped image: A: or CD.\n",
          out);
}

bool options_window(const struct options *o, struct settings *s, struct err *e)
{
    const struct window_options *w = &o->window;
    const struct {
        const char *name, *value;
    } said[] = {
        {"scale", w->scale},         {"filter", w->filter},
        {"pace", w->pace},           {"status", w->status},
        {"ui-scale", w->ui_scale},   {"volume", w->volume},
        {"stick", w->stick},         {"menu-key", w->menu_key},
        {"layout", w->layout},       {"typing", w->typing},
        {"sound-device", w->device}, {"host-key", w->host_key},
        {"fast-key", w->fast_key},   {"fullscreen", w->fullscreen ? "on" : NULL},
    };
    struct err why;
    for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
        if (said[i].value && !settings_set(s, said[i].name, said[i].value, &why))
            return err_set(e, "-%s", why.text);
    }
    return true;
}

const char *options_on_stdio(const struct options *o, bool *reads)
{
    const char *user = NULL;
    for (unsigned i = 0; i < VM_SERIALS; i++)
        user = o->serial[i] && strcmp(o->serial[i], "stdio") == 0 ? "-serial stdio" : user;
    for (unsigned i = 0; i < o->devices.chardevs; i++)
        user = strcmp(o->devices.chardev[i]->to, "stdio") == 0 ? "-chardev stdio" : user;
    *reads = user != NULL;
    user = o->parallel && strcmp(o->parallel, "stdio") == 0 ? "-parallel stdio" : user;
    return o->debugcon && strcmp(o->debugcon, "stdio") == 0 ? "-debugcon stdio" : user;
}

void options_free(struct options *o)
{
    devices_free(&o->devices);
    while (o->kept) {
        struct kept_text *next = o->kept->next;
        free(o->kept);
        o->kept = next;
    }
}

bool options_parse(struct options *o, int argc, char **argv, struct err *e)
{
    *o = (struct options){.jit = VM_JIT_ON, .argument = argv, .arguments = (unsigned)argc};
    int rest;
    if (!option_parse(options_table, o, argc, argv, 1, &rest, e))
        return false;
    if (rest < argc)
        return err_set(e,
                       "\"%.200s\" is no option; a disk image goes after -fda or -hda, a DOS "
                       "program after ferrite dos",
                       argv[rest]);
    struct settings scratch; /* wrong values are said before anything begins */
    settings_preset(&scratch);
    return options_window(o, &scratch, e);
}
