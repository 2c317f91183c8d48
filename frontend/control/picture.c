/*
 * picture.c - pictures and PNG files. See picture.h.
 *
 * The simplified API of libpng 1.6 is enough: it converts every PNG to plain RGB. Files carry no
 * time stamp, so that equal pictures give equal bytes.
 */
#include "frontend/control/picture.h"

#include "frontend/control/out_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef HAVE_PNG
#include <png.h>
#endif

void picture_free(struct picture *p)
{
    free(p->pixels);
    *p = (struct picture){0};
}

bool picture_equal(const struct picture *a, const u32 *pixels, unsigned width, unsigned height)
{
    return a->width == width && a->height == height &&
           (width == 0 || height == 0 ||
            memcmp(a->pixels, pixels, (size_t)width * height * sizeof(*pixels)) == 0);
}

bool picture_copy(struct picture *p, const u32 *pixels, unsigned width, unsigned height)
{
    size_t size = (size_t)width * height * sizeof(*pixels);
    if ((size_t)p->width * p->height * sizeof(*pixels) != size || !p->pixels) {
        u32 *room = realloc(p->pixels, size ? size : 1);
        if (!room)
            return false;
        p->pixels = room;
    }
    p->width = width;
    p->height = height;
    if (size)
        memcpy(p->pixels, pixels, size);
    return true;
}

/* ---- names ---- */

/* What stands behind the last dot of the file's name; NULL: nothing does. */
static const char *extension(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return dot && dot > name && dot[1] ? dot + 1 : NULL;
}

bool picture_is_called_ppm(const char *path)
{
    const char *is = extension(path);
    return is && (strcasecmp(is, "ppm") == 0 || strcasecmp(is, "pnm") == 0);
}

bool picture_name_suits(const char *path, bool png_only, struct err *e)
{
    static const char *const others[] = {"avif", "bmp", "dib", "gif",  "heic", "ico", "jpe",
                                         "jpeg", "jpg", "jxl", "pbm",  "pcx",  "pgm", "qoi",
                                         "svg",  "tga", "tif", "tiff", "webp", "xpm"};
    const char *is = extension(path);
    bool other = png_only && picture_is_called_ppm(path);
    for (size_t i = 0; is && i < ARRAY_SIZE(others); i++)
        other |= strcasecmp(is, others[i]) == 0;
    if (!other)
        return true;
    char big[8];
    size_t n = 0;
    for (; is[n] && n < sizeof(big) - 1; n++)
        big[n] = (char)toupper((u8)is[n]);
    big[n] = 0;
    int stem = (int)(is - path);
    bool both = !png_only && stem <= 150;
    return err_set(e, "%.300s: pictures are kept as PNG%s, not as %s; say %.*spng%s%.*s%s", path,
                   png_only ? "" : " or PPM", big, stem < 300 ? stem : 300, path,
                   both ? " or " : "", both ? stem : 0, path, both ? "ppm" : "");
}

#ifdef HAVE_PNG

bool picture_png_supported(struct err *e)
{
    (void)e;
    return true;
}

/* The PNG file in memory, to be freed; NULL: image->message. */
static char *encode(png_image *image, const u8 *rgb, size_t *size)
{
    char *bytes = NULL;
    FILE *f = open_memstream(&bytes, size);
    bool ok = f && png_image_write_to_stdio(image, f, 0, rgb, 0, NULL);
    if (f && fclose(f) != 0)
        ok = false;
    if (ok)
        return bytes;
    free(bytes);
    return NULL;
}

bool picture_save(const char *path, const u32 *pixels, unsigned width, unsigned height,
                  struct err *e)
{
    static const u8 black[3];
    bool off = width == 0 || height == 0; /* a PNG cannot be empty: one black dot */
    u8 *rgb = NULL;
    if (!off) {
        rgb = malloc((size_t)width * height * 3);
        if (!rgb)
            return err_set(e, "%s: out of memory", path);
        for (size_t i = 0; i < (size_t)width * height; i++) {
            rgb[3 * i] = (u8)(pixels[i] >> 16);
            rgb[3 * i + 1] = (u8)(pixels[i] >> 8);
            rgb[3 * i + 2] = (u8)pixels[i];
        }
    }
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = off ? 1 : width,
                       .height = off ? 1 : height,
                       .format = PNG_FORMAT_RGB};
    size_t size;
    char *bytes = encode(&image, off ? black : rgb, &size);
    free(rgb);
    if (!bytes)
        return err_set(e, "%s: cannot be made: %s", path,
                       image.message[0] ? image.message : "out of memory");
    bool ok = out_file_save(path, bytes, size, e);
    free(bytes);
    return ok;
}

