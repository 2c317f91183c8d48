// device.js - registers by the data sheets' names, bits by meaning, waves, and the last port accesses.
import {svg} from '../dom.js';
import {at_instant, bits, choose, differs, fold, said, stop_button, table, unfold} from './parts.js';

const time = ns => ns >= 1e9 ? `${(ns / 1e9).toPrecision(4)} s` : ns >= 1e6 ? `${(ns / 1e6).toPrecision(4)} ms` : `${(ns / 1e3).toPrecision(4)} µs`;

// What the line will do: levels in turn, to scale.
function wave(v) {
    const list = v['changes-after-ns'];
    const total = list.reduce((a, b) => a + b, 0) || 1;
    let x = 0, level = v.level, path = `M0 ${level ? 8 : 40}`;
    for (const ns of list) {
        x += 400 * ns / total;
        path += ` H${x.toFixed(1)} V${level ? 40 : 8}`;
        level = !level;
    }
    return svg('svg', {viewBox: '0 0 400 48', class: 'picture wave', preserveAspectRatio: 'none', role: 'img',
        'aria-label': list.length ? `${v.name} is ${v.level ? 'high' : 'low'}, changes after ${list.map(time).join(', ')}` : `${v.name} stays ${v.level ? 'high' : 'low'}`},
    svg('path', {d: list.length ? path : `${path} H400`}));
}

const is_wave = v => !!v['changes-after-ns'];
// What a timer does, what a drive was told, what a keyboard has said.
const leads = g => g.values.some(is_wave) || /, the latest first$/.test(g.title);

export function group(tools, g, before, key, open = false) {
    const {h} = tools;
    const old = name => before && before.values.find(v => v.name === name);
    const values = g.values;
    return (open ? unfold : fold)(tools, key, g.title, h('table', {class: 'values registers'}, h('caption', {class: 'unseen'}, g.title), h('tbody', {}, values.map((v, i) => {
        const was = old(v.name);
        if (is_wave(v))
            return h('tr', {}, h('th', {scope: 'row'}, v.name), h('td', {colspan: 3}, wave(v),
                h('small', {}, v['changes-after-ns'].length ? `changes after ${v['changes-after-ns'].slice(0, 4).map(time).join(', ')} …` : 'stays as it is')));
        const value = v.value ?? v.number;
        const changed = was && differs(v.value ?? v.number ?? v.says, was.value ?? was.number ?? was.says);
        if (value === undefined && !v.place && !v.fields)
            return h('tr', {class: changed && 'changed'}, h('th', {scope: 'row'}, v.name), h('td', {colspan: 3}, v.says));
        return h('tr', {class: changed && 'changed'}, h('th', {scope: 'row'}, v.name),
            h('td', {}, v.place && h('small', {}, v.place)),
            h('td', {}, value !== undefined && h('code', {}, typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(7) : String(value)), changed && h('span', {class: 'unseen'}, ' changed')),
            h('td', {}, v.says, v.fields && fold(tools, `${key}-${i}`, v.fields.map(f => f.meaning && f.meaning !== '-' ? f.meaning : null).filter(Boolean).join('; ') || 'bits', bits(v.fields))));
    }))));
}

export function accesses(tools, list) {
    const {h} = tools;
    return list.length ? table(['after instructions', 'way', 'port', 'value', ''], list.map(a => [
        at_instant(tools, a.instructions), a.way, stop_button(tools, a.port, 'break port', {ports: a.port}), {value: a.value}, a.what || '']), 'Accesses')
        : h('p', {class: 'empty'}, 'None since this was opened.');
}

export default {
    id: 'device',
    title: 'Devices',
    group: 'Board',
    about: 'Registers with their data sheets\' names, bits with their meaning, timers as waves, and the last accesses to the ports.',
    command: state => [{name: 'device', args: {}}, {name: 'device', args: {name: state.name || 'pit'}}],
    render([all, one], previous, tools) {
        const {h, state} = tools;
        const before = previous && previous[1] && previous[1].name === one.name ? previous[1] : null;
        return h('div', {class: 'view'},
            choose(tools, 'name', 'Device', all.devices.map(d => [d.name, `${d.name}: ${d.what}`]), state.name || 'pit'), said(tools),
            one.groups.map((g, i) => group(tools, g, before && before.groups[i], `${one.name}-${i}`, one.groups.some(leads) ? leads(g) : i === 0)),
            fold(tools, 'accesses', `${one.accesses.length} accesses to its ports, the latest first`, accesses(tools, one.accesses)));
    },
};
