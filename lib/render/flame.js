// The living part of pysvg's picture: fits it to its window, zooms, searches, walks, remembers.
// What it knows of the picture is written in svg.h.
(function () {
'use strict';
const svg = document.currentScript.ownerSVGElement;
const alone = svg === document.documentElement;
const fixed = 'fixed' in svg.dataset, inverted = 'inverted' in svg.dataset;
const PAD = 12, EDGE = 4, SWATCH = 16, GAP = 18, ROW = 18, BAR = 36, HAIR = 0.05;
const $ = s => svg.querySelector(s);
const layer = $('.frames'), head = $('.head'), foot = $('.foot');
const details = $('.details'), note = $('.note');

const frames = Array.from(layer.children, (g, index) => {
	const [start, total, self, depth] = g.dataset.f.split(' ').map(Number);
	const [title, rect, text] = g.children;
	const [name, about] = title.textContent.split('\n');
	return {g, rect, text, index, start, end: start + total, total, self, depth, name, about,
		key: start + '-' + depth, shown: true, hit: false};
});
const all = frames[0];
const frameOf = new Map(frames.map(f => [f.g, f]));
const rows = +getComputedStyle(layer).fontSize.replace('px', '');
const textY = all.text ? all.text.getAttribute('y') - all.rect.getAttribute('y') : 0;

let zoomed = all, at = all, term = '', pattern = null, width = 0, headHeight = 0;

function make(tag, parent, attributes) {
	const ns = /^(div|input|button|output|canvas)$/.test(tag) ?
		'http://www.w3.org/1999/xhtml' : svg.namespaceURI;
	const e = document.createElementNS(ns, tag);
	for (const k in attributes)
		e.setAttribute(k, attributes[k]);
	return parent ? parent.appendChild(e) : e;
}

// How wide text is in the font of an element: the sum of its characters, each measured once.
const canvas = make('canvas').getContext('2d');
function ruler(element) {
	const s = getComputedStyle(element), font = `${s.fontWeight} ${s.fontSize} ${s.fontFamily}`;
	const known = new Map();
	function char(c) {
		let w = known.get(c);
		if (w === undefined) {
			canvas.font = font;
			known.set(c, w = canvas.measureText(c).width);
		}
		return w;
	}
	return {
		width(s) {
			let w = 0;
			for (const c of s)
				w += char(c);
			return w;
		},
		cut(s, room) {
			let w = 0, i = 0, fits = 0;
			for (const c of s) {
				if (w + char('\u2026') <= room)
					fits = i;
				w += char(c);
				if (w > room) {
					const t = s.slice(0, fits).replace(/[ (]+$/, '');
					return t.length < 2 ? '' : t + '\u2026';
				}
				i += c.length;
			}
			return s;
		}
	};
}
const inBox = ruler(layer), inText = ruler(details), inTitle = ruler($('.title'));

function percent(part, whole) {
	const p = 100 * part / whole;
	return part === whole ? '100%' : !part ? '0%' : p < 0.01 ? '<0.01%' : p.toFixed(2) + '%';
}

// Boxes.
function label(f, x, w) {
	const s = textY ? inBox.cut(f.name, w - 2 * EDGE) : '';
	if (!s) {
		if (f.text)
			f.text.remove();
		f.text = null;
		return;
	}
	if (!f.text)
		f.text = make('text', f.g, {y: +f.rect.getAttribute('y') + textY});
	f.text.setAttribute('x', x + EDGE);
	const place = /.\)$/.test(f.name) ? f.name.indexOf(' (') : -1;
	const n = place > 0 ? Math.min(place, s.length) : s.length;
	f.text.textContent = s.slice(0, n);
	if (n < s.length)
		make('tspan', f.text).textContent = s.slice(n);
}

function place(f, inner) {
	const up = f.depth < zoomed.depth;
	const x = up ? 0 : (f.start - zoomed.start) / zoomed.total * inner;
	const w = up ? inner : f.total / zoomed.total * inner;
	f.shown = w >= HAIR && (up ? f.start <= zoomed.start && f.end >= zoomed.end :
		f.start >= zoomed.start && f.end <= zoomed.end);
	f.g.style.display = f.shown ? '' : 'none';
	if (!f.shown)
		return;
	f.g.classList.toggle('up', up);
	f.rect.setAttribute('x', x);
	f.rect.setAttribute('width', w > 2 ? w - 0.5 : w);
	label(f, x, w);
}

// The heading, the legend and the tool bar, from the top; the rest moves down by what they need.
const tools = make('foreignObject', head, {height: BAR});
const bar = make('div', tools, {class: 'bar'});
const share = make('output', bar, {'aria-live': 'polite'});
const reset = make('button', bar, {type: 'button', hidden: ''});
const input = make('input', bar, {type: 'search', placeholder: 'Search: a regular expression',
	'aria-label': 'Search: a regular expression', spellcheck: 'false', autocomplete: 'off'});
const terse = () => width < 560;

function legend() {
	let x = 0, y = 70;
	for (const key of $('.keys').children) {
		const w = SWATCH + inText.width(key.textContent);
		if (x && x + w > width - 2 * PAD) {
			x = 0;
			y += ROW;
		}
		key.setAttribute('transform', `translate(${PAD + x},${y})`);
		x += w + GAP;
	}
	return y + 20;
}

function heading() {
	const wide = width >= 760, room = Math.min(470, width - 2 * PAD);
	headHeight = legend();
	tools.setAttribute('width', room);
	tools.setAttribute('x', wide ? width - PAD - room : PAD);
	tools.setAttribute('y', wide ? 12 : headHeight - 6);
	bar.style.justifyContent = wide ? '' : 'flex-start';
	reset.textContent = terse() ? 'Reset' : 'Reset zoom';
	if (!wide)
		headHeight += BAR;
	const line = wide ? width - 3 * PAD - room : width - 2 * PAD;
	$('.title').textContent = inTitle.cut($('.title').dataset.t, line);
	$('.summary').textContent = inText.cut($('.summary').dataset.t, line);
	head.firstElementChild.setAttribute('height', headHeight - 4);
}

const ring = make('rect', make('g'), {class: 'ring', rx: 2});
layer.after(ring.parentNode);

function drawRing() {
	const on = at.shown && at.g.matches(':focus-visible');
	ring.style.display = on ? '' : 'none';
	for (const a of on ? ['x', 'y', 'width', 'height'] : [])
		ring.setAttribute(a, at.rect.getAttribute(a));
}

// Only in a window of our own do heading and details stay in sight while it scrolls.
function stick() {
	if (!alone)
		return;
	const h = svg.getAttribute('height') - 34;
	head.setAttribute('transform', `translate(0,${Math.max(0, scrollY)})`);
	foot.setAttribute('transform', `translate(0,${Math.min(h, scrollY + innerHeight - 34)})`);
}

const box = all.rect.getAttribute('height') * 1 + 1;
const depth = frames.reduce((d, f) => Math.max(d, f.depth), 0);

function layout() {
	if (!fixed) {
		svg.setAttribute('width', '100%');
		svg.removeAttribute('viewBox');
	}
	width = fixed ? +svg.getAttribute('width') : svg.getBoundingClientRect().width;
	heading();
	const h = headHeight + box * (depth + 1);
	svg.setAttribute('height', h + 34);
	if (fixed)
		svg.setAttribute('viewBox', `0 0 ${width} ${h + 34}`);
	for (const e of [layer, ring.parentNode])
		e.setAttribute('transform', `translate(${PAD},${headHeight})`);
	foot.setAttribute('transform', `translate(0,${h})`);
	note.setAttribute('x', width - PAD);
	frames.forEach(f => place(f, width - 2 * PAD));
	reset.hidden = zoomed === all;
	tell(null);
	matched();
	drawRing();
	stick();
}

// The line at the foot: what is under the pointer or has the focus, else the zoomed box.
function tell(f) {
	f = f || (zoomed !== all && zoomed);
	const room = width - 2 * PAD;
	note.style.display = f || inText.width(note.textContent) > room ? 'none' : '';
	details.textContent = '';
	if (!f) {
		const hint = 'Click a box to zoom; arrow keys walk, Enter zooms, Esc goes back.';
		const left = note.textContent ? inText.width(note.textContent) + 3 * PAD : 0;
		if (inText.width(hint) + left < room)
			make('tspan', details, {class: 'hint'}).textContent = hint;
		return;
	}
	const more = f.about + (zoomed === all || f.depth < zoomed.depth ? '' :
		', ' + percent(f.total, zoomed.total) + ' of the view');
	const name = make('tspan', details), rest = make('tspan', details, {dx: 12});
	rest.textContent = inText.cut(more, room);
	name.textContent = inText.cut(f.name, room - inText.width(more) - 12);
	if (!name.textContent)
		rest.removeAttribute('dx');
}

// Search. Boxes that stand on a match are part of it and not counted again.
function sum(list) {
	let n = 0, under = Infinity;
	for (const f of list) {
		if (f.depth > under)
			continue;
		under = f.hit ? f.depth : Infinity;
		n += f.hit ? f.total : 0;
	}
	return n;
}

function matched() {
	share.textContent = '';
	input.classList.toggle('bad', Boolean(term && !pattern));
	if (term && !pattern)
		share.textContent = terse() ? 'no regexp' : 'not a regular expression';
	if (!pattern)
		return;
	const under = frames.some(f => f.shown && f.hit && f.depth < zoomed.depth);
	const inView = frames.filter(f => f.shown && f.depth >= zoomed.depth);
	const whole = percent(sum(frames), all.total);
	share.textContent = terse() ? whole : whole + ' matched' + (zoomed === all ? '' :
		', ' + percent(under ? zoomed.total : sum(inView), zoomed.total) + ' of the view');
}

function search(s) {
	term = s;
	pattern = null;
	try {
		const upper = /[A-Z]/.test(term.replace(/\\./g, ''));
		if (term)
			pattern = new RegExp(term, upper ? 'u' : 'iu');
	} catch (e) {
		pattern = null;
	}
	svg.classList.toggle('searching', Boolean(pattern));
	for (const f of frames) {
		f.hit = Boolean(pattern && pattern.test(f.name));
		f.g.classList.toggle('hit', f.hit);
	}
	matched();
}

function zoom(f) {
	zoomed = f;
	layout();
}

// The address keeps zoom and search; going back goes back through the zooms.
function save(step) {
	const p = new URLSearchParams();
	if (zoomed !== all)
		p.set('z', zoomed.key);
	if (term)
		p.set('s', term);
	const hash = String(p);
	try {
		history[step ? 'pushState' : 'replaceState'](null, '',
			hash ? '#' + hash : location.pathname + location.search);
	} catch (e) {
		// A document without an address of its own.
	}
}

function restore() {
	const p = new URLSearchParams(location.hash.slice(1));
	input.value = p.get('s') || '';
	search(input.value);
	zoom(frames.find(f => f.key === p.get('z')) || all);
}

function go(f) {
	if (f !== zoomed) {
		zoom(f);
		save(true);
	}
}

// Keys. One frame at a time can be reached with Tab; arrows move that place.
function stand(f, focus) {
	at.g.removeAttribute('tabindex');
	at = f;
	at.g.setAttribute('tabindex', 0);
	if (!focus)
		return;
	at.g.focus({preventScroll: true});
	const r = at.rect.getBoundingClientRect();
	if (alone && (r.top < headHeight || r.bottom > innerHeight - 34))
		scrollBy(0, r.top - innerHeight / 2);
	drawRing();
}

function find(from, step, wanted, stop) {
	for (let i = from.index + step; frames[i]; i += step) {
		if (frames[i].shown && wanted(frames[i]))
			return frames[i];
		if (stop && stop(frames[i]))
			break;
	}
	return null;
}

function widestChild(f) {
	let best = null;
	find(f, 1, c => {
		if (c.depth === f.depth + 1 && c.start < f.end && (!best || c.total > best.total))
			best = c;
		return false;
	}, c => c.depth <= f.depth);
	return best;
}

function walk(key) {
	const out = inverted ? 'ArrowDown' : 'ArrowUp', back = inverted ? 'ArrowUp' : 'ArrowDown';
	if (key === out)
		return widestChild(at);
	if (key === back)
		return find(at, -1, f => f.depth === at.depth - 1);
	return find(at, key === 'ArrowRight' ? 1 : -1, f => f.depth === at.depth);
}

function escape() {
	if (document.activeElement === input) {
		input.value = '';
		search('');
		stand(at, true);
	} else if (zoomed !== all) {
		zoom(all);
	} else {
		input.value = '';
		search('');
	}
	save(false);
}

function onFrame(e) {
	if (/^Arrow/.test(e.key)) {
		const f = walk(e.key);
		if (f)
			stand(f, true);
	} else if (e.key === 'Enter' || e.key === ' ') {
		go(at);
	} else {
		return;
	}
	e.preventDefault();
}

document.addEventListener('keydown', e => {
	if (!alone && !svg.contains(document.activeElement))
		return;
	if (document.activeElement !== input && ((e.ctrlKey || e.metaKey) && e.key === 'f' ||
		e.key === '/')) {
		e.preventDefault();
		input.focus();
		input.select();
	} else if (e.key === 'Escape') {
		escape();
	} else if (document.activeElement === at.g && !e.ctrlKey && !e.metaKey && !e.altKey) {
		onFrame(e);
	}
});

const under = e => e.target.closest && frameOf.get(e.target.closest('.frames > g'));
layer.addEventListener('click', e => {
	const f = under(e);
	if (!f)
		return;
	stand(f, true);
	go(f);
});
layer.addEventListener('pointerover', e => tell(under(e)));
layer.addEventListener('pointerleave', () => tell(null));
// Not on the layer: Chromium takes an SVG element that listens for focus for one that wants it.
document.addEventListener('focusin', e => tell(under(e)));
document.addEventListener('focusout', drawRing);
input.addEventListener('input', () => {
	search(input.value);
	save(false);
});
reset.addEventListener('click', () => go(all));
addEventListener('popstate', restore);
addEventListener('hashchange', restore);
addEventListener('resize', layout);
addEventListener('scroll', stick, {passive: true});

stand(all, false);
restore();
if (alone && !inverted && !scrollY)
	scrollTo(0, svg.getAttribute('height'));
})();
