#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which rules of docs/spec were proven in a test run.

    tools/rules.py [--write] [--top FOLDER] RESULTS.json...

RESULTS are Meson's logs of one run (meson-logs/*.json), with each test's output in them. A rule is
proven by a test that passed and names it (tests/ps_test.h). docs/rules-exceptions.txt excuses the rest.
It fails on
  - a rule id, in a test or in the exceptions, that no page of docs/spec defines
  - a rule that is both proven and excused by its own id
  - a rule of a finished page that is neither
  - more than 5 % of a finished page excused as hardware-only or documentation-only
  - once verifier.md is finished: a rule that src/verifier/rules.def enforces without a test that names its
    near miss, `~VF-31`: legal code close to a violation, about which nothing is said.
--write makes docs/rules.md. Without it the page is compared, and told of when it is out of date.

The exceptions: lines `ID CLASS REASON`, comments with #, and `finished PAGE.md...`. Instead of an ID a
range, `SB-1..SB-40`, may stand with the class `later`; it excuses those of its rules that no test proves.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[1]
CLASSES = ("hardware-only", "documentation-only", "later")
MOST_EXCUSED = 0.05
DEFINITION = re.compile(r"^(?:- |\| )\*\*([A-Z]+-\d+[a-z]?)\*\*", re.M)

Excuse = collections.namedtuple("Excuse", "kind reason")


def natural(rule):
    prefix, number, letter = re.fullmatch(r"([A-Z]+)-(\d+)([a-z]?)", rule).groups()
    return prefix, int(number), letter


