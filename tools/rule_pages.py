#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what `portside explain` prints: tools/rule_pages.py TOP OUT.txt OUT.d

For each rule of docs/spec a page: its text, the page and section it stands on, what the verifier does about it
(src/verifier/rules.def), a test that shows it, and the member of the zoo that breaks it (zoo/members.toml).
A page begins with a line "@RULE"; the pages stand in the order of files and rules.
"""
import pathlib
import re
import sys
import textwrap
import tomllib

START = re.compile(r"^(?:- |\| )\*\*([A-Z]+-\d+[a-z]?)\*\*(.*)$")
ENTRY = re.compile(r'^RULE\("([^"]+)", (\w+), (\w+), (0x[0-9A-F]+|0), "([^"]*)", "([^"]*)"\)$', re.M)
TEST = re.compile(r"^PS_TEST\((\w+)([^)]*)\)\n(\{\n.*?\n\}\n)", re.M | re.S)
FUNCTION = re.compile(r"^(?:static [^\n(]*?\b(\w+)\([^;{]*?\)\n\{\n.*?\n\}\n)", re.M | re.S)
LONGEST_EXAMPLE = 45  # lines
WIDTH = 100


# ---- docs/spec -----------------------------------------------------------------------------------------

def plain(text):
    """Without Markdown's marks."""
    return re.sub(r"(?<!\\)[*`]+", "", text).replace("\\|", "|").strip()


def cells(line):
    return [plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def from_row(line, head):
    """A table's row: the columns under their names, the rule's own id left out."""
    pairs = list(zip(head, cells(line)))[1:]
    return "\n".join(f"{name or 'Note'}: {text}" for name, text in pairs if text)


def read_page(path):
    """(rule, text, section) of one page."""
    lines = path.read_text().splitlines()
    section, head, rules = "", [], []
    for number, line in enumerate(lines):
        if line.startswith("#"):
            section = plain(line.lstrip("# "))
        if line.startswith("|") and number + 1 < len(lines) and re.match(r"^\|[-| :]+\|?$", lines[number + 1]):
            head = cells(line)
        start = START.match(line)
        if start and line.startswith("|"):
            rules.append((start[1], from_row(line, head), section))
        elif start:
            text = [start[2]]
            for more in lines[number + 1:]:
                if not more.startswith("  "):
                    break
                text.append(more)
            rules.append((start[1], plain(" ".join(part.strip() for part in text)), section))
    return rules


# ---- the verifier, the tests, the zoo --------------------------------------------------------------------

def read_verifier(top):
    """rule, and each id of the contract that stands for it -> line of rules.def."""
    found = {}
    for line in ENTRY.finditer((top / "src/verifier/rules.def").read_text()):
        for rule in [line[1], *line[5].split()]:
            found[rule] = line
    return found


def with_functions(body, functions):
    """A test's lines, after those of the functions of its file that it names."""
    named = [functions[word] for word in dict.fromkeys(re.findall(r"\w+", body)) if word in functions]
    return "\n".join([*named, body]).splitlines()


def read_tests(top):
    """rule -> (file, test, lines): of the tests that name it the one with the fewest lines."""
    found = {}
    for path in sorted((top / "tests").glob("*_test.c")):
        source = path.read_text()
        functions = {function[1]: function[0] for function in FUNCTION.finditer(source)}
        for test in TEST.finditer(source):
            lines = with_functions(test[0], functions)
            for rule in re.findall(r'"([^"~]+)"', test[2]):
                if rule not in found or len(lines) < len(found[rule][2]):
                    found[rule] = (path.name, test[1], lines)
    return found


def read_zoo(top):
    """rule -> members that break it."""
    path, found = top / "zoo/members.toml", {}
    members = tomllib.loads(path.read_text()).get("member", []) if path.exists() else []
    for member in members:
        found.setdefault(member["rule"], []).append(member["name"])
    return found


def verdict(rule, entry):
    _, name, state, mode, code, also, reason = entry.group(0, 1, 2, 3, 4, 5, 6)
    if state == "NOT_MODELLED":
        return f"The verifier ({name}): not modelled: {reason}."
    does = {"STOP": "the finding ends the run", "REPORT": "the finding is reported, and the run goes on",
            "REMARK": "a remark, for which no run fails"}[mode]
    text = f"The verifier ({name}): {does}; " + (f"bug check {code}." if int(code, 16) else "Windows has no code.")
    if state == "OFF_BY_DEFAULT":
        text = f"The verifier ({name}): off unless --rule {name}=stop or =report asks for it."
    others = [word for word in [name, *also.split()] if word != rule]
    return text + (f" See also {', '.join(others)}." if others else "")


# ---- pages ---------------------------------------------------------------------------------------------

def wrap(text, indent=""):
    return "\n".join(textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ",
                                   break_long_words=False, break_on_hyphens=False)
                     for line in text.splitlines())


def page(rule, text, where, entry, test, members):
    parts = [rule, "", wrap(text), "", f"From docs/spec/{where[0]}, {where[1]}."]
    if entry:
        parts.append(wrap(verdict(rule, entry)))
    if members:
        parts.append(f"In the zoo: {', '.join(members)}.")
    if test:
        name, function, lines = test
        parts += ["", f"Example, tests/{name}, {function}:", ""]
        parts += ["    " + line if line else "" for line in lines[:LONGEST_EXAMPLE]]
        if len(lines) > LONGEST_EXAMPLE:
            parts.append("    ...")
    return "\n".join(parts).rstrip() + "\n"


def read_files(top):
    """What a page may come from; told to Ninja."""
    return [top / "src/verifier/rules.def", *(top / "docs/spec").glob("*.md"), *(top / "tests").glob("*_test.c"),
            *(top / "zoo").glob("members.toml")]


def main():
    top, out, depends = map(pathlib.Path, sys.argv[1:4])
    entries, tests, zoo = read_verifier(top), read_tests(top), read_zoo(top)
    pages = []
    for path in sorted((top / "docs/spec").glob("*.md")):
        for rule, text, section in read_page(path):
            entry = entries.get(rule)
            test = tests.get(rule) or (entry and tests.get(entry[1]))
            members = zoo.get(rule) or (entry and zoo.get(entry[1])) or []
            pages.append(f"@{rule}\n" + page(rule, text, (path.name, section), entry, test, members))
    out.write_text("".join(pages))
    depends.write_text(f"{out}: {' '.join(str(path) for path in sorted(read_files(top)))}\n")


main()
