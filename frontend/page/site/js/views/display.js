// display.js - the VGA: where the beam is, colours, the four planes.
import {svg} from '../dom.js';
import {group} from './device.js';
import {fold, said, table} from './parts.js';

const number = (reply, name) => {
    for (const g of reply.groups)
        for (const v of g.values)
            if (v.name === name)
                return v.number ?? v.says;
    return 0;
};

// A frame to scale: what is shown, blanking around it, sync, and the beam.
function beam(r) {
    const n = name => Number(number(r, name));
    const w = n('dots a line') || 1, l = n('lines a frame') || 1;
    return svg('svg', {viewBox: `0 0 ${w} ${l}`, class: 'picture beam', role: 'img',
        'aria-label': `The beam is at line ${n('beam line')} of ${l}, dot ${n('beam dot')} of ${w}`},
    svg('rect', {x: 0, y: 0, width: w, height: l, class: 'blank'}),
    svg('rect', {x: 0, y: 0, width: n('dots shown'), height: n('lines shown'), class: 'shown'}),
    svg('rect', {x: n('horizontal sync from'), y: 0, width: Math.max(1, n('horizontal sync to') - n('horizontal sync from')), height: l, class: 'sync'}),
    svg('rect', {x: 0, y: n('vertical sync from'), width: w, height: Math.max(1, n('vertical sync to') - n('vertical sync from')), class: 'sync'}),
    svg('line', {x1: 0, x2: w, y1: n('beam line'), y2: n('beam line'), class: 'beam-line'}),
    svg('circle', {cx: n('beam dot'), cy: n('beam line'), r: w / 90, class: 'beam-dot'}));
}

function swatches(h, r) {
    return h('div', {class: 'swatches', role: 'img', 'aria-label': 'The 256 colours of the DAC'}, r.colours.map((c, i) =>
        h('span', {style: {background: `#${c}`}, title: `${i}: #${c}`})));
}

// A byte a row of eight dots; 256 bytes are a line of the picture below.
function draw(canvas, hex) {
    const context = canvas.getContext('2d'), image = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < hex.length / 2; i++) {
        const v = parseInt(hex.substr(2 * i, 2), 16);
        image.data.set([v, v, v, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
}

// A font as it lies in plane 2: 256 characters of 32 bytes, a bit a dot; 32 characters in a line.
const FONT = 8192, ROWS = 16;
function draw_font(canvas, hex) {
    const context = canvas.getContext('2d');
    context.fillStyle = '#cfdbe1';
    for (let c = 0; c < 256; c++)
        for (let row = 0; row < ROWS; row++) {
            const bits = parseInt(hex.substr(2 * (32 * c + row), 2), 16);
            for (let x = 0; x < 8; x++)
                if (bits >> 7 - x & 1)
                    context.fillRect(c % 32 * 9 + x, Math.floor(c / 32) * (ROWS + 1) + row, 1, 1);
        }
}

export default {
    id: 'display',
    title: 'Display',
    group: 'Board',
    about: 'Timing of the CRT controller with the beam, palette and DAC, and what is in the four planes.',
    command: state => [{name: 'device', args: {name: 'vga'}}, {name: 'vga-colours', args: {}},
        ...(state.font !== undefined ? [{name: 'vga-plane', args: {plane: 2, from: FONT * state.font, count: FONT}}] : []),
        ...(state.planes ? [0, 1, 2, 3].map(plane => ({name: 'vga-plane', args: {plane, from: 0, count: 65536}})) : [])],
    render([vga, colours, ...planes], previous, tools) {
        const {h, state} = tools;
        const font = state.font !== undefined && planes.shift();
        const n = name => number(vga, name);
        return h('div', {class: 'view'}, said(tools),
            h('p', {class: 'sentence'}, `${n('dots shown')} by ${n('lines shown')} of ${n('dots a line')} by ${n('lines a frame')}, ${Number(n('frames a second')).toFixed(2)} frames a second; the beam is at line ${n('beam line')}, dot ${n('beam dot')}.`),
            beam(vga),
            fold(tools, 'timing', vga.groups[0].title, table(null, vga.groups[0].values.map(v => [v.name, {value: String(v.number ?? v.says)}]), 'Timing')),
            fold(tools, 'colours', 'Colours', swatches(h, colours),
                table(['palette', 'DAC', 'colour'], colours.palette.map((p, i) => [{value: String(i)}, {value: String(p)},
                    {value: `#${colours.colours[p]}`}]), 'Palette')),
            h('div', {class: 'row'},
                h('button', {class: 'chip', 'aria-pressed': String(!!state.planes), onclick: () => tools.set({planes: !state.planes})}, 'Planes'),
                [0, 1, 2, 3, 4, 5, 6, 7].map(n => h('button', {class: 'chip', 'aria-label': `Font ${n}`, 'aria-pressed': String(state.font === n),
                    onclick: () => tools.set({font: state.font === n ? undefined : n})}, n ? String(n) : 'Font 0'))),
            font && (canvas => { draw_font(canvas, font.bytes); return h('figure', {}, canvas, h('figcaption', {}, `font ${state.font}, at ${FONT * state.font} of plane 2`)); })(
                h('canvas', {width: 32 * 9, height: 8 * (ROWS + 1), class: 'font', role: 'img', 'aria-label': `The 256 characters of font ${state.font}`})),
            planes.length === 4 && h('div', {class: 'planes'}, planes.map((p, i) => {
                const canvas = h('canvas', {width: 256, height: 256, role: 'img', 'aria-label': `Plane ${i}, a dot a byte`});
                draw(canvas, p.bytes);
                return h('figure', {}, canvas, h('figcaption', {}, `plane ${i}`));
            })),
            vga.groups.slice(1).map((g, i) => group(tools, g, previous && previous[0].groups[i + 1], `registers-${i}`)));
    },
};
