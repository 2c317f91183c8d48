// lesson.js - one lesson: its text, views it opens, an editor, hints one by one, and what the check
// has seen.
import {h} from '../dom.js';
import {views as table} from '../views/table.js';
import {draft, keep_draft} from './drafts.js';
import {markdown} from './markdown.js';

const ANSWERS = {
    source: 'Your program (assembler)', script: 'Your commands, one a line',
    value: 'Your answer: a number or an address', word: 'Your answer',
};

export class Lesson {
    constructor(text, seed, machine, views) {
        this.text = text;
        this.seed = seed;
        this.machine = machine;
        this.views = views;
        this.on_solved = () => {};
        this.opened = new Set(); // views that are shown in the text
        this.hints = text.parts.filter(p => p.kind === 'hint');
        this.element = h('article', {class: 'lesson', 'data-lesson': text.name},
            h('h2', {tabindex: '-1'}, `${text.number}. ${text.title}`),
            this.other_machine(), this.starter(), text.parts.map(part => this.part(part)));
    }

    starter() {
        const what = this.text.program ? 'Start this lesson’s program' : 'Switch the machine off and on';
        return h('p', {class: 'do'},
            h('button', {class: 'start', onclick: () => this.guarded(() => this.start(null))}, what),
            ' ', this.said = h('span', {role: 'status'}));
    }

    // A lesson may be for a processor or a memory that are not the usual ones.
    other_machine() {
        const {machine} = this.text;
        if (!machine)
            return null;
        return h('p', {class: 'about'}, this.machine.carrier.remake
            ? ['When it is started, the machine beside becomes one by ', h('code', {}, machine), '.']
            : ['It is for a machine that is begun with ', h('code', {}, machine), ': what is checked is one, the machine beside may be another.']);
    }

    part(part) {
        switch (part.kind) {
        case 'text':
            return markdown(part.text);
        case 'program':
            return h('details', {open: true}, h('summary', {}, 'The program on the diskette'),
                h('pre', {class: 'program'}, h('code', {}, part.text)));
        case 'show':
            return this.shower(part);
        case 'do':
            return this.doer(part);
        case 'task':
            return this.task(part);
        default: // hints are shown beside the task
            return null;
        }
    }

    shower(part) {
        const [, id, args] = part.info.match(/^(\S+)\s*(.*)$/);
        const view = table.find(v => v.id === id);
        if (!view)
            return null;
        let state = {};
        try {
            state = JSON.parse(args || '{}');
        } catch { // without arguments, then
        }
        const place = h('div', {class: 'shown'});
        const button = h('button', {
            class: 'show', 'data-show': id, 'aria-expanded': 'false',
            onclick: () => this.guarded(() => this.toggle(id, state, place)),
        }, `Show: ${view.title}`);
        return h('div', {class: 'do'}, button, place);
    }

    // The view's card lies below its button as long as the lesson is open.
    async toggle(id, state, place) {
        const card = document.getElementById(`view-${id}`);
        if (card && place.contains(card)) {
            this.views.close(id);
        } else {
            const asked = this.views.open(id, state);
            place.append(document.getElementById(`view-${id}`));
            this.opened.add(id);
            await asked;
        }
        for (const b of this.element.querySelectorAll('[data-show]'))
            b.setAttribute('aria-expanded', String(!!b.nextElementSibling.firstChild));
    }

    leave() {
        for (const id of this.opened)
            this.views.close(id);
        this.opened.clear();
    }

    doer(part) {
        const out = h('pre', {class: 'reply', hidden: true});
        const run = async () => {
            if (!this.started) // on another program these commands could wait for ever
                await this.start(null);
            out.hidden = false;
            out.textContent = '';
            for (const c of part.commands) {
                const reply = await this.machine.command(c.name, c.arguments);
                out.textContent += `> ${c.line}\n${plain(reply)}`;
            }
        };
        return h('div', {class: 'do'},
            h('pre', {}, h('code', {}, part.commands.map(c => c.line).join('\n'))),
            h('button', {class: 'do-it', onclick: () => this.guarded(run)}, 'Do it'), out);
    }

    // ---- the task ----

    task(part) {
        const id = `answer-${this.text.name}`;
        const kind = this.text.answer;
        const long = kind === 'source' || kind === 'script';
        this.editor = long
            ? h('textarea', {id, class: 'editor', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off',
                rows: String(Math.max(8, part.text.split('\n').length + 2)), onkeydown: e => this.indent(e)})
            : h('input', {id, class: 'editor', type: 'text', spellcheck: 'false', autocomplete: 'off',
                onkeydown: e => { if (e.key === 'Enter') this.guarded(() => this.check()); }});
        this.editor.addEventListener('input', () => this.written());
        this.editor.value = part.text;
        this.given = this.editor.value; // as an editor has its lines
        this.editor.value = draft(this.text.name, this.seed) ?? part.text;
        this.put_away = null; // by "Begin again", which is taken back until something else is written
        this.anew = h('button', {class: 'anew', onclick: () => this.begin_again()});
        this.name_anew();
        this.result = h('div', {class: 'result', role: 'status', 'aria-live': 'polite'});
        this.hint_list = h('ol', {class: 'hints'});
        this.hint_button = this.hints.length
            ? h('button', {class: 'next-hint', onclick: () => this.hint()}, this.hint_words()) : null;
        return h('section', {class: 'task', 'aria-label': 'Your answer'},
            h('label', {for: id}, ANSWERS[kind]), this.editor,
            h('p', {class: 'buttons'},
                h('button', {class: 'check primary', onclick: () => this.guarded(() => this.check())}, 'Check'), ' ',
                kind === 'source' && h('button', {class: 'try',
                    onclick: () => this.guarded(() => this.start(this.editor.value))}, 'Try it on this machine'), ' ',
                this.hint_button, ' ', this.anew),
            this.result, this.hint_list);
    }