bool picture_load(struct picture *p, const char *path, struct err *e)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, path))
        return err_set(e, "%s: %s", path, image.message);
    if (image.width > 16384 || image.height > 16384) {
        png_image_free(&image);
        return err_set(e, "%s: larger than any screen", path);
    }
    image.format = PNG_FORMAT_RGB;
    size_t count = (size_t)image.width * image.height;
    u8 *rgb = malloc(count * 3);
    p->pixels = malloc(count * sizeof(*p->pixels));
    bool ok = rgb && p->pixels && png_image_finish_read(&image, NULL, rgb, 0, NULL);
    if (!ok) {
        err_set(e, "%s: %s", path, image.message[0] ? image.message : "out of memory");
        png_image_free(&image);
        picture_free(p);
    } else {
        p->width = image.width;
        p->height = image.height;
        for (size_t i = 0; i < count; i++)
            p->pixels[i] = (u32)rgb[3 * i] << 16 | (u32)rgb[3 * i + 1] << 8 | (u32)rgb[3 * i + 2];
    }
    free(rgb);
    return ok;
}

#else

bool picture_png_supported(struct err *e)
{
    return err_set(e, "this ferrite was built without libpng: install libpng-dev and build again");
}

bool picture_save(const char *path, const u32 *pixels, unsigned width, unsigned height,
                  struct err *e)
{
    (void)path, (void)pixels, (void)width, (void)height;
    return picture_png_supported(e);
}

bool picture_load(struct picture *p, const char *path, struct err *e)
{
    (void)p, (void)path;
    return picture_png_supported(e);
}

#endif

bool picture_save_ppm(const char *path, const u32 *pixels, unsigned width, unsigned height,
                      struct err *e)
{
    char head[40];
    int n = snprintf(head, sizeof(head), "P6\n%u %u\n255\n", width, height);
    size_t size = (size_t)n + (size_t)width * height * 3;
    u8 *bytes = malloc(size), *to = bytes + n;
    if (!bytes)
        return err_set(e, "%s: out of memory", path);
    memcpy(bytes, head, (size_t)n);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        *to++ = (u8)(pixels[i] >> 16);
        *to++ = (u8)(pixels[i] >> 8);
        *to++ = (u8)pixels[i];
    }
    bool ok = out_file_save(path, bytes, size, e);
    free(bytes);
    return ok;
}

void picture_sketch(const u32 *pixels, unsigned width, unsigned height, FILE *out)
{
    enum { COLUMNS = 78, ROWS = 30 };
    static const char shades[] = " .:-=+*#%@";
    if (width == 0 || height == 0) {
        fputs("(the display is off)\n", out);
        return;
    }
    for (unsigned r = 0; r < ROWS; r++) {
        char line[COLUMNS + 1];
        unsigned used = 0;
        for (unsigned c = 0; c < COLUMNS; c++) {
            unsigned x0 = c * width / COLUMNS, x1 = (c + 1) * width / COLUMNS;
            unsigned y0 = r * height / ROWS, y1 = (r + 1) * height / ROWS;
            u64 sum = 0, count = 0;
            for (unsigned y = y0; y < y1 || y == y0; y++) {
                for (unsigned x = x0; x < x1 || x == x0; x++) {
                    u32 p = pixels[(size_t)y * width + x];
                    sum += (p >> 16 & 255) * 3 + (p >> 8 & 255) * 6 + (p & 255);
                    count++;
                }
            }
            line[c] = shades[sum / count * (sizeof(shades) - 2) / 2550];
            if (line[c] != ' ')
                used = c + 1;
        }
        fprintf(out, "%.*s\n", (int)used, line);
    }
}
