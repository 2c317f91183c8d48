// text.js - the text screen for who does not see the picture: all rows to be read, and what has
// changed in them to be spoken.
import {h} from './dom.js';

const PATIENCE_MS = 500; // between two looks

export class ScreenText {
    constructor(place, machine) {
        this.machine = machine;
        this.rows = [];
        this.changed = true; // the first picture may have come already
        this.list = h('div', {id: 'screen-text', class: 'unseen'});
        this.spoken = h('div', {class: 'unseen', 'aria-live': 'polite', role: 'log', 'aria-label': 'Changed rows of the screen'});
        place.append(this.list, this.spoken);
        machine.on('screen', () => { this.changed = true; });
        setInterval(() => this.look(), PATIENCE_MS);
    }

    async look() {
        if (!this.changed || this.looking || document.hidden)
            return;
        this.changed = false;
        this.looking = true;
        try {
            const screen = await this.machine.command('screen', {});
            this.show(screen.lines || [screen.mode === 'off' ? 'The display is off.' : `A picture of ${screen.width} by ${screen.height} pixels.`]);
        } catch { /* the connection's end is said elsewhere */
        }
        this.looking = false;
    }

    show(lines) {
        const new_rows = [];
        lines.forEach((line, i) => {
            if (!this.list.children[i])
                this.list.append(h('div', {}));
            if (this.rows[i] === line)
                return;
            this.list.children[i].textContent = line;
            if (line.trim())
                new_rows.push(line.replace(/[\u2500-\u259f]+/g, ' ').trim()); // frames are not read
        });
        while (this.list.children.length > lines.length)
            this.list.lastChild.remove();
        this.rows = lines;
        if (new_rows.length) {
            this.spoken.append(h('div', {}, new_rows.filter(Boolean).join('\n')));
            while (this.spoken.children.length > 20)
                this.spoken.firstChild.remove();
        }
    }

    text() {
        return this.rows.join('\n');
    }
}
