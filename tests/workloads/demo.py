"""What `make demo` records: a small static wiki, built from nothing but the standard library.

It writes pages and an access log (always the same ones), parses the wiki text, renders HTML in
worker threads, checks every link, builds a search index and answers queries, reads its own source
and that of some of the standard library for the reference pages, sums up the access log, sets the
weekly puzzle and packs it all. Several seconds of honest work; prints what it found.

    python3 demo.py [SCALE]        1 is the usual size
"""

import argparse
import ast
import collections
import csv
import datetime
import difflib
import hashlib
import heapq
import html
import html.parser
import io
import json
import queue
import random
import re
import statistics
import sys
import textwrap
import threading
import time
import tokenize
import xml.etree.ElementTree as ElementTree
import zlib

SEED = 20260101

SYLLABLES = (
    "ba be bi bo da de di do fa fe ka ke ki ko la le li lo ma me mi mo na ne ni no "
    "pa pe ra re ri ro sa se si so ta te ti to va ve vi vo za ze"
).split()


# --- The corpus: pages of wiki text and an access log ---------------------------------------------


class Corpus:
    """Pages by title, and the log lines of a week; equal for equal seeds."""

    def __init__(self, pages, requests, seed=SEED):
        self.random = random.Random(seed)
        self.words = self.make_words(1500)
        self.titles = self.make_titles(pages)
        self.pages = {title: self.make_page(title) for title in self.titles}
        self.log = [self.make_request(n) for n in range(requests)]

    def make_words(self, count):
        words = set()
        while len(words) < count:
            words.add("".join(self.random.choices(SYLLABLES, k=self.random.randint(1, 4))))
        return sorted(words)

    def pick_word(self):
        # A few words make most of any text (Zipf).
        return self.words[min(int(self.random.paretovariate(0.7)), len(self.words)) - 1]

    def make_titles(self, count):
        titles = set()
        while len(titles) < count:
            words = self.random.sample(self.words, self.random.randint(1, 3))
            titles.add(" ".join(word.capitalize() for word in words))
        return sorted(titles)

    def pick_target(self):
        # One link in thirty leads nowhere.
        title = self.random.choice(self.titles)
        return title if self.random.random() > 1 / 30 else title + " Removed"

    def make_sentence(self):
        words = [self.pick_word() for _ in range(self.random.randint(5, 14))]
        if self.random.random() < 0.4:
            place = self.random.randrange(len(words))
            words[place] = "[[%s|%s]]" % (self.pick_target(), words[place])
        if self.random.random() < 0.2:
            words[-1] = "'''%s ''%s'''''" % (words[-1], self.pick_word())
        if self.random.random() < 0.1:
            words.append("{{note|%s|by=%s}}" % (self.pick_word(), self.pick_word()))
        words[0] = words[0][:1].upper() + words[0][1:]
        return " ".join(words) + "."

    def make_page(self, title):
        lines = ["= %s =" % title]
        for _ in range(self.random.randint(2, 5)):
            lines.append("== %s ==" % self.pick_word().capitalize())
            for _ in range(self.random.randint(1, 4)):
                count = self.random.randint(2, 6)
                lines.append(" ".join(self.make_sentence() for _ in range(count)))
            if self.random.random() < 0.5:
                lines += self.make_list(1)
        return "\n".join(lines)

    def make_list(self, depth):
        lines = []
        for _ in range(self.random.randint(1, 4)):
            lines.append("*" * depth + " " + self.make_sentence())
            if depth < 4 and self.random.random() < 0.3:
                lines += self.make_list(depth + 1)
        return lines

    def make_request(self, number):
        at = datetime.datetime(2026, 1, 5) + datetime.timedelta(seconds=number * 37)
        return '10.0.%d.%d - - [%s] "GET /%s HTTP/1.1" %d %d %.1f' % (
            self.random.randrange(4),
            self.random.randrange(12),
            at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            self.random.choice(self.titles).replace(" ", "_"),
            self.random.choices((200, 304, 404, 500), weights=(80, 12, 7, 1))[0],
            self.random.randrange(300, 40000),
            self.random.expovariate(1 / 30.0),
        )


# --- Wiki text to a tree: a lexer over re, a recursive-descent parser -----------------------------

Token = collections.namedtuple("Token", "kind text")
Node = collections.namedtuple("Node", "kind text children")


