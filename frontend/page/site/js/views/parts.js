// parts.js - what several views are made of: folded sections, tables with what has changed, links.
import {h} from '../dom.js';

// A sentence that opens to more. What is open is kept in the view's state.
export const fold = (tools, key, sentence, ...inside) => folded(tools, key, false, sentence, ...inside);

// Open from the beginning: what the view is there for.
export const unfold = (tools, key, sentence, ...inside) => folded(tools, key, true, sentence, ...inside);

function folded(tools, key, first, sentence, ...inside) {
    const open = tools.state.open || (tools.state.open = {});
    return h('details', {
        open: open[key] ?? first, 'data-fold': key, ontoggle: e => { open[key] = e.target.open; },
    }, h('summary', {}, sentence), inside);
}

// rows: lists of cells; a cell is text, a node, or {value, changed, code}.
export function table(head, rows, caption) {
    const cell = c => {
        if (c === null || c === undefined)
            return h('td', {});
        if (typeof c === 'object' && !(c instanceof Node) && !Array.isArray(c))
            return h('td', {class: c.changed && 'changed'}, c.code === false ? c.value : h('code', {}, c.value),
                c.changed && h('span', {class: 'unseen'}, ' changed'));
        return h('td', {}, c);
    };
    return h('table', {class: 'values'}, caption && h('caption', {class: 'unseen'}, caption),
        head && h('thead', {}, h('tr', {}, head.map(t => h('th', {scope: 'col'}, t)))),
        h('tbody', {}, rows.map(r => h('tr', {class: r.class}, (r.cells || r).map(cell)))));
}

export const differs = (value, before) => before !== undefined && before !== null && before !== value;

// A button that looks like a link.
export function link(text, does, title) {
    return h('button', {class: 'link', title, onclick: does}, text);
}

export const at_address = (tools, address, access = 'read') =>
    link(address, () => tools.open('address', {address, access}), `Where ${address} leads, step by step`);

export const at_code = (tools, at) =>
    link(at, () => tools.open('instruction', {at, last: false}), `The instruction at ${at}, taken apart`);

export const at_instant = (tools, n) =>
    link(n, () => act(tools, 'goto', {instant: String(n)}), `Go to the instant after ${n} instructions`);

// Stop the machine there; what is wrong is said in the view.
export const stop_button = (tools, label, name, args) =>
    h('button', {class: 'plain small', title: 'The machine stops there', onclick: async () => {
        await act(tools, name, args);
        tools.open('breakpoints');
    }}, label);

// Back to the moment at which these bytes were written last: a point that is there for so long.
export async function back_to(tools, name, args, motion = 'reverse-continue') {
    const {machine} = tools;
    const numbers = async () => (await machine.command('breakpoints', {})).map(p => p.number);
    try {
        if (machine.running)
            await machine.command('stop', {});
        const before = await numbers();
        await machine.command(name, args);
        const mine = (await numbers()).filter(n => !before.includes(n));
        try {
            await machine.command(motion, {});
        } finally {
            for (const number of mine)
                await machine.command('delete', {number});
        }
        tools.set({error: null});
        tools.refresh();
        return true;
    } catch (error) {
        tools.set({error: error.message});
        return false;
    }
}

export const last_writer = (tools, address) =>
    h('button', {class: 'plain small', title: 'Goes back to the instruction that wrote it', onclick: async () => {
        if (await back_to(tools, 'watch', {address}))
            tools.open('instruction', {last: false, at: ''});
    }}, 'Who wrote it?');

// A command that changes where the machine is; then the view asks anew.
export async function act(tools, name, args = {}) {
    try {
        if (tools.machine.running && /^(step|next|reverse|goto|frame|continue|explain)/.test(name))
            await tools.machine.command('stop', {});
        const reply = await tools.machine.command(name, args);
        tools.set({error: null});
        tools.refresh();
        return reply;
    } catch (error) {
        tools.set({error: error.message});
        return null;
    }
}

export const said = tools => tools.state.error && h('p', {class: 'wrong', role: 'alert'}, tools.state.error);

// A field and a button: the view's state takes what was written.
export function ask_for(tools, key, label, value, hint) {
    const input = h('input', {type: 'text', 'aria-label': label, value, placeholder: hint, spellcheck: 'false', autocomplete: 'off'});
    return h('form', {class: 'ask', onsubmit: e => {
        e.preventDefault();
        tools.set({[key]: input.value.trim(), error: null});
    }}, input, h('button', {class: 'plain small', type: 'submit'}, label));
}

export function choose(tools, key, label, options, value) {
    return h('label', {class: 'choose'}, h('span', {class: 'unseen'}, label),
        h('select', {'aria-label': label, onchange: e => tools.set({[key]: e.target.value})},
            options.map(([v, text]) => h('option', {value: v, selected: v === value}, text))));
}

// Links of a chain, one after the other; the first that stops is where it ends.
export function chain(tools, steps, more = () => null) {
    return h('ol', {class: 'chain'}, steps.map((s, i) => h('li', {class: s.result === 'passes' ? 'passes' : 'refuses'},
        h('b', {}, s.step), h('span', {class: 'unseen'}, s.result === 'passes' ? ' passes: ' : ' stops: '),
        h('span', {class: 'says'}, s.says), more(s, i))));
}

// Bits of a register: high bits first.
export function bits(fields) {
    return h('ul', {class: 'bits'}, fields.map(f => h('li', {class: f.value ? 'set' : 'clear'},
        h('code', {class: 'bit'}, f.bits ?? f.bit), h('b', {}, f.name), h('code', {}, f.value),
        f.meaning && h('span', {}, f.meaning))));
}
