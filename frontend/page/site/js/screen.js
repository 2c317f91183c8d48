// screen.js - the machine's picture on a canvas: rectangles as they come, at a size that fits.
import {h, save} from './dom.js';

export class Screen {
    constructor(place, machine) {
        this.machine = machine;
        this.width = this.height = 0;
        this.aspect = 4 / 3;
        this.canvas = h('canvas', {
            // Not by Tab, which is the machine's key there: who goes by keyboard would not come past it. The
            // hint below has a button.
            id: 'screen', tabindex: '-1', width: 640, height: 400, role: 'application',
            'aria-label': "The machine's screen. Keys go to the machine while it is focused; the right Control key, or Control Alt G, gives them back.",
            'aria-describedby': 'screen-text',
        });
        this.context = this.canvas.getContext('2d', {alpha: false});
        this.message = h('div', {class: 'screen-message', hidden: true});
        this.frame = h('div', {class: 'monitor'}, this.canvas, this.message);
        place.append(h('div', {class: 'room'}, this.frame));
        machine.on('screen', s => this.show(s));
        machine.on('stop', () => this.mark());
        machine.on('resume', () => this.mark());
        new ResizeObserver(() => this.fit()).observe(this.frame.parentElement);
        this.mark();
    }

    show({width, height, aspect, rects}) {
        this.say(width ? '' : 'The display is off');
        if (!width)
            return;
        if (width !== this.width || height !== this.height || aspect !== this.aspect) {
            if (width !== this.width || height !== this.height) {
                this.canvas.width = width;
                this.canvas.height = height;
            }
            Object.assign(this, {width, height, aspect});
            this.fit();
        }
        for (const r of rects)
            this.context.putImageData(new ImageData(r.rgba, r.width, r.height), r.x, r.y);
        if (!this.drawn)
            performance.mark('first-picture');
        this.drawn = (this.drawn || 0) + 1;
    }

    // As large as fits, in the shape of the machine's monitor; whole multiples where pixels are square.
    fit() {
        const room = this.frame.parentElement;
        const wide = room.clientWidth - 44, high = room.clientHeight - 40;
        if (!this.width || wide < 50 || high < 50)
            return;
        let width = Math.min(wide, high * this.aspect), height = width / this.aspect;
        const scale = width / this.width, whole = Math.floor(scale);
        const square = Math.abs(this.width / this.height / this.aspect - 1) < 0.02;
        if (square && whole >= 1 && whole / scale > 0.8) {
            width = this.width * whole;
            height = this.height * whole;
        }
        this.canvas.style.width = `${Math.round(width)}px`;
        this.canvas.style.height = `${Math.round(height)}px`;
        this.canvas.classList.toggle('smooth', !(square && width % this.width === 0) && scale < 3);
    }

    say(text) {
        this.message.textContent = text;
        this.message.hidden = !text;
    }

    mark() {
        this.frame.classList.toggle('paused', !this.machine.running);
    }

    async save() {
        const blob = await new Promise(done => this.canvas.toBlob(done, 'image/png'));
        save(blob, `ferrite-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}.png`);
    }
}