class Lexer:
    TOKENS = re.compile(
        r"(?P<bold>''')|(?P<italic>'')|(?P<link>\[\[)|(?P<unlink>\]\])"
        r"|(?P<open>\{\{)|(?P<close>\}\})|(?P<bar>\|)|(?P<word>[^'\[\]{}|]+)|(?P<other>.)"
    )

    def tokens(self, text):
        for match in self.TOKENS.finditer(text):
            yield Token(match.lastgroup, match.group())


class Parser:
    """Blocks by line, spans by recursive descent."""

    HEADING = re.compile(r"(=+) (.*?) =+$")
    ITEM = re.compile(r"(\*+) (.*)$")

    def __init__(self):
        self.lexer = Lexer()

    def parse(self, text):
        lines = collections.deque(text.split("\n"))
        blocks = []
        while lines:
            blocks.append(self.parse_block(lines))
        return Node("page", "", blocks)

    def parse_block(self, lines):
        heading = self.HEADING.match(lines[0])
        if heading:
            lines.popleft()
            return Node("heading", str(len(heading.group(1))), self.parse_spans(heading.group(2)))
        if self.ITEM.match(lines[0]):
            return self.parse_list(lines, 1)
        return Node("paragraph", "", self.parse_spans(lines.popleft()))

    def parse_list(self, lines, depth):
        items = []
        while lines:
            item = self.ITEM.match(lines[0])
            if not item or len(item.group(1)) < depth:
                break
            if len(item.group(1)) > depth:
                items.append(self.parse_list(lines, depth + 1))
            else:
                lines.popleft()
                items.append(Node("item", "", self.parse_spans(item.group(2))))
        return Node("list", "", items)

    def parse_spans(self, text):
        self.ahead = collections.deque(self.lexer.tokens(text))
        spans = []
        while self.ahead:
            spans.append(self.parse_span())
        return spans

    def parse_span(self):
        token = self.ahead.popleft()
        if token.kind in ("bold", "italic"):
            return Node(token.kind, "", self.parse_until(token.kind))
        if token.kind == "link":
            return Node("link", self.take_text(), self.parse_until("unlink"))
        if token.kind == "open":
            return Node("note", self.take_text(), self.parse_until("close"))
        return Node("text", token.text, [])

    def parse_until(self, kind):
        spans = []
        while self.ahead and self.ahead[0].kind != kind:
            spans.append(self.parse_span())
        if self.ahead:
            self.ahead.popleft()
        return spans

    def take_text(self):
        text = self.ahead.popleft().text if self.ahead else ""
        if self.ahead and self.ahead[0].kind == "bar":
            self.ahead.popleft()
        return text


# --- The tree to HTML, in worker threads ----------------------------------------------------------


class Renderer:
    TAGS = {"bold": "b", "italic": "i", "paragraph": "p", "list": "ul", "item": "li", "note": "q"}

    def render(self, node):
        inner = "".join(self.render(child) for child in node.children)
        return getattr(self, "render_" + node.kind, self.render_tag)(node, inner)

    def render_text(self, node, inner):
        return html.escape(node.text)

    def render_tag(self, node, inner):
        tag = self.TAGS[node.kind]
        return "<%s>%s</%s>" % (tag, inner, tag)

    def render_heading(self, node, inner):
        return "<h%s>%s</h%s>\n" % (node.text, inner, node.text)

    def render_link(self, node, inner):
        return '<a href="/%s">%s</a>' % (html.escape(node.text.replace(" ", "_")), inner)

    def render_page(self, node, inner):
        return "<html><body>\n%s\n</body></html>\n" % inner


class RenderPool:
    """Threads that take (title, text) from one queue and put (title, tree, html) into another."""

    def __init__(self, threads):
        self.todo = queue.Queue(maxsize=64)
        self.done = queue.Queue()
        self.threads = [
            threading.Thread(target=self.work, name="render-%d" % n) for n in range(threads)
        ]

    def work(self):
        parser, renderer = Parser(), Renderer()
        for title, text in iter(self.todo.get, None):
            tree = parser.parse(text)
            self.done.put((title, tree, renderer.render(tree)))

    def run(self, pages):
        for thread in self.threads:
            thread.start()
        for item in pages.items():
            self.todo.put(item)
        for _ in self.threads:
            self.todo.put(None)
        for thread in self.threads:
            thread.join()
        return sorted((self.done.get() for _ in range(len(pages))), key=lambda page: page[0])


# --- Checks, index and search ---------------------------------------------------------------------


