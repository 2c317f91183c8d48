// markdown.js - the Markdown of lessons as elements: headings, paragraphs, lists, tables, code.
// Texts become text nodes, so nothing in a lesson can be HTML.
import {h} from '../dom.js';

// `code`, **strong**, *emphasis*.
function inline(text) {
    const parts = [];
    const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*/g;
    let at = 0;
    for (const m of text.matchAll(pattern)) {
        parts.push(text.slice(at, m.index));
        if (m[1] !== undefined)
            parts.push(h('code', {}, m[1]));
        else if (m[2] !== undefined)
            parts.push(h('strong', {}, m[2]));
        else
            parts.push(h('em', {}, m[3]));
        at = m.index + m[0].length;
    }
    parts.push(text.slice(at));
    return parts;
}

const cells = line => line.trim().replace(/^\||\|$/g, '').split('|').map(c => c.trim());

function table(lines) {
    const [head, , ...rows] = lines.map(cells);
    return h('table', {class: 'values'},
        h('thead', {}, h('tr', {}, head.map(c => h('th', {scope: 'col'}, inline(c))))),
        h('tbody', {}, rows.map(r => h('tr', {}, r.map(c => h('td', {}, inline(c)))))));
}

function list(lines) {
    const ordered = /^\d+\./.test(lines[0]);
    const items = [];
    for (const line of lines) {
        const m = line.match(/^(?:[-*]|\d+\.)\s+(.*)/);
        if (m)
            items.push(m[1]);
        else
            items[items.length - 1] += ` ${line.trim()}`;
    }
    return h(ordered ? 'ol' : 'ul', {}, items.map(i => h('li', {}, inline(i))));
}

function block(lines) {
    const heading = lines[0].match(/^(#{1,4})\s+(.*)/);
    if (heading)
        return [h(`h${Math.min(heading[1].length + 1, 5)}`, {}, inline(heading[2])),
            lines.length > 1 ? block(lines.slice(1)) : null];
    if (lines[0].startsWith('```'))
        return h('pre', {}, h('code', {}, lines.slice(1, -1).join('\n')));
    if (lines.every(l => /^ {4}/.test(l)))
        return h('pre', {}, h('code', {}, lines.map(l => l.slice(4)).join('\n')));
    if (lines.length > 1 && lines[0].startsWith('|') && /^\|[\s:|-]+\|?$/.test(lines[1]))
        return table(lines);
    if (/^([-*]|\d+\.)\s/.test(lines[0]))
        return list(lines);
    return h('p', {}, inline(lines.join(' ')));
}

// A list of elements.
export function markdown(text) {
    const blocks = [];
    let lines = [], fenced = false;
    for (const line of text.split(/\r?\n/)) {
        if (line.startsWith('```'))
            fenced = !fenced;
        if (line.trim() || fenced) {
            lines.push(line);
        } else if (lines.length) {
            blocks.push(block(lines));
            lines = [];
        }
    }
    if (lines.length)
        blocks.push(block(lines));
    return blocks;
}
