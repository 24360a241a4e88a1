// What a reader sees and does with pysvg's pictures, in chromium. Prints TAP.
'use strict';
const {chromium} = require('playwright-core');
const fs = require('fs');
const path = require('path');

const dir = process.argv[2];
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync'];
let browser, count = 0, failed = 0;

function ok(name, good, got) {
	console.log(`${good ? 'ok' : 'not ok'} ${++count} - ${name}`);
	if (!good) {
		failed++;
		console.error(`# failed: ${name}\n# got: ${JSON.stringify(got)}`);
	}
}
const is = (name, got, want) => ok(name, JSON.stringify(got) === JSON.stringify(want), got);

// A page with the picture; whatever it complains of is in page.complaints.
async function open(name, options = {}) {
	const viewport = {width: 1280, height: 800};
	const context = await browser.newContext({viewport, ...options});
	const page = await context.newPage();
	page.complaints = [];
	page.on('pageerror', e => page.complaints.push(e.message));
	page.on('console', m => page.complaints.push(m.text()));
	page.on('dialog', d => {
		page.complaints.push('dialog ' + d.message());
		d.dismiss();
	});
	await page.goto(name.includes(':') ? name : 'file://' + path.join(dir, name));
	return page;
}

// The boxes that are shown, as {name, text, x, width, y, up, hit}.
const boxes = page => page.evaluate(() => Array.from(document.querySelectorAll('.frames > g'))
	.filter(g => g.style.display !== 'none').map(g => {
		const rect = g.querySelector('rect'), text = g.querySelector('text');
		return {name: g.querySelector('title').textContent.split('\n')[0],
			text: text ? text.textContent : '', x: +rect.getAttribute('x'),
			width: +rect.getAttribute('width'), y: +rect.getAttribute('y'),
			up: g.classList.contains('up'), hit: g.classList.contains('hit')};
	}));
const box = async (page, name) => (await boxes(page)).find(b => b.name.startsWith(name));

// Labels that leave their box, and labels that are not their name or the start of it.
const badLabels = page => page.evaluate(() => {
	const bad = [];
	for (const g of document.querySelectorAll('.frames > g')) {
		const text = g.querySelector('text'), rect = g.querySelector('rect');
		if (!text || g.style.display === 'none')
			continue;
		const t = text.getBBox(), r = rect.getBBox();
		const name = g.querySelector('title').textContent.split('\n')[0];
		const end = +text.getAttribute('x') + text.getComputedTextLength();
		if (end > r.x + r.width + 0.01 || t.x < r.x || t.x + t.width > r.x + r.width + 0.01)
			bad.push([name, text.textContent, end, r.x + r.width]);
		if (t.y + t.height > r.y + r.height + 2 || t.y < r.y - 2)
			bad.push([name, 'height', t.y, t.height, r.y, r.height]);
		if (text.textContent !== name && !(text.textContent.endsWith('\u2026') &&
			name.startsWith(text.textContent.slice(0, -1))))
			bad.push([name, text.textContent]);
	}
	return bad;
});

// Pairs of things in heading and foot that lie on one another, and what leaves the window.
const badHeading = page => page.evaluate(() => {
	const all = '.title,.summary,.keys>g,.details,.note,.bar>*';
	const parts = [...document.querySelectorAll(all)]
		.filter(e => getComputedStyle(e).display !== 'none')
		.filter(e => e.textContent || e.type)
		.map(e => [e.textContent || e.tagName, e.getBoundingClientRect()])
		.filter(([, r]) => r.width > 0);
	const bad = parts.filter(([, r]) => r.left < 0 || r.right > innerWidth + 0.5)
		.map(p => p[0]);
	for (const [a, p] of parts)
		for (const [b, q] of parts)
			if (a !== b && p.left < q.right - 0.5 && q.left < p.right - 0.5 &&
				p.top < q.bottom - 3 && q.top < p.bottom - 3)
				bad.push([a, b]);
	return bad;
});

async function click(page, name) {
	const at = await page.evaluate(name => {
		const g = Array.from(document.querySelectorAll('.frames > g'))
			.filter(g => g.style.display !== 'none')
			.find(g => g.querySelector('title').textContent.startsWith(name));
		const r = g.querySelector('rect').getBoundingClientRect();
		return {x: r.x + r.width / 2, y: r.y + r.height / 2};
	}, name);
	await page.mouse.click(at.x, at.y);
}

const share = page => page.textContent('.bar output');
const details = page => page.textContent('.details');
const focused = page => page.evaluate(() => {
	const e = document.activeElement, t = e && e.querySelector('title');
	return t ? t.textContent.split('\n')[0] : e ? e.tagName.toLowerCase() : '';
});

