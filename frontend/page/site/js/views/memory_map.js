// memory_map.js - what answers where, and which pages were touched: a heat map and its tables.
import {at_address, fold, said, stop_button, table} from './parts.js';

const colour = t => t.stack ? [227, 122, 200] : t.written && t.read ? [255, 181, 102] : t.written ? [255, 129, 119]
    : t.read ? [111, 195, 232] : t.code ? [99, 210, 161] : [60, 80, 90];
const kinds = {RAM: [30, 44, 52], ROM: [70, 62, 90], device: [86, 74, 40]};

// A dot a page of 4 KiB, so many in a line, from 0 on.
function heat(h, map, touched, side, pages, name) {
    const lines = Math.ceil(pages / side);
    const canvas = h('canvas', {width: side, height: lines, class: 'heat', role: 'img',
        'aria-label': `${name}, a dot a page of 4 KiB; the tables below say the same`});
    const context = canvas.getContext('2d');
    const fill = (range, rgb) => {
        context.fillStyle = `rgb(${rgb.join()})`;
        for (let p = parseInt(range.first, 16) >>> 12; p <= parseInt(range.last, 16) >>> 12 && p < pages; p++)
            context.fillRect(p % side, Math.floor(p / side), 1, 1);
    };
    context.fillStyle = '#0a0f12';
    context.fillRect(0, 0, side, lines);
    for (const r of map.ranges)
        fill(r, kinds[r.kind]);
    for (const t of touched.ranges)
        fill(t, colour(t));
    return h('figure', {}, canvas, h('figcaption', {}, name));
}

// The end of what lies below the devices at the top of the address space.
const end_of = map => Math.max(256, ...map.ranges.map(r => parseInt(r.last, 16)).filter(last => last < 0x80000000).map(last => (last >>> 12) + 1));

const key = (h, text, rgb) => h('span', {class: 'key'}, h('i', {style: {background: `rgb(${rgb.join()})`}}), text);

// By a view's state: the instants at which it has looked, in instructions and seconds.
const looks = new WeakMap();

// What began a second before the last look.
function a_second_ago(state) {
    const list = looks.get(state) || [], last = list.at(-1);
    const old = last && (list.filter(l => l.seconds <= last.seconds - 1).at(-1) || list[0]);
    return old ? {since: old.until} : {};
}

// Seconds from the instant that it tells of to now.
function looked(state, touched) {
    const list = (looks.get(state) || []).filter(l => l.until < touched.until && l.seconds > touched.seconds - 3);
    const from = list.find(l => l.until === touched.since);
    looks.set(state, [...list, {until: touched.until, seconds: touched.seconds}]);
    return from ? touched.seconds - from.seconds : null;
}

export default {
    id: 'memory-map',
    title: 'Memory map',
    group: 'Memory and time',
    about: 'RAM, ROM and devices; code, stack, and what was read and written in the last second.',
    command: state => [{name: 'map', args: {}}, {name: 'touched', args: a_second_ago(state)}],
    render([map, touched], previous, tools) {
        const {h} = tools;
        const seconds = looked(tools.state, touched);
        const moved = touched.ranges.filter(t => t.read || t.written);
        return h('div', {class: 'view'}, said(tools),
            h('p', {class: 'sentence'}, touched.until === touched.since ? 'What is touched is noted from now on; code at '
                : `${moved.length} ranges were touched in ${seconds === null ? '' : `${seconds.toFixed(2)} s, `}${touched.until - touched.since} instructions; code at `,
            map['code-at'] && at_address(tools, `0x${map['code-at']}`, 'execute'), ', stack at ', map['stack-at'] && at_address(tools, `0x${map['stack-at']}`), '.'),
            h('div', {class: 'heats'}, heat(h, map, touched, 16, 256, 'The first MiB, 64 KiB a line'),
                heat(h, map, touched, 256, end_of(map), 'All memory, a MiB a line'), h('div', {class: 'keys'},
                key(h, 'read', colour({read: 1})), key(h, 'written', colour({written: 1})), key(h, 'both', colour({read: 1, written: 1})),
                key(h, 'decoded code', colour({code: 1})), key(h, 'stack', colour({stack: 1})), key(h, 'ROM', kinds.ROM), key(h, 'device', kinds.device))),
            fold(tools, 'touched', `${touched.ranges.length} ranges with code, stack or accesses`,
                table(['first', 'last', 'kind', 'accesses', ''], touched.ranges.slice(0, 400).map(t => [
                    at_address(tools, `0x${t.first}`), {value: t.last}, t.kind,
                    [t.read && 'read', t.written && 'written', t.code && 'code', t.stack && 'stack'].filter(Boolean).join(', '),
                    stop_button(tools, 'Stop at a write', 'watch', {address: `0x${t.first}`, bytes: 4096})]), 'Touched')),
            fold(tools, 'map', `${map.ranges.length} ranges of memory`,
                table(['first', 'last', 'kind', 'who', 'pages', 'with code'], map.ranges.map(m => [
                    at_address(tools, `0x${m.first}`), {value: m.last}, m.kind, m.name || '', String(m.pages), String(m['pages-with-code'] || '')]), 'Map')));
    },
};