class LinkChecker(html.parser.HTMLParser):
    """Collects where the links of a page lead, and its plain text."""

    def __init__(self):
        super().__init__()
        self.links = []
        self.text = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links.append(dict(attrs).get("href", "").lstrip("/").replace("_", " "))

    def handle_data(self, data):
        self.text.append(data)


def check_pages(rendered):
    texts, incoming, broken = {}, collections.Counter(), 0
    titles = {title for title, _, _ in rendered}
    for title, _, page in rendered:
        checker = LinkChecker()
        checker.feed(page)
        checker.close()
        texts[title] = "".join(checker.text)
        for link in checker.links:
            incoming[link] += 1
            broken += link not in titles
    return texts, incoming, broken


class Index:
    WORD = re.compile(r"\w+")

    def __init__(self):
        self.postings = collections.defaultdict(dict)
        self.lengths = {}

    def add(self, title, text):
        counts = collections.Counter(self.words(text))
        self.lengths[title] = sum(counts.values())
        for word, count in counts.items():
            self.postings[word][title] = count

    def words(self, text):
        for match in self.WORD.finditer(text.lower()):
            yield self.stem(match.group())

    def stem(self, word):
        for ending in ("ni", "ro", "se"):
            if len(word) > 4 and word.endswith(ending):
                return word[: -len(ending)]
        return word

    def search(self, query, best=5):
        scores = collections.Counter()
        for word in self.words(query):
            found = self.postings.get(word, {})
            for title, count in found.items():
                scores[title] += count / self.lengths[title] / (1 + len(found))
        return heapq.nlargest(best, scores.items(), key=self.rank)

    def rank(self, item):
        title, score = item
        return score, title


def suggest(index, word):
    """What was meant: the known words that look most like this one."""
    near = [known for known in index.postings if known[:1] == word[:1]]
    return difflib.get_close_matches(word, near, n=3)


# --- Reference pages: from Python's own sources ---------------------------------------------------


class Outline(ast.NodeVisitor):
    """Functions of a module with how deep their statements nest."""

    def __init__(self):
        self.found = []
        self.stack = []

    def visit_ClassDef(self, node):
        self.stack.append(node.name)
        self.generic_visit(node)
        self.stack.pop()

    def visit_FunctionDef(self, node):
        self.found.append((".".join(self.stack + [node.name]), self.depth(node)))
        self.visit_ClassDef(node)

    def depth(self, node):
        return 1 + max((self.depth(child) for child in ast.iter_child_nodes(node)), default=0)


def outline(module):
    with open(module.__file__, encoding="utf-8") as source:
        text = source.read()
    visitor = Outline()
    visitor.visit(ast.parse(text))
    kinds = collections.Counter(
        token.type for token in tokenize.generate_tokens(io.StringIO(text).readline)
    )
    return {
        "module": module.__name__,
        "functions": visitor.found,
        "tokens": sum(kinds.values()),
        "help": textwrap.wrap(" ".join(text.split()[:600]), width=60),
    }


# --- The access log -------------------------------------------------------------------------------

Request = collections.namedtuple("Request", "host when path status size took")


class LogReport:
    LINE = re.compile(
        r'(?P<host>\S+) \S+ \S+ \[(?P<when>[^]]+)\] "(?P<verb>\w+) (?P<path>\S+) [^"]*" '
        r"(?P<status>\d+) (?P<size>\d+) (?P<took>[\d.]+)"
    )

    def __init__(self, lines):
        self.requests = [self.parse_line(line) for line in lines]

    def parse_line(self, line):
        match = self.LINE.match(line)
        return Request(
            match["host"],
            datetime.datetime.strptime(match["when"], "%d/%b/%Y:%H:%M:%S %z"),
            match["path"],
            int(match["status"]),
            int(match["size"]),
            float(match["took"]),
        )

    def sessions(self):
        """Requests of one host less than half an hour apart."""
        gap = datetime.timedelta(minutes=30)
        last = None
        count = 0
        for request in sorted(self.requests, key=lambda r: (r.host, r.when)):
            if last is None or request.host != last.host or request.when - last.when > gap:
                count += 1
            last = request
        return count

    def slowest(self):
        by_path = collections.defaultdict(list)
        for request in self.requests:
            by_path[request.path].append(request.took)
        rows = [(path, len(took), statistics.median(took)) for path, took in by_path.items()]
        return sorted(rows, key=lambda row: -row[2])

    def as_csv(self):
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(Request._fields)
        writer.writerows(self.requests)
        return out.getvalue()


def busiest_hour(table):
    hours = collections.Counter()
    for row in csv.DictReader(io.StringIO(table)):
        hours[row["when"][11:13]] += int(row["size"])
    return hours.most_common(1)[0]


