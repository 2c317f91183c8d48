// picture.js - a frame with what has changed on the screen, as both carriers bring it: see
// frontend/page/page_picture.h.

const ENCODING_RUNS = 1;

// Runs of up to 256 pixels: their number less one, then red, green, blue.
function unpack_runs(bytes, at, end, rgba) {
    const out = new Uint32Array(rgba.buffer);
    let to = 0;
    while (at + 4 <= end && to < out.length) {
        const n = bytes[at] + 1;
        out.fill(0xff000000 | bytes[at + 3] << 16 | bytes[at + 2] << 8 | bytes[at + 1], to, to + n);
        to += n;
        at += 4;
    }
}

function unpack_raw(bytes, at, rgba) {
    for (let to = 0; to < rgba.length; to += 4, at += 3) {
        rgba[to] = bytes[at];
        rgba[to + 1] = bytes[at + 1];
        rgba[to + 2] = bytes[at + 2];
        rgba[to + 3] = 255;
    }
}

export function unpack_screen(buffer) {
    const view = new DataView(buffer), bytes = new Uint8Array(buffer);
    const screen = {
        number: view.getUint32(4, true), width: view.getUint16(8, true), height: view.getUint16(10, true),
        aspect: view.getUint16(12, true) / 1000, rects: [],
    };
    let at = 16;
    for (let left = view.getUint16(14, true); left > 0; left--) {
        const rect = {
            x: view.getUint16(at, true), y: view.getUint16(at + 2, true),
            width: view.getUint16(at + 4, true), height: view.getUint16(at + 6, true),
        };
        const encoding = view.getUint32(at + 8, true), length = view.getUint32(at + 12, true);
        at += 16;
        rect.rgba = new Uint8ClampedArray(rect.width * rect.height * 4);
        if (encoding === ENCODING_RUNS)
            unpack_runs(bytes, at, at + length, rect.rgba);
        else
            unpack_raw(bytes, at, rect.rgba);
        at += length;
        screen.rects.push(rect);
    }
    return screen;
}
