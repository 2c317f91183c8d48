/*
 * absent.c - see absent.h.
 */
#include "frontend/control/absent.h"

#include "hw/base/types.h"

#include <string.h>

#define FROM_START "is in a machine from its start"

static const struct {
    const char *names; /* with | between; a star at the end: whatever begins so */
    const char *why;
} absent[] = {
    {"device_add", "what " FROM_START " (-device, -drive, -nic); `insert` puts a medium in"},
    {"device_del",
     "what " FROM_START " stays there; `eject` takes a medium out, `unplug` a USB stick"},
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
    {"replay_break|replay_delete_break|replay_seek|query_replay",
     "`goto` reaches any earlier instruction, `break` stops there; `rewind status` tells how far "
     "back"},
    {"dump_guest_memory|query_dump*",
     "`pmemsave` writes memory, `snapshot save` the whole machine"},
    {"trace_event_get_state|trace_event_set_state",
     "`trace on` and `trace off` begin and end what -d exec shows"},
    {"set_action", "what a reset and a triple fault do is said at the start (-no-reboot)"},
    {"block_set_io_throttle|block_latency_histogram_set|block_set_write_threshold",
     "drives are as fast as the guest's time has them (-limit disk= bounds what is written)"},
    {"change_backing_file|transaction|blockdev_insert_medium|block_*|blockdev_*|x_blockdev_*|nbd_*",
     "there is no graph of block nodes; `insert` and `eject` change media, `ferrite disk` works on "
     "images when the machine is off"},
    {"job_*", "a job is over when its command is answered; job-dismiss forgets it"},
    {"snapshot_delete", "a snapshot is a file: the host removes it"},
    {"add_fd|remove_fd|getfd|closefd|add_client", "files and sockets are opened by their names"},
    {"announce_self", "a guest keeps its place in its network"},
    {"change_vnc_password|display_reload|display_update|query_vnc_servers|query_display_options",
     "-display says at the start how the screen is shown"},
    {"client_migrate_info|calc_dirty_rate|query_dirty_rate|set_vcpu_dirty_limit|"
     "cancel_vcpu_dirty_limit|query_vcpu_dirty_limit|query_migrate*|migrate_*|info migrate_*|"
     "info dirty_rate|info vcpu_dirty_limit",
     "`snapshot save` and -loadvm take a machine elsewhere"},
    {"dumpdtb|info fdt", "a PC has no device tree; `device` shows what there is"},
    {"set_numa_node|query_memdev|info memdev|info memory_size_summary",
     "there is one processor and one piece of memory (-m)"},
    {"query_stats|info stats|query_stats_schemas",
     "`performance` tells where the host's time goes"},
    {"query_rx_filter",
     "a network card filters by what the guest has told it; `device` shows that"},
    {"query_command_line_options", "`ferrite help options` has the options"},
    {"query_cpu_model_*", "a model is what its name says; query-cpu-definitions lists them"},
    {"qom_*|info qdm",
     "there is no object model (QOM); `info` lists devices, with what is in them"},
    {"rtc_reset_reinjection", "each interrupt of the clock comes at its instant"},
    {"query_rocker*|info rocker*|query_sev*|sev_*|query_sgx*|info sgx|query_spice|info spice|"
     "query_colo*|x_colo*|query_xen*|xen_*|x_query_rdma|info rdma|x_query_virtio*|info virtio*|"
     "info skeys|info cmma|info via|info lapic|info ioapic|query_vm_generation_id|"
     "info vm_generation_id|yank|info cryptodev",
     "this machine is a PC without it"},
    {"info version", "`ferrite -version` has it, and query-version of QMP"},
    {"mce|pcie_aer_inject_error", "the hardware of this machine does not fail"},
    {"cpu", "there is one processor"},
    {"exit_preconfig|qemu_io|snapshot_blkdev*|snapshot_delete_blkdev*",
     "what is in a machine is said at the start; `insert` and `eject` change media"},
    {"sync_profile*|info sync_profile", "`performance` tells where the host's time goes"},
    {"x_query_*", "human-monitor-command gives the texts of `info`"},
    {"x_*", "it is no part of QEMU's lasting interface"},
};

static int plain(int c)
{
    return c == '-' ? '_' : c;
}

static bool same(const char *a, size_t len, const char *name)
{
    bool begins = a[len - 1] == '*';
    len -= begins;
    if (begins ? strlen(name) < len : strlen(name) != len)
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