# --- The weekly puzzle: recursion -----------------------------------------------------------------


PUZZLES = (
    "4.....8.5.3..........7......2.....6.....8.4......1.......6.3.7.5..2.....1.4......",
    "..3.2.6..9..3.5..1..18.64....81.29..7.......8..67.82....26.95..8..2.3..9..5.1.3..",
    "1....7.9..3..2...8..96..5....53..9...1..8...26....4...3......1..41.....7..7...3..",
    "85...24..72......9..4.........1.7..23.5...9...4...........8..7..17..........36.4.",
    "..53.....8......2..7..1.5..4....53...1..7...6..32...8..6.5....9..4....3......97..",
    "12..4......5.69.1...9...5.........7.7...52.9..3......2.9.6...5.4..9..8.1..3...9.4",
)


class Sudoku:
    def __init__(self, text):
        self.grid = [int(c) for c in text.replace(".", "0")]
        self.tries = 0

    def peers(self, cell):
        row, column = divmod(cell, 9)
        corner = row // 3 * 27 + column // 3 * 3
        for i in range(9):
            yield row * 9 + i
            yield i * 9 + column
            yield corner + i // 3 * 9 + i % 3

    def choices(self, cell):
        return set(range(1, 10)) - {self.grid[peer] for peer in self.peers(cell)}

    def solve(self):
        empty = [(len(self.choices(cell)), cell) for cell in range(81) if not self.grid[cell]]
        if not empty:
            return True
        _, cell = min(empty)
        for value in sorted(self.choices(cell)):
            self.tries += 1
            self.grid[cell] = value
            if self.solve():
                return True
        self.grid[cell] = 0
        return False


# --- The package: JSON, XML, zlib, a checksum -----------------------------------------------------


def pack(rendered, texts, incoming, reference):
    site = ElementTree.Element("site")
    for title, _, page in rendered:
        entry = ElementTree.SubElement(site, "page", title=title, links=str(incoming[title]))
        ElementTree.SubElement(entry, "text").text = texts[title]
        ElementTree.SubElement(entry, "digest").text = hashlib.sha256(page.encode()).hexdigest()
    feed = ElementTree.tostring(site, encoding="unicode")
    pages = len(ElementTree.fromstring(feed).findall("page"))
    manifest = json.dumps({"pages": pages, "reference": reference, "texts": texts}, indent=1)
    assert json.loads(manifest)["pages"] == pages
    blob = zlib.compress((feed + manifest).encode())
    return pages, len(feed) + len(manifest), len(blob), hashlib.sha1(blob).hexdigest()


def build(scale):
    corpus = Corpus(pages=int(700 * scale), requests=int(36000 * scale))
    rendered = RenderPool(threads=4).run(corpus.pages)
    texts, incoming, broken = check_pages(rendered)
    links = sum(incoming.values())
    print("rendered %d pages, %d links, %d broken" % (len(rendered), links, broken))

    index = Index()
    for title, text in texts.items():
        index.add(title, text)
    queries = [corpus.make_sentence() for _ in range(int(700 * scale))]
    answers = [index.search(query) for query in queries]
    meant = [suggest(index, word[:2] + word[3:]) for word in corpus.words[: int(100 * scale)]]
    print("indexed %d words; best answer: %s; %d suggestions" % (
        len(index.postings), answers[0][0][0], sum(map(len, meant))))

    modules = [argparse, ast, csv, datetime, difflib, html.parser, json, tokenize, textwrap]
    reference = [outline(module) for module in modules * max(1, int(2 * scale))]
    print("read %d functions of %d modules" % (
        sum(len(page["functions"]) for page in reference), len(reference)))

    report = LogReport(corpus.log)
    hour, size = busiest_hour(report.as_csv())
    print("log: %d sessions; slowest %s; busiest hour %s with %d bytes" % (
        report.sessions(), report.slowest()[0][0], hour, size))

    puzzles = [Sudoku(text) for text in PUZZLES]
    solved = sum(puzzle.solve() for puzzle in puzzles)
    print("%d puzzles solved after %d tries" % (solved, sum(puzzle.tries for puzzle in puzzles)))

    print("packed %d pages, %d bytes into %d, sha1 %s" % pack(rendered, texts, incoming, reference))


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    start = time.perf_counter()
    build(scale)
    print("took %.1f s" % (time.perf_counter() - start))


if __name__ == "__main__":
    main()
