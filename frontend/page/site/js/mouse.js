// mouse.js - the mouse: places while a driver in the guest wants them, else movement while the
// pointer is locked to the screen (a click does that).

const ASK_MS = 3000; // whether a driver wants places now

export class Mouse {
    constructor(canvas, machine) {
        this.canvas = canvas;
        this.machine = machine;
        this.places = false; // as the guest wanted it last
        this.asked = 0;
        this.buttons = 0;
        this.dx = this.dy = this.wheel = 0;
        this.place = null;
        this.due = false;
        canvas.addEventListener('pointermove', e => this.on_move(e));
        canvas.addEventListener('pointerdown', e => this.on_button(e));
        canvas.addEventListener('pointerup', e => this.on_button(e));
        canvas.addEventListener('pointercancel', () => this.let_go());
        canvas.addEventListener('wheel', e => this.on_wheel(e), {passive: false});
        canvas.addEventListener('contextmenu', e => e.preventDefault());
        canvas.addEventListener('blur', () => this.let_go());
        document.addEventListener('pointerlockchange', () => {
            if (!this.locked)
                this.let_go();
            machine.emit('capture', {on: this.locked});
        });
        machine.on('reset', () => { this.places = false; this.asked = 0; });
    }

    get locked() {
        return document.pointerLockElement === this.canvas;
    }

    on_move(e) {
        if (this.locked) {
            this.dx += e.movementX;
            this.dy += e.movementY;
        } else {
            const box = this.canvas.getBoundingClientRect();
            const part = (v, size) => Math.max(0, Math.min(65535, Math.round(v / Math.max(1, size - 1) * 65535)));
            this.place = {x: part(e.clientX - box.left, box.width), y: part(e.clientY - box.top, box.height)};
            if (!this.places && performance.now() - this.asked < ASK_MS)
                return;
        }
        this.soon();
    }

    on_button(e) {
        const bits = (e.buttons & 1) | (e.buttons & 2) | (e.buttons & 4) | (e.buttons & 24);
        e.preventDefault();
        if (e.type === 'pointerdown') {
            this.canvas.focus();
            if (!this.locked && !this.places) {
                this.lock(); // the click that captures is not the guest's
                return;
            }
            if (!this.locked)
                this.canvas.setPointerCapture(e.pointerId);
        }
        if (!this.locked && !this.places)
            return;
        this.buttons = bits;
        this.flush();
    }

    lock() {
        if (this.machine.info.controls && this.canvas.requestPointerLock) {
            const locking = this.canvas.requestPointerLock();
            if (locking && locking.catch)
                locking.catch(() => {}); // the browser may want another gesture first
        }
    }

    on_wheel(e) {
        if (!this.locked && !this.places)
            return;
        e.preventDefault();
        this.wheel += Math.sign(e.deltaY);
        this.soon();
    }

    // Movements of one frame go together.
    soon() {
        if (this.due)
            return;
        this.due = true;
        requestAnimationFrame(() => { this.due = false; this.flush(); });
    }

    flush() {
        const quiet = () => {};
        if (!this.machine.info.controls)
            return;
        if (this.locked) {
            const {dx, dy, wheel} = this;
            this.dx = this.dy = this.wheel = 0;
            if (dx || dy || wheel)
                this.machine.command('mouse-move', {dx: Math.round(dx), dy: Math.round(dy), wheel}).catch(quiet);
            if (this.buttons !== this.said) {
                this.said = this.buttons;
                this.machine.command('mouse-buttons', {buttons: this.buttons}).catch(quiet);
            }
            return;
        }
        if (!this.place)
            return;
        const {wheel} = this;
        this.wheel = 0;
        this.asked = performance.now();
        this.machine.command('pointer', {...this.place, buttons: this.buttons, wheel}).then(() => {
            this.set_places(true);
        }, () => this.set_places(false));
    }

    set_places(places) {
        if (places === this.places)
            return;
        this.places = places;
        this.canvas.classList.toggle('places', places);
        this.machine.emit('places', {on: places});
    }

    let_go() {
        if (this.buttons) {
            this.buttons = 0;
            this.said = 0;
            this.machine.command('mouse-buttons', {buttons: 0}).catch(() => {});
        }
    }

    free() {
        if (this.locked)
            document.exitPointerLock();
    }
}