async function zooming() {
	const page = await open('small.svg');
	const before = await box(page, 'thread');
	is('a picture as wide as its window', Math.round((await box(page, 'all')).width), 1256);
	await click(page, 'load (report.py:14)');
	const b = await boxes(page);
	is('a click zooms: what stands on the box, and its callers',
		b.map(b => b.name + (b.up ? ' up' : '')),
		['all up', 'main (report.py:88) up', 'load (report.py:14)', 'read ([libc.so.6])']);
	ok('in full width', b.every(b => Math.abs(b.width - 1255.5) < 0.1), b);
	ok('labels fill their boxes', b.every(b => b.text === b.name), b);
	is('and fit', await badLabels(page), []);
	is('the details name the box', await details(page),
		'load (report.py:14)20 samples, 10.00%, 100% of the view');
	await page.click('text=Reset zoom');
	is('the button shows all again', (await boxes(page)).length, 15);
	ok('and hides', !await page.isVisible('text=Reset zoom'));
	await click(page, 'thread');
	ok('a label is cut', /^t.*\u2026$/.test(before.text), before);
	is('then whole', (await box(page, 'thread')).text, before.name);
	await click(page, 'all');
	is('a click on all zooms out', (await boxes(page)).length, 15);
	await click(page, 'load (report.py:12)');
	await page.keyboard.press('Escape');
	is('and Escape', (await boxes(page)).length, 15);
	await page.setViewportSize({width: 600, height: 800});
	await page.waitForFunction(() =>
		document.querySelector('.frames rect').getAttribute('width') < 600);
	is('the picture follows its window', Math.round((await box(page, 'all')).width), 576);
	is('and its labels', await badLabels(page), []);
	is('nothing was complained of', page.complaints, []);
}

async function searching() {
	const page = await open('small.svg');
	await page.keyboard.press('Control+f');
	is('Ctrl-F reaches the search', await focused(page), 'input');
	await page.keyboard.type('main');
	is('recursion counts once', await share(page), '95.00% matched');
	is('matches are lit', (await boxes(page)).filter(b => b.hit).length, 3);
	await page.fill('input', 'LOAD');
	is('upper case is meant', await share(page), '0% matched');
	await page.fill('input', 'Report\\.py:1[0-9]\\)');
	is('also beside escapes', await share(page), '0% matched');
	await page.fill('input', 'report\\.py:1[0-9]\\)$');
	is('a regular expression', await share(page), '60.00% matched');
	await page.fill('input', '\\[libc');
	is('shares add up', await share(page), '14.50% matched');
	await click(page, 'load (report.py:14)');
	is('zoomed: of the view too', await share(page), '14.50% matched, 100% of the view');
	await page.fill('input', '(');
	is('no regular expression', await share(page), 'not a regular expression');
	await page.fill('input', '');
	is('cleared', [await share(page), (await boxes(page)).some(b => b.hit)], ['', false]);
	await page.fill('input', 'main');
	is('below a match all is matched', await share(page), '95.00% matched, 100% of the view');
	await page.focus('input');
	await page.keyboard.press('Escape');
	is('Escape leaves the search', [await share(page), await focused(page)],
		['', 'load (report.py:14)']);
	is('nothing was complained of', page.complaints, []);
}

