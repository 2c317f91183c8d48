/*
 * multiboot_image.c - reads a Multiboot 1 kernel (ELF32, or any format with the address fields in
 * the header) and its modules. Multiboot Specification 0.6.96, chapter 3.1; System V ABI, ELF-32.
 *
 * Not modelled: the symbol table (flags bits 4 and 5 of the information stay 0), a video mode
 * asked for in the header (it is a wish; the kernel finds text mode).
 */
#include "hw/firmware/multiboot_image.h"

#include "hw/base/elf32.h"
#include "hw/firmware/kernel_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAGIC 0x1badb002u
#define HEADER_SEARCH 8192

enum { FLAG_ADDRESSES = 1 << 16, FLAGS_UNKNOWN = 0xfff8 };

static bool add_segment(struct multiboot_image *m, const char *path, u32 ram, u32 address,
                        u64 offset, u32 length, u32 size, struct err *e)
{
    if (size == 0)
        return true;
    if (length > size)
        length = size;
    if (offset + length > m->file_size)
        return err_set(e, "-kernel %s: truncated: a segment lies beyond the end of the file", path);
    if ((u64)address + size > ram)
        return err_set(e, "-kernel %s: wants memory up to %llx, the guest has %x; try -m", path,
                       (unsigned long long)address + size, ram);
    if (m->segments == MULTIBOOT_SEGMENTS)
        return err_set(e, "-kernel %s: more than %d segments", path, MULTIBOOT_SEGMENTS);
    m->segment[m->segments++] = (struct multiboot_segment){address, length, size, m->file + offset};
    if (address + size > m->end)
        m->end = address + size;
    return true;
}

/* The address fields of the header, for kernels that are not ELF. */
static bool by_header(struct multiboot_image *m, const char *path, u32 ram, u32 at, struct err *e)
{
    const u8 *h = m->file + at;
    if (at + 32 > m->file_size)
        return err_set(e, "-kernel %s: truncated Multiboot header", path);
    u32 header = get_le32(h + 12), load = get_le32(h + 16), load_end = get_le32(h + 20),
        bss_end = get_le32(h + 24);
    u32 before = header - load; /* bytes of the image in front of the header */
    if (load > header || before > at)
        return err_set(e, "-kernel %s: impossible addresses in the Multiboot header", path);
    u32 offset = at - before;
    u32 length = load_end ? load_end - load : (u32)m->file_size - offset;
    u32 size = bss_end ? bss_end - load : length;
    if ((load_end && load_end < load) || (bss_end && bss_end < load) || size < length)
        return err_set(e, "-kernel %s: impossible addresses in the Multiboot header", path);
    m->entry = get_le32(h + 28);
    return add_segment(m, path, ram, load, offset, length, size, e);
}

static bool by_elf(struct multiboot_image *m, const char *path, u32 ram, struct err *e)
{
    struct elf32 elf;
    struct err why;
    if (!elf32_is(m->file, m->file_size))
        return err_set(e,
                       "-kernel %s: neither a 32-bit x86 ELF file nor with load addresses in "
                       "its Multiboot header",
                       path);
    if (!elf32_open(&elf, m->file, m->file_size, &why))
        return err_set(e, "-kernel %s: %s", path, why.text);
    m->entry = elf.entry;
    for (unsigned i = 0; i < elf.programs; i++) {
        struct elf32_program p = elf32_program(&elf, i);
        if (p.type != ELF32_LOAD)
            continue;
        if (!add_segment(m, path, ram, p.physical, p.offset, p.length, p.size, e))
            return false;
        /* An entry point in virtual addresses: the kernel runs with paging off. */
        if (p.virtual != p.physical && elf.entry - p.virtual < p.size)
            m->entry = elf.entry - p.virtual + p.physical;
    }
    return m->segments ? true : err_set(e, "-kernel %s: nothing to load", path);
}

static bool parse_kernel(struct multiboot_image *m, const char *path, u32 ram, struct err *e)
{
    for (u32 at = 0; at + 12 <= m->file_size && at + 12 <= HEADER_SEARCH; at += 4) {
        const u8 *h = m->file + at;
        u32 flags = get_le32(h + 4);
        if (get_le32(h) != HEADER_MAGIC || get_le32(h) + flags + get_le32(h + 8) != 0)
            continue;
        if (flags & FLAGS_UNKNOWN)
            return err_set(e, "-kernel %s: requires Multiboot features %04x that do not exist",
                           path, flags & FLAGS_UNKNOWN);
        return flags & FLAG_ADDRESSES ? by_header(m, path, ram, at, e) : by_elf(m, path, ram, e);
    }
    return err_set(e,
                   "-kernel %s: neither a Linux kernel nor a Multiboot header in its first "
                   "8 KB; other kernels start from a disk with a boot loader",
                   path);
}

static char *join(const char *a, const char *b)
{
    size_t n = strlen(a) + (b ? strlen(b) : 0) + 2;
    char *s = malloc(n);
    if (s)
        snprintf(s, n, b && *b ? "%s %s" : "%s", a, b);
    return s;
}

/* One piece of the -initrd list; "" at its end. A doubled comma stands for itself. */
static char *next_piece(const char **list)
{
    char *piece = malloc(strlen(*list) + 1), *to = piece;
    if (!piece)
        return NULL;
    const char *p = *list;
    while (*p && !(p[0] == ',' && p[1] != ',')) {
        if (*p == ',')
            p++;
        *to++ = *p++;
    }
    *to = 0;
    *list = *p ? p + 1 : p;
    return piece;
}

static bool load_modules(struct multiboot_image *m, const char *list, u32 ram, struct err *e)
{
    /* Modules and information go above 1 MB. */
    u64 end = m->end < 0x100000 ? 0x100000 : m->end;
    while (*list) {
        char *text = next_piece(&list);
        if (!text)
            return err_set(e, "out of memory");
        if (m->modules == MULTIBOOT_MODULES) {
            free(text);
            return err_set(e, "-initrd: more than %d modules", MULTIBOOT_MODULES);
        }
        struct multiboot_module *mod = &m->module[m->modules++];
        mod->text = text;
        char *path = strndup(text, strcspn(text, " "));
        size_t size = 0;
        mod->bytes = path ? kernel_file_read("-initrd", path, &size, e) : NULL;
        free(path);
        if (!mod->bytes)
            return false;
        mod->length = (u32)size;
        end = ((end + 0xfff) & ~0xfffull) + size;
        if (end > ram)
            return err_set(e, "-initrd %s: does not fit into memory; try -m", text);
    }
    return true;
}

struct multiboot_image *multiboot_image_load(const char *kernel, const char *append,
                                             const char *initrd, u32 ram, struct err *e)
{
    struct multiboot_image *m = calloc(1, sizeof(*m));
    if (!m) {
        err_set(e, "out of memory");
        return NULL;
    }
    m->file = kernel_file_read("-kernel", kernel, &m->file_size, e);
    if (!m->file || !parse_kernel(m, kernel, ram, e) ||
        (initrd && !load_modules(m, initrd, ram, e))) {
        multiboot_image_free(m);
        return NULL;
    }
    m->command_line = join(kernel, append);
    if (!m->command_line) {
        err_set(e, "out of memory");
        multiboot_image_free(m);
        return NULL;
    }
    return m;
}

void multiboot_image_free(struct multiboot_image *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < m->modules; i++) {
        free(m->module[i].bytes);
        free(m->module[i].text);
    }
    free(m->command_line);
    free(m->file);
    free(m);
}
