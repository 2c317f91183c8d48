/*
 * absent.c - see absent.h.
 */
#include "frontend/control/absent.h"

#include "hw/base/types.h"

#include <string.h>

#define FROM_START "is in a machine from its start"

static const struct {
    const char *names; /* with | between */
    const char *why;
} absent[] = {
    {"device_add", "what " FROM_START " (-device, -drive, -nic); `insert` puts a medium in"},
    {"device_del", "what " FROM_START " stays there; `eject` takes a medium out"},
    {"drive_add|drive_del|blockdev_add|blockdev_del|block_resize",
     "a drive " FROM_START " (-hda, -drive); `insert` and `eject` change what is in it"},
    {"netdev_add|netdev_del|hostfwd_add|hostfwd_remove|set_link",
     "a network " FROM_START " (-nic, hostfwd= among its options), with its cable plugged in"},
    {"chardev_add|chardev_remove|chardev_change|chardev_send_break",
     "ports lead where they led at the start (-serial, -parallel, -debugcon)"},
    {"object_add|object_del|qom_list|qom_get|qom_set|info qom_tree|info qtree",
     "there is no object model (QOM); `info` lists devices, with what is in them"},
    {"migrate|migrate_incoming|migrate_cancel|info migrate",
     "`snapshot save` and -loadvm take a machine elsewhere"},
    {"delvm", "a snapshot is a file: the host removes it"},
    {"info snapshots", "a snapshot is a file; `snapshot list` shows those of a folder"},
    {"log|logfile|trace_event", "what is logged is said at the start (-d, -D FILE); `trace on` and "
                                "`trace off` begin and end what -d exec shows"},
    {"boot_set", "the order is said at the start (-boot)"},
    {"system_wakeup", "a guest cannot be put to sleep"},
    {"singlestep|one_insn_per_tb", "`step` executes one instruction, whatever the translator does"},
    {"ringbuf_read|ringbuf_write",
     "`type-serial` and `wait-serial` speak to the first serial port"},
    {"mouse_set|info mice|query_mice",
     "there is one mouse, by PS/2 or -serial msmouse, and a tablet "
     "when it is asked for (-device usb-tablet)"},
    {"gpa2hva|gpa2hpa", "the host's addresses are nobody's business; `gva2gpa` has the guest's"},
    {"commit|block_job_cancel|block_stream|drive_mirror|drive_backup",
     "`ferrite disk` merges an overlay into its base when the machine is off"},
    {"balloon|info balloon|query_balloon", "a guest keeps the memory that it has (-m)"},
    {"watchdog_action|watchdog_set_action", "there is no watchdog"},
    {"expire_password|set_password|query_vnc|info vnc",
     "-display vnc= says where its viewers connect, and with which password"},
    {"info kvm|info numa|info hotpluggable_cpus|info sev|info memory_devices|query_kvm",
     "there is one processor, all of it in software, and one piece of memory; `info jit` tells how "
     "it goes"},
    {"info name|info uuid", "the firmware tells the guest of neither"},
    {"info roms", "`map` shows what lies where in memory"},
    {"info chardev|query_chardev", "-serial, -parallel and -debugcon said where ports lead"},
    {"info usb|info usbhost", "-device usb-kbd and its like bring USB; then `info` lists it"},
    {"info blockstats|query_blockstats", "nobody counts; `info block` has what is in the drives, "
                                         "`device ide` what they are doing"},
    {"info history", "the terminal's arrows and Ctrl-R have it"},
    {"info capture", "`audio wav` and `record` say when they begin and end"},
};

static int plain(int c)
{
    return c == '-' ? '_' : c;
}

static bool same(const char *a, size_t len, const char *name)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (plain(a[i]) != plain(name[i]))
            return false;
    return true;
}

const char *absent_why(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
        for (const char *a = absent[i].names; *a;) {
            size_t len = strcspn(a, "|");
            if (same(a, len, name))
                return absent[i].why;
            a += len + (a[len] == '|');
        }
    }
    return NULL;
}
