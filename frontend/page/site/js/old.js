// old.js - for browsers without modules, and for those that lack what the page is made of: said in
// a sentence, with what to do. Plain enough for any of them.
(function () {
    var missing = !('noModule' in document.createElement('script')) ? 'modules'
        : !window.ResizeObserver ? 'ResizeObserver'
            : !(window.CSS && CSS.supports && CSS.supports('color', 'color-mix(in srgb, red, blue)')) ? 'color-mix()'
                : !window.WebSocket && !window.Worker ? 'WebSocket' : '';
    function say() {
        var p = document.createElement('p');
        p.className = 'fatal';
        p.setAttribute('role', 'alert');
        p.appendChild(document.createTextNode('This browser has no ' + missing + ', which the page needs: take Chromium or Chrome 111, ' +
            'Firefox 121, Safari 16.4 or a newer one.'));
        document.body.insertBefore(p, document.body.firstChild);
    }
    if (!missing)
        return;
    if (document.body)
        say();
    else
        document.addEventListener('DOMContentLoaded', say);
})();