    name_anew() {
        this.anew.textContent = this.put_away === null ? 'Begin again' : 'Back to what I wrote';
        this.anew.hidden = this.put_away === null && this.editor.value === this.given;
    }

    written() {
        this.put_away = null;
        this.keep();
    }

    keep() {
        keep_draft(this.text.name, this.seed, this.editor.value === this.given ? null : this.editor.value);
        this.name_anew();
    }

    begin_again() {
        const back = this.put_away;
        this.put_away = back === null ? this.editor.value : null;
        this.editor.value = back ?? this.given;
        this.keep();
        this.editor.focus();
    }

    // Tab is for the next button, as everywhere; a new line begins under the last one.
    indent(event) {
        if (event.key !== 'Enter' || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey)
            return;
        const e = this.editor, before = e.value.slice(0, e.selectionStart);
        const blanks = before.slice(before.lastIndexOf('\n') + 1).match(/^[ \t]*/)[0];
        event.preventDefault();
        e.setRangeText(`\n${blanks}`, e.selectionStart, e.selectionEnd, 'end');
        this.written(); // of which there is no event
    }

    hint_words() {
        const next = this.hint_list ? this.hint_list.children.length + 1 : 1;
        return `Hint ${next} of ${this.hints.length}`;
    }

    hint() {
        const at = this.hint_list.children.length;
        this.hint_list.append(h('li', {tabindex: '-1'}, markdown(this.hints[at].text)));
        this.hint_list.lastChild.focus();
        if (at + 1 === this.hints.length)
            this.hint_button.remove();
        else
            this.hint_button.textContent = this.hint_words();
    }

    async guarded(act) {
        this.said.textContent = '';
        try {
            await act();
        } catch (error) {
            this.said.textContent = error.message;
            if (this.result)
                this.result.replaceChildren(h('p', {class: 'wrong'}, error.message));
        }
    }

    // The live machine begins anew with the lesson's program, and stands where the lesson wants.
    async start(source) {
        const args = {lesson: this.text.name, seed: String(this.seed)};
        if (source !== null && source.trim())
            args.source = source;
        if (this.text.machine && this.machine.carrier.remake)
            await this.machine.carrier.remake(this.text.machine);
        await this.machine.command('stop');
        await this.machine.command('delete'); // what another lesson has set
        await this.machine.command('lesson open', args);
        this.started = true;
        if (this.text.program && this.text.stop)
            await this.machine.command('until', {address: this.text.stop, seconds: '5'});
        else if (this.text.program)
            await this.machine.command('cont');
        await this.views.refresh();
        this.said.textContent = this.text.stop ? `It stands at ${this.text.stop}.` : 'It runs.';
    }

    async check() {
        const answer = this.editor.value;
        if (!answer.trim())
            throw new Error('There is no answer yet.');
        this.result.replaceChildren(h('p', {}, 'Checking …'));
        const reply = await this.machine.command('lesson check',
            {lesson: this.text.name, seed: String(this.seed), answer});
        this.show_result(reply);
        if (reply.passed)
            this.on_solved();
    }

    show_result(reply) {
        const kind = reply.passed ? 'right' : 'wrong';
        const checks = reply.checks.map(c => h('li', {class: c.passed ? 'right' : 'wrong'},
            c.passed ? '✓ ' : '✗ ', h('code', {}, c.check), c.passed && c.said ? ` - ${c.said}` : null));
        this.result.replaceChildren(
            ...reply.words.split('\n').map((words, i) => h('p', {class: i ? 'why' : `verdict ${kind}`}, words)),
            h('details', {}, h('summary', {}, 'What was checked'), h('ul', {class: 'checks'}, checks)),
            h('p', {}, h('button', {class: 'save', onclick: () => this.save(reply)}, 'Save the result')));
        if (reply.line && this.text.answer !== 'value')
            this.select_line(reply.line);
    }

    select_line(line) {
        const lines = this.editor.value.split('\n');
        const from = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
        this.editor.focus();
        this.editor.setSelectionRange(from, from + (lines[line - 1] || '').length);
    }

    // The file that a learner hands in; `ferrite lesson -verify` does it again.
    save(reply) {
        const url = URL.createObjectURL(new Blob([JSON.stringify(reply), '\n'], {type: 'application/json'}));
        h('a', {href: url, download: `${reply.lesson}-${reply.seed}.json`}).click();
        setTimeout(() => URL.revokeObjectURL(url), 1000);
    }
}

// A reply as lines, for the few that a lesson shows as text.
function plain(value, indent = '') {
    if (value === null || typeof value !== 'object')
        return `${indent}${value}\n`;
    return Object.entries(value).map(([key, v]) => {
        const name = Array.isArray(value) ? '' : `${key}: `;
        return v !== null && typeof v === 'object'
            ? `${indent}${name.trim()}\n${plain(v, `${indent}  `)}` : `${indent}${name}${v}\n`;
    }).join('');
}
