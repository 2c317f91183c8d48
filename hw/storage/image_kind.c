/*
 * image_kind.c - containers, archives, programs and texts by their magic numbers.
 *
 * A container that is taken as raw sectors shows the guest nonsense, and the guest's first write
 * destroys it. So what is recognised is refused by its name, with the command that converts it.
 * The one exception is the fixed VHD: sectors, and a footer behind them.
 *
 * The same for an image in the wrong drive: one of a CD among the disks, a diskette's among the
 * CDs.
 *
 * Virtual Hard Disk Image Format Specification 1.0 (footer); ECMA-119 8.1, ECMA-167 2/9.1 (volume
 * descriptors); the other magic numbers from their
 * formats' own descriptions.
 */
#include "hw/storage/image_kind.h"

#include "hw/storage/cd_sector.h"
#include "hw/storage/floppy.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum remedy { CONVERT, UNPACK, FLAT, COPY, OTHER };

static const struct kind {
    const char *magic;
    u16 length, offset; /* from the start; from the end: counted back (TAIL) */
    u8 tail;
    u8 remedy; /* enum remedy */
    const char *name;
    const char *how; /* UNPACK: the command; OTHER: a sentence */
} kinds[] = {
    {"QFI\xfb", 4, 0, 0, CONVERT, "a qcow2 image (QEMU)", NULL},
    {"QED\0", 4, 0, 0, CONVERT, "a QED image (QEMU)", NULL},
    {"vhdxfile", 8, 0, 0, CONVERT, "a VHDX image (Hyper-V)", NULL},
    {"\x7f\x10\xda\xbe", 4, 64, 0, CONVERT, "a VDI image (VirtualBox)", NULL},
    {"KDMV", 4, 0, 0, CONVERT, "a VMDK image (VMware)", NULL},
    {"COWD", 4, 0, 0, CONVERT, "a VMDK image (VMware ESX)", NULL},
    {"# Disk DescriptorFile", 21, 0, 0, FLAT, "the description of a VMDK image (VMware)", NULL},
    {"WithoutFreeSpace", 16, 0, 0, CONVERT, "a Parallels image", NULL},
    {"WithouFreSpacExt", 16, 0, 0, CONVERT, "a Parallels image", NULL},
    {"Bochs Virtual HD Image", 22, 0, 0, CONVERT, "a growing image of Bochs", NULL},
    {"koly", 4, 512, 1, CONVERT, "a DMG image (Macintosh)", NULL},
    {"MComprHD", 8, 0, 0, OTHER, "a CHD image (MAME)", "extract it: chdman extracthd or extractcd"},
    {"conectix", 8, 0, 0, CONVERT, "a dynamic VHD image (Virtual PC)", NULL},
    {"\x1f\x8b\x08", 3, 0, 0, UNPACK, "compressed by gzip", "gunzip"},
    {"\xfd"
     "7zXZ\0",
     6, 0, 0, UNPACK, "compressed by xz", "unxz"},
    {"BZh", 3, 0, 0, UNPACK, "compressed by bzip2", "bunzip2"},
    {"\x28\xb5\x2f\xfd", 4, 0, 0, UNPACK, "compressed by zstd", "unzstd"},
    {"PK\3\4", 4, 0, 0, UNPACK, "a zip archive", "unzip"},
    {"7z\xbc\xaf\x27\x1c", 6, 0, 0, UNPACK, "a 7z archive", "7z x"},
    {"Rar!\x1a\x07", 6, 0, 0, UNPACK, "a RAR archive", "unrar x"},
    {"NER5", 4, 12, 1, OTHER, "a CD image of Nero", "convert it to ISO or to CUE and BIN"},
    {"NERO", 4, 8, 1, OTHER, "a CD image of Nero", "convert it to ISO or to CUE and BIN"},
    {"MEDIA DESCRIPTOR", 16, 0, 0, OTHER, "the description of a CD (Alcohol)",
     "convert it to ISO or to CUE and BIN"},
    {"[CloneCD]", 9, 0, 0, OTHER, "the description of a CD (CloneCD)",
     "convert it to CUE and BIN (ccd2cue)"},
    {"CISO", 4, 0, 0, OTHER, "a compressed CD image (CISO)", "unpack it: ciso 0 FILE NEW.iso"},
    {"MV - CPC", 8, 0, 0, OTHER, "a diskette of an Amstrad CPC", "a PC cannot read it"},
    {"EXTENDED CPC DSK", 16, 0, 0, OTHER, "a diskette of an Amstrad CPC", "a PC cannot read it"},
    {"HXCPICFE", 8, 0, 0, OTHER, "a HFE floppy image", "convert it to a plain sector image"},
    {"86BF", 4, 0, 0, OTHER, "a 86F floppy image (86Box)", "convert it to a plain sector image"},
    {"IMD ", 4, 0, 0, OTHER, "an ImageDisk floppy image", "convert it: imdu FILE NEW.img /B"},
    {"TD\0", 3, 0, 0, OTHER, "a Teledisk floppy image", "convert it to a plain sector image"},
    {"td\0", 3, 0, 0, OTHER, "a packed Teledisk floppy image",
     "convert it to a plain sector image"},
    {"CQ\x14", 3, 0, 0, OTHER, "a CopyQM floppy image", "convert it to a plain sector image"},
    {"\x1f\x9d", 2, 0, 0, UNPACK, "compressed by compress", "uncompress"},
    {"\x04\x22\x4d\x18", 4, 0, 0, UNPACK, "compressed by lz4", "unlz4"},
    {"LZIP", 4, 0, 0, UNPACK, "compressed by lzip", "lunzip"},
    {"MSCF\0\0\0\0", 8, 0, 0, UNPACK, "a cabinet (Windows)", "cabextract"},
    {"ustar", 5, 257, 0, UNPACK, "a tar archive", "tar xf"},
    {"-lh", 3, 2, 0, UNPACK, "an LHA archive", "lha x"},
    {"EVF\x09\x0d\x0a\xff", 8, 0, 0, OTHER, "an evidence file (EnCase)",
     "export it: ewfexport -f raw FILE"},
};

