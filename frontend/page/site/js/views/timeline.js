// timeline.js - the run as a line, to click and drag: backwards and forwards by instruction, interrupt, frame.
import {svg} from '../dom.js';
import {act, at_instant, back_to, fold, said, table} from './parts.js';

const WIDE = 1000;

const to_interrupt = (tools, back) => back_to(tools, 'break interrupt', {vectors: 'any'}, back ? 'reverse-continue' : 'continue');

// A drag outlives the picture that it began on: the machine follows the pointer, and each instant that it
// comes to draws the line anew. `wanted` is where the pointer is, `gone` where the machine is or goes to.
let drag = null;

async function follow(tools, wanted) {
    drag.wanted = wanted;
    if (drag.busy)
        return;
    const mine = drag;
    mine.busy = true;
    while (mine.wanted !== mine.gone) {
        mine.gone = mine.wanted;
        await act(tools, 'goto', {instant: String(mine.gone)});
    }
    mine.busy = false;
}

// first, last: what the line stood for when it was touched, which is kept until it is let go.
function begin_drag(tools, event, box, first, last) {
    const there = e => Math.round(first + Math.min(1, Math.max(0, (e.clientX - box.left) / box.width)) * (last - first));
    const move = e => follow(tools, there(e));
    const end = e => {
        window.removeEventListener('pointermove', move);
        window.removeEventListener('pointerup', end);
        window.removeEventListener('pointercancel', end);
        if (e.type === 'pointerup')
            follow(tools, there(e));
        drag = null;
    };
    drag = {first, last, gone: null, wanted: null, busy: false};
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
    window.addEventListener('pointercancel', end);
    event.preventDefault(); // no selection of text
    event.target.focus?.({preventScroll: true});
}

function strip(tools, r) {
    const first = drag ? drag.first : Math.min(r.earliest.instructions, r.now.instructions);
    const last = drag ? drag.last : Math.max(r.latest.instructions, r.now.instructions, first + 1);
    const x = n => WIDE * (n - first) / (last - first);
    const line = svg('svg', {viewBox: `0 0 ${WIDE} 90`, class: 'picture strip', preserveAspectRatio: 'none', tabindex: 0, role: 'slider',
        'aria-label': 'The run: arrow keys go back and on, Home and End to its ends', 'aria-valuemin': first, 'aria-valuemax': last,
        'aria-valuenow': r.now.instructions, 'aria-valuetext': `${r.now.instructions} instructions, ${r.now.seconds.toFixed(3)} seconds`},
    svg('rect', {x: 0, y: 40, width: WIDE, height: 12, class: 'past'}),
    (r.states || []).map(s => svg('line', {x1: x(s.instructions), x2: x(s.instructions), y1: 32, y2: 60, class: 'state'}, svg('title', {}, `a kept state, ${s.instructions}`))),
    (r.events || []).map(e => svg('circle', {cx: x(e.instructions), cy: 24, r: 4, class: 'event'}, svg('title', {}, `${e.what}, ${e.instructions}`))),
    r.interrupts.map(i => svg('line', {x1: x(i.instructions), x2: x(i.instructions), y1: 64, y2: 76, class: `came ${i.cause}`}, svg('title', {}, `${i.cause} ${i.vector}, ${i.instructions}`))),
    svg('line', {x1: x(r.now.instructions), x2: x(r.now.instructions), y1: 4, y2: 86, class: 'now'}));
    line.addEventListener('pointerdown', e => begin_drag(tools, e, line.getBoundingClientRect(), first, last));
    line.addEventListener('keydown', e => {
        const steps = {ArrowLeft: () => act(tools, 'reverse-step'), ArrowRight: () => act(tools, 'step'),
            PageUp: () => act(tools, 'goto', {instant: String(Math.max(first, r.now.instructions - Math.ceil((last - first) / 20)))}),
            PageDown: () => act(tools, 'goto', {instant: String(Math.min(last, r.now.instructions + Math.ceil((last - first) / 20)))}),
            Home: () => act(tools, 'goto', {instant: String(first)}), End: () => act(tools, 'goto', {instant: 'latest'})};
        if (steps[e.key]) {
            e.preventDefault();
            steps[e.key]();
        }
    });
    return line;
}

export default {
    id: 'timeline',
    title: 'Time',
    group: 'Memory and time',
    about: 'The run as a line: kept states, what came in, interrupts. Click or drag it; step both ways.',
    command: () => ({name: 'timeline', args: {}}),
    render(r, previous, tools) {
        const {h} = tools;
        const button = (text, does) => h('button', {class: 'plain small', onclick: does}, text);
        const frame = 1 / 70;
        return h('div', {class: 'view'},
            h('p', {class: 'sentence'}, `${r.now.instructions} instructions, ${r.now.seconds.toFixed(6)} s`, r.away ? ': in the past' : r.runs ? ': runs' : ': stands',
                r['why-not'] && `. One cannot go back: ${r['why-not']}`),
            said(tools), strip(tools, r),
            h('div', {class: 'row'},
                button('− frame', () => act(tools, 'goto', {instant: `-${frame.toFixed(6)}s`})), button('− interrupt', () => to_interrupt(tools, true)),
                button('− instruction', () => act(tools, 'reverse-step')), button('+ instruction', () => act(tools, 'step')),
                button('+ over calls', () => act(tools, 'next')), button('+ interrupt', () => to_interrupt(tools, false)),
                button('+ frame', () => act(tools, 'frame')), r.away && button('To the present', () => act(tools, 'goto', {instant: 'latest'})),
                r.away && button('Go on from here', () => act(tools, 'live'))),
            fold(tools, 'events', `${(r.events || []).length} events came in`, table(['what', 'unit', 'seconds', 'after instructions'],
                (r.events || []).slice().reverse().map(e => [e.what, String(e.unit), e.seconds.toFixed(6), at_instant(tools, e.instructions)]), 'Events')),
            fold(tools, 'interrupts', `${r.interrupts.length} interrupts and exceptions, the latest first`, table(['vector', 'cause', 'after instructions'],
                r.interrupts.map(i => [{value: i.vector}, i.cause, at_instant(tools, i.instructions)]), 'Interrupts')),
            fold(tools, 'states', `${(r.states || []).length} kept states`, table(['seconds', 'after instructions'],
                (r.states || []).map(s => [s.seconds.toFixed(6), at_instant(tools, s.instructions)]), 'States')));
    },
};
