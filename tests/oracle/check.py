"""Holds folded stacks against what workload.py says is possible.

usage: check.py TRUTH [FOLDED]

Reads `pyfold --full-filenames` lines and prints one line of counts:
    total N wrong N torn N top COUNT:SHARE ...
wrong: samples whose stack could never have been; the first few are shown on stderr.
The shares are those of innermost functions and of towers (first letter), for comparing runs.
"""
import json
import re
import sys

FRAME = re.compile(r"^(.*) \((.*):(\d+)\)$")


def parse(line):
    """'main (x.py:3);a_1 (x.py:1) 17' -> ([(function, file, line)], 17); others get line 0."""
    stack, _, count = line.rstrip("\n").rpartition(" ")
    frames = []
    for text in stack.split(";"):
        m = FRAME.match(text)
        frames.append((m.group(1), m.group(2), int(m.group(3))) if m else (text, "", 0))
    return frames, int(count)


def why_wrong(frames, truth, edges):
    """None for a possible stack, else what is wrong. Frames of other files are not judged."""
    ours = [i for i, f in enumerate(frames) if f[1] == truth["file"]]
    if not ours:
        return None
    first, last = ours[0], ours[-1]
    if frames[first][0] not in truth["roots"]:
        if frames[first][0] == "<module>":
            return None
        return "begins with " + frames[first][0]
    previous = frames[first]
    for i in range(first + 1, last + 1):
        f = frames[i]
        if f[1] != truth["file"]:
            return "a frame of another file inside"
        if (previous[0], previous[2], f[0]) not in edges:
            return "%s:%d calls %s" % (previous[0], previous[2], f[0])
        previous = f
    return None


def main():
    with open(sys.argv[1]) as f:
        truth = json.load(f)
    edges = {tuple(e) for e in truth["edges"]}
    total = wrong = torn = ours = shown = 0
    leaves, tower = {}, {}
    for line in open(sys.argv[2]) if len(sys.argv) > 2 else sys.stdin:
        frames, count = parse(line)
        total += count
        if frames[-1][0].startswith("[torn]"):
            torn += count
            frames.pop()
        why = why_wrong(frames, truth, edges)
        if why:
            wrong += count
            shown += 1
            if shown < 10:
                sys.stderr.write("wrong: %s in %s\n" % (why, line))
            continue
        mine = [f for f in frames if f[1] == truth["file"]]
        if mine and mine[0][0] in truth["roots"]:
            ours += count
            name = mine[-1][0]
            leaves[name] = leaves.get(name, 0) + count
            key = next((f[0] for f in mine if "_" in f[0]), name).split("_")[0]
            tower[key] = tower.get(key, 0) + count
    share = lambda d: " ".join("%s:%.2f" % (k, 100.0 * v / ours) for k, v in sorted(d.items()))
    deepest = {k: v for k, v in leaves.items() if k in truth["leaves"]}
    print("total %d wrong %d torn %d towers %s leaves %s"
          % (total, wrong, torn, share(tower), share(deepest)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