#define RAW_HINT "; if it holds plain sectors all the same: -drive file=FILE,format=raw"

static bool refuse(const struct image_look *l, const struct kind *k, struct err *e)
{
    switch ((enum remedy)k->remedy) {
    case UNPACK:
        return err_set(e, "%s: this is %s; unpack it first: %s %s", l->name, k->name, k->how,
                       l->name);
    case FLAT:
        return err_set(e,
                       "%s: this is %s; give the file that it names (...-flat.vmdk), or "
                       "convert it: qemu-img convert -O raw %s NEW.img",
                       l->name, k->name, l->name);
    case OTHER:
        return err_set(e, "%s: this is %s; %s", l->name, k->name, k->how);
    default:
        return err_set(e,
                       "%s: this is %s, not plain sectors; convert it: qemu-img convert -O raw "
                       "%s NEW.img" RAW_HINT,
                       l->name, k->name, l->name);
    }
}

static const struct kind *container(const struct image_look *l)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct kind *k = &kinds[i];
        const u8 *at = k->tail ? l->tail + IMAGE_TAIL - k->offset : l->head + k->offset;
        if (memcmp(at, k->magic, k->length) == 0)
            return k;
    }
    return NULL;
}

/* The VHD's footer, which a dynamic one repeats at its start; of 511 bytes in images of the first
 * version of Virtual PC. NULL: there is none. */
static const u8 *vhd_footer(const struct image_look *l)
{
    for (const u8 *f = l->tail; f <= l->tail + 1; f++) {
        if (memcmp(f, "conectix", 8) == 0 && l->bytes > IMAGE_TAIL)
            return f;
    }
    return NULL;
}

/* Type 2 is fixed. */
static bool vhd(const struct image_look *l, const u8 *f, u64 *data, struct err *e)
{
    enum { FIXED = 2, DIFFERENCING = 4 };
    u64 footer = (u64)(l->tail + IMAGE_TAIL - f);
    u32 type = get_be32(f + 60);
    u64 size = (u64)get_be32(f + 48) << 32 | get_be32(f + 52);
    if (type != FIXED)
        return err_set(e,
                       "%s: this is a %s VHD image (Virtual PC), not plain sectors; convert it: "
                       "qemu-img convert -f vpc -O raw %s NEW.img",
                       l->name, type == DIFFERENCING ? "differencing" : "dynamic", l->name);
    if (size == 0 || size > l->bytes - footer)
        return err_set(e,
                       "%s: a fixed VHD image whose footer promises %llu bytes and which has "
                       "%llu: it is damaged",
                       l->name, (unsigned long long)size, (unsigned long long)l->bytes);
    *data = size;
    return true;
}

/* ---- what the sectors and the name say ---- */