async function linking() {
	const page = await open('small.svg');
	await click(page, 'groupby');
	await page.keyboard.press('/');
	await page.keyboard.type('main.*1\\)');
	const before = await boxes(page), url = page.url();
	ok('zoom and search are in the address', /#.*z=.*&s=main/.test(url), url);
	await page.reload();
	is('a reload shows the same', await boxes(page), before);
	is('and the same share', await share(page), '30.00% matched, 85.71% of the view');
	const other = await open(url);
	is('a link passed on as well', await boxes(other), before);
	await page.fill('input', '');
	await page.goBack();
	is('back goes back', (await boxes(page)).length, 15);
	await page.goForward();
	is('and forward', (await boxes(page)).length, 5);
	await page.goto(url.replace(/#.*/, '#z=9-9-9&s=%5B'));
	is('a wrong address is survived', [(await boxes(page)).length, await share(page)],
		[15, 'not a regular expression']);
	is('nothing was complained of', page.complaints, []);
}

async function keys() {
	for (const [name, up, down] of [['small.svg', 'ArrowUp', 'ArrowDown'],
		['icicle.svg', 'ArrowDown', 'ArrowUp']]) {
		const page = await open(name), at = [];
		const press = async key => {
			await page.keyboard.press(key);
			at.push(await focused(page));
		};
		await press('Tab');
		while (at[at.length - 1] !== 'all' && at.length < 5)
			await press('Tab');
		at.length = 0;
		for (const key of [up, up, 'ArrowRight', 'ArrowLeft', 'ArrowLeft',
			down, down, down])
			await press(key);
		is(name + ': the arrows walk', at, ['main (report.py:88)', 'load (report.py:12)',
			'load (report.py:14)', 'load (report.py:12)', 'load (report.py:12)',
			'main (report.py:88)', 'all', 'all']);
		await press(up);
		const ring = await page.evaluate(() => {
			const r = document.querySelector('.ring').getBoundingClientRect();
			const b = document.activeElement.children[1].getBoundingClientRect();
			return [r.x - b.x, r.y - b.y, r.width - b.width]
				.every(d => Math.abs(d) < 3);
		});
		ok(name + ': the focus is seen', ring);
		is(name + ': and told', await details(page),
			'main (report.py:88)120 samples, 60.00%');
		await press('Enter');
		is(name + ': Enter zooms', (await boxes(page)).length, 7);
		await press('Escape');
		is(name + ': Escape goes back', (await boxes(page)).length, 15);
		is(name + ': the focus stays', await focused(page), 'main (report.py:88)');
		is(name + ': nothing was complained of', page.complaints, []);
	}
}

async function touching() {
	const page = await open('small.svg', {hasTouch: true, isMobile: true,
		viewport: {width: 390, height: 700}});
	const r = await page.evaluate(() => {
		const b = document.querySelectorAll('.frames > g rect')[2].getBoundingClientRect();
		return {x: b.x + b.width / 2, y: b.y + b.height / 2};
	});
	await page.touchscreen.tap(r.x, r.y);
	is('a tap zooms', (await boxes(page)).filter(b => !b.up).map(b => b.name), [
		'main (report.py:88)', 'load (report.py:12)',
		'loads (lib/python3.11/json/__init__.py:346)',
		'decode (lib/python3.11/json/decoder.py:337)',
		'load (report.py:14)', 'read ([libc.so.6])']);
}

async function hostile() {
	const page = await open('hostile.svg');
	const names = (await boxes(page)).map(b => b.name).sort();
	is('hostile names are text', names, ['all', '<script>window.hacked = 1</script>', ']]><b>',
		'"quo" & \'te\'', '<img src=x onerror="window.hacked=1">', '${alert(1)}',
		'</title></g></svg>', '\\x1b[31mred', '\\xff\\xc0\\x80 no utf-8',
		'a \\u202etxt.exe', '\u6f22\u5b57\u306e\u95a2\u6570\u540d\u304c' +
		'\u3053\u3053\u306b\u3042\u308a\u307e\u3059' +
		' (\u30d5\u30a1\u30a4\u30eb\u540d.py:12)', '\u95a2\u6570',
		'\u{1f40d}'.repeat(8) + ' (\u{1f40d}.py:1)', 'a;b\\x0ac'].sort());
	is('and run nothing', await page.evaluate(() => [window.hacked === undefined,
		...['script', 'img,b'].map(s => document.querySelectorAll(s).length)]),
		[true, 1, 0]);
	is('their labels fit', await badLabels(page), []);
	for (const name of names.filter(n => n !== 'all')) {
		await click(page, name);
		is('zoomed, all of it fits', (await box(page, name)).text, name);
		await page.keyboard.press('Escape');
	}
	is('nothing was complained of', page.complaints, []);
}

// The contrast of a label to its box, WCAG 2: at least 4.5 is readable.
const contrasts = page => page.evaluate(() => {
	const light = css => {
		const v = css.match(/[\d.]+/g).slice(0, 3).map(c => c / 255)
			.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
	};
	const probe = document.querySelector('.frames').firstElementChild;
	const rect = probe.querySelector('rect'), text = probe.querySelector('text');
	const kept = rect.getAttribute('class'), worst = [];
	for (const rule of document.styleSheets[0].cssRules)
		if (/^\.pysvg \.[a-z]\d$/.test(rule.selectorText)) {
			rect.setAttribute('class', rule.selectorText.slice(-2));
			const a = light(getComputedStyle(rect).fill);
			const b = light(getComputedStyle(text).fill);
			worst.push((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
		}
	rect.setAttribute('class', kept);
	return worst;
});

async function schemes() {
	const seen = [];
	for (const colorScheme of ['light', 'dark']) {
		const page = await open('small.svg', {colorScheme});
		const c = await contrasts(page);
		is(colorScheme + ': five kinds in eight shades', c.length, 40);
		ok(colorScheme + ': labels are readable on all', Math.min(...c) >= 4.5, c);
		seen.push(await page.evaluate(() =>
			getComputedStyle(document.documentElement).backgroundColor +
			getComputedStyle(document.querySelector('.title')).fill));
	}
	ok('light and dark differ', seen[0] !== seen[1], seen);
}

async function still() {
	const page = await open('small.svg', {javaScriptEnabled: false});
	// Scripts of the page are off; ours, from outside, are not.
	is('without scripts: every box', (await boxes(page)).length, 15);
	ok('with labels', (await boxes(page)).filter(b => b.text).length > 8);
	is('that fit', await badLabels(page), []);
	is('no tools that would not work', await page.locator('input').count(), 0);
	const hostile = await open('hostile.svg', {javaScriptEnabled: false});
	is('hostile labels fit as well', await badLabels(hostile), []);
	await page.setViewportSize({width: 500, height: 600});
	const r = await page.evaluate(() =>
		document.querySelector('.frames rect').getBoundingClientRect().right);
	ok('a narrow window scales it', r <= 500, r);
}

async function headings() {
	for (const name of ['small.svg', 'narrow.svg']) {
		for (const width of [1280, 800, 600, 400, 320]) {
			const page = await open(name, {viewport: {width, height: 700}});
			is(`${name}, ${width} px: heading and foot`, await badHeading(page), []);
			is(`${name}, ${width} px: labels`, await badLabels(page), []);
			await page.keyboard.press('Control+f');
			await page.keyboard.type('f');
			await page.evaluate(() => document.querySelectorAll('.frames > g')[2]
				.dispatchEvent(new MouseEvent('click', {bubbles: true})));
			is(`${name}, ${width} px: zoomed and searched`, await badHeading(page), []);
			await page.context().close();
		}
	}
	const page = await open('narrow.svg');
	ok('what is not drawn is said', /boxes narrower than 5 px, counted but not drawn/
		.test(await page.textContent('.note')), await page.textContent('.note'));
}

async function tall() {
	const page = await open('tall.svg');
	const seen = () => page.evaluate(() => ['.title', '.details', '.bar input'].map(s =>
		document.querySelector(s).getBoundingClientRect()).every(r =>
		r.top >= 0 && r.bottom <= innerHeight));
	ok('a tall picture begins at its root', await page.evaluate(() =>
		document.querySelector('.frames').getBoundingClientRect().bottom <= innerHeight));
	ok('heading and foot are in sight', await seen());
	await page.evaluate(() => scrollTo(0, 0));
	await page.waitForFunction(() => scrollY === 0);
	await page.waitForTimeout(100);
	ok('also when it scrolls', await seen());
	await page.focus('.frames > g[tabindex]');
	for (let i = 0; i < 120; i++)
		await page.keyboard.press('ArrowUp');
	ok('walking scrolls along', await page.evaluate(() => {
		const r = document.activeElement.querySelector('rect').getBoundingClientRect();
		return r.top > 60 && r.bottom < innerHeight;
	}), await focused(page));
	is('nothing was complained of', page.complaints, []);
}

// In pages of others: as an image, in a frame, and as a part of the page itself.
async function embedded() {
	const svg = fs.readFileSync(path.join(dir, 'small.svg'), 'utf8').replace(/^<\?xml.*\n/, '');
	fs.writeFileSync(path.join(dir, 'page.html'), '<!doctype html><meta charset="utf-8">' +
		'<p>before</p><img src="small.svg" width="600">' +
		'<div style="width:700px">' + svg + '</div>' +
		'<iframe src="small.svg" width="500" height="300"></iframe>');
	const page = await open('page.html');
	is('an image has a size of its own', await page.evaluate(() => {
		const i = document.querySelector('img');
		return [i.naturalWidth, i.naturalHeight > 100, i.complete];
	}), [1200, true, true]);
	is('in a page it takes the width it gets', Math.round((await box(page, 'all')).width), 676);
	await click(page, 'load (report.py:14)');
	is('and works', (await boxes(page)).length, 4);
	const fixed = await open('fixed.svg');
	is('a fixed width stays', Math.round((await box(fixed, 'all')).width), 876);
	is('nothing was complained of', [page.complaints, fixed.complaints], [[], []]);
}

(async () => {
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: flags});
	for (const part of [zooming, searching, linking, keys, touching, hostile, schemes, still,
		headings, tall, embedded]) {
		try {
			await part();
		} catch (e) {
			ok(part.name + ' runs to its end', false, e.message);
		}
	}
	await browser.close();
	console.log('1..' + count);
	process.exit(failed ? 1 : 0);
})();