class Rules:
    def __init__(self, docs):
        self.docs = docs
        self.complaints = []
        self.pages = {}                              # page -> its rules, in order
        self.page_of = {}                            # rule -> page
        self.excused = {}                            # rule -> Excuse
        self.finished = []
        self.tests = collections.defaultdict(list)   # rule -> tests that proved it
        self.near = set()                            # rules whose near miss stayed silent

    def complain(self, text):
        self.complaints.append(text)

    # ---- what there is ---------------------------------------------------------------------------------

    def read_spec(self):
        for path in sorted((self.docs / "spec").glob("*.md")):
            rules = DEFINITION.findall(path.read_text())
            self.pages[path.name] = rules
            for rule in rules:
                if rule in self.page_of:
                    self.complain(f"{rule} is defined twice, in {self.page_of[rule]} and {path.name}")
                self.page_of[rule] = path.name

    def read_results(self, path):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            test = None
            for text in record.get("stdout", "").splitlines():
                passed = re.match(r"ok \d+ - (\S+)$", text)
                if passed:
                    test = passed.group(1)
                elif text.startswith("# rules:") and test:
                    self.prove(f"{record['name'].split(' / ')[-1].split(':')[-1]}: {test}", text[8:].split())
                elif not text.startswith("#"):
                    test = None

    def prove(self, test, rules):
        for rule in rules:
            if rule.lstrip("~") not in self.page_of:
                self.complain(f"{rule}: no page defines it, but {test} names it")
            elif rule.startswith("~"):
                self.near.add(rule[1:])
            elif test not in self.tests[rule]:
                self.tests[rule].append(test)

    # ---- what is excused -------------------------------------------------------------------------------

    def read_exceptions(self):
        lines = (self.docs / "rules-exceptions.txt").read_text().splitlines()
        for number, line in enumerate(lines, 1):
            words = line.split(None, 2)
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "finished":
                self.finished += line.split()[1:]
            elif len(words) < 3 or words[1] not in CLASSES:
                self.complain(f"rules-exceptions.txt:{number}: not `ID CLASS REASON`")
            else:
                self.excuse(number, words[0], Excuse(words[1], words[2]))
        for page in self.finished:
            if page not in self.pages:
                self.complain(f"rules-exceptions.txt: there is no page {page}")

    def excuse(self, number, what, excuse):
        where = f"rules-exceptions.txt:{number}"
        if ".." in what:
            self.excuse_range(where, what, excuse)
        elif what not in self.page_of:
            self.complain(f"{where}: no page defines {what}")
        elif what in self.excused:
            self.complain(f"{where}: {what} is excused twice")
        elif what in self.tests:
            self.complain(f"{where}: {what} is excused, but proven by {self.tests[what][0]}")
        else:
            self.excused[what] = excuse

    def excuse_range(self, where, what, excuse):
        ends = what.split("..")
        unknown = [end for end in ends if end not in self.page_of]
        if len(ends) != 2 or unknown or excuse.kind != "later":
            self.complain(f"{where}: a range is FIRST..LAST, of rules that exist, and of class later")
            return
        first, last = map(natural, ends)
        inside = [rule for rule in self.page_of
                  if natural(rule)[0] == first[0] and first <= natural(rule) <= last]
        if first[0] != last[0] or not inside:
            self.complain(f"{where}: nothing lies between {ends[0]} and {ends[1]}")
        for rule in inside:
            if rule not in self.tests:
                self.excused.setdefault(rule, excuse)

    # ---- the verdict -----------------------------------------------------------------------------------

    def check_finished(self):
        for page in self.finished:
            rules = self.pages.get(page, [])
            open_rules = [r for r in rules if r not in self.tests and r not in self.excused]
            if open_rules:
                self.complain(f"{page} is finished, but neither proven nor excused: {' '.join(open_rules)}")
            excused = [r for r in rules if r in self.excused and self.excused[r].kind != "later"]
            if len(excused) > MOST_EXCUSED * len(rules):
                self.complain(f"{page}: {len(excused)} of {len(rules)} rules are excused, "
                              f"more than {100 * MOST_EXCUSED:.0f} %")

    def check_near_misses(self):
        rules = self.docs.parent / "src/verifier/rules.def"
        if "verifier.md" not in self.finished or not rules.exists():
            return
        enforced = re.findall(r'^RULE\("([^"]+)", ENFORCED', rules.read_text(), re.M)
        missing = [rule for rule in enforced if rule not in self.near and rule not in self.excused]
        if missing:
            self.complain(f"enforced, but no test names a near miss: {' '.join(missing)}")

    def counts(self, page):
        rules = self.pages[page]
        kinds = collections.Counter(self.excused[r].kind for r in rules if r in self.excused)
        proven = sum(r in self.tests for r in rules)
        return [len(rules), proven, *(kinds[kind] for kind in CLASSES),
                len(rules) - proven - sum(kinds.values())]

    def table(self):
        yield ["page", "rules", "proven", *CLASSES, "open", "finished"]
        for page in self.pages:
            yield [page, *map(str, self.counts(page)), "yes" if page in self.finished else ""]

    def markdown(self):
        lines = ["# Rules and their tests", "",
                 "Made by `make rules` from the test run; not to be edited. A test is named as",
                 "`program: test`. What is not proven is excused in [rules-exceptions.txt](rules-exceptions.txt)",
                 "or, on a page that is not finished, open.", ""]
        for number, row in enumerate(self.table()):
            lines.append("| " + " | ".join(row) + " |")
            if number == 0:
                lines.append("|---" * len(row) + "|")
        for page, rules in self.pages.items():
            told = [r for r in sorted(rules, key=natural) if r in self.tests or r in self.excused]
            if not any(r in self.tests for r in told):
                continue
            lines += ["", f"## {page}", ""]
            for rule in told:
                if rule in self.tests:
                    lines.append(f"- **{rule}** " + ", ".join(f"`{t}`" for t in sorted(self.tests[rule])))
                else:
                    lines.append(f"- **{rule}** {self.excused[rule].kind}: {self.excused[rule].reason}")
        return "\n".join(lines) + "\n"


def print_table(rows):
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]))


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--top", type=pathlib.Path, default=TOP)
    parser.add_argument("results", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    rules = Rules(options.top / "docs")
    rules.read_spec()
    for path in options.results:
        rules.read_results(path)
    rules.read_exceptions()
    rules.check_finished()
    rules.check_near_misses()
    print_table(rules.table())
    page, text = options.top / "docs/rules.md", rules.markdown()
    if options.write:
        page.write_text(text)
    elif not page.exists() or page.read_text() != text:
        print("docs/rules.md is out of date; `make rules` writes it")
    for complaint in rules.complaints:
        print("rules:", complaint)
    return 1 if rules.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