/* Of any code page; but what is new or formatted, with F6h, E5h or FFh all over, is no text. */
static bool is_text(const struct image_look *l)
{
    u64 n = l->bytes < 512 ? l->bytes : 512, ascii = 0;
    for (u64 i = 0; i < n; i++) {
        u8 c = l->head[i];
        if ((c < ' ' && !isspace(c) && c != 0x1a) || c == 0x7f)
            return false;
        ascii += c < 0x80;
    }
    return ascii > 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);
    return n > s && strcasecmp(name + n - s, suffix) == 0;
}

/* ---- the wrong drive ---- */

static bool boot_signature(const struct image_look *l)
{
    return l->head[510] == 0x55 && l->head[511] == 0xaa;
}

/* ISO 9660, UDF or High Sierra where a file system of CDs begins. */
static bool has_volume(const struct image_look *l)
{
    return memcmp(l->volume + 1, "CD001", 5) == 0 || memcmp(l->volume + 1, "BEA01", 5) == 0 ||
           memcmp(l->volume + 9, "CDROM", 5) == 0;
}

/* Sectors of 2352 bytes begin with this. */
static bool has_sync(const struct image_look *l)
{
    return cd_has_sync(l->head);
}

/*
 * A CD among the disks. With a boot sector in front it may be both ("hybrid"), and starts from
 * either.
 */
static bool is_cd(const struct image_look *l, struct err *e)
{
    if (!has_suffix(l->name, ".cue") && !has_sync(l) && (!has_volume(l) || boot_signature(l)))
        return false;
    err_set(e, "%s: this is the image of a CD, not of a disk; give it with -cdrom%s", l->name,
            has_suffix(l->name, ".cue") ? "" : RAW_HINT);
    return true;
}

/* A jump, and sectors of 512 bytes. */
static bool has_parameters(const u8 *boot)
{
    return (boot[0] == 0xeb || boot[0] == 0xe9) && boot[11] == 0 && boot[12] == 2;
}

static bool has_partitions(const u8 *boot)
{
    bool any = false;
    for (unsigned i = 446; i < 510; i += 16) {
        if (boot[i] & 0x7f)
            return false;
        any |= boot[i + 4] != 0;
    }
    return any;
}

/* A disk among the CDs. */
static bool is_disk(const struct image_look *l, struct err *e)
{
    enum { LARGEST_DISKETTE = FLOPPY_MAX_SECTORS * 512 };
    if (has_volume(l) || !boot_signature(l))
        return false;
    bool floppy = l->bytes <= LARGEST_DISKETTE;
    if (!has_parameters(l->head) && !has_partitions(l->head))
        return false;
    err_set(e,
            "%s: this is the image of a %s, not of a CD; give it with %s (if it is one all the "
            "same: -drive file=FILE,media=cdrom,format=raw)",
            l->name, floppy ? "floppy" : "hard disk", floppy ? "-fda" : "-hda");
    return true;
}

/* ---- no disk at all ---- */

static bool not_a_disk(const struct image_look *l, struct err *e)
{
    const u8 *h = l->head;
    if (boot_signature(l))
        return false; /* a boot sector, whatever it begins with */
    const char *what = NULL;
    if ((h[0] == 'M' && h[1] == 'Z') || has_suffix(l->name, ".com") || has_suffix(l->name, ".exe"))
        what = "a DOS or Windows program";
    else if (memcmp(h,
                    "\x7f"
                    "ELF",
                    4) == 0)
        return !err_set(e,
                        "%s: this is a program or a kernel in ELF, not a disk; a Multiboot or "
                        "Linux kernel starts with -kernel %s",
                        l->name, l->name);
    else if (is_text(l))
        what = "a text file";
    if (!what)
        return false;
    err_set(e,
            "%s: this is %s, not a disk image; put it on one: mformat -C -f 1440 -i new.img :: "
            "&& mcopy -i new.img %s ::" RAW_HINT,
            l->name, what, l->name);
    return true;
}

bool image_is_container(const struct image_look *l, struct err *e)
{
    const struct kind *k = container(l);
    return k && !refuse(l, k, e);
}

bool image_is_raw(const struct image_look *l, u64 *data, struct err *e)
{
    *data = l->bytes;
    const u8 *footer = vhd_footer(l);
    if (footer)
        return vhd(l, footer, data, e);
    const struct kind *k = container(l);
    if (k)
        return refuse(l, k, e);
    return l->cd ? !is_disk(l, e) : !is_cd(l, e) && !not_a_disk(l, e);
}
