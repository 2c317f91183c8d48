// memory.js - what memory holds, byte by byte, and what has changed since the last look.
import {ask_for, at_address, last_writer, said, stop_button} from './parts.js';

const LINES = 16;
const letter = byte => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';

export default {
    id: 'memory',
    title: 'Memory',
    group: 'Memory and time',
    about: 'Bytes from an address on; marked: what has changed since the last look.',
    command: state => ({name: 'x', args: {format: `/${16 * LINES}xb`, address: state.address || 'ss:sp'}}),
    render(r, previous, tools) {
        const {h, state} = tools;
        const rows = Object.entries(r).map(([at, line]) => {
            const bytes = line.trim().split(/\s+/), before = previous && previous[at] && previous[at].trim().split(/\s+/);
            const known = bytes.every(b => /^0x[0-9a-f]{2}$/.test(b));
            return h('tr', {}, h('th', {scope: 'row'}, at_address(tools, at.includes(':') ? at : `0x${at}`)),
                known ? bytes.map((b, i) => h('td', {class: before && before[i] !== b && 'changed'}, h('code', {}, b.slice(2)))) : h('td', {colspan: 16}, line),
                h('td', {}, known && h('code', {}, bytes.map(b => letter(parseInt(b, 16))).join(''))));
        });
        return h('div', {class: 'view'},
            h('div', {class: 'row'}, ask_for(tools, 'address', 'Show', state.address || 'ss:sp', '0x7c00'),
                stop_button(tools, 'Stop when it is written', 'watch', {address: state.address || 'ss:sp'}),
                last_writer(tools, state.address || 'ss:sp')),
            said(tools), h('table', {class: 'values hex'}, h('caption', {class: 'unseen'}, 'Bytes'), h('tbody', {}, rows)));
    },
};
