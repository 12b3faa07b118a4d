#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/rules.py on small trees. SOURCE is the top of the real one."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from ps_test import main, test

TOOL = pathlib.Path(os.environ["SOURCE"]) / "tools/rules.py"
PAGE = "# A page\n\n- **XX-1** One. See **XX-2**.\n- **XX-2** Two.\n\n| Id |\n|---|\n| **XX-2a** | more |\n"


def rules(output="", exceptions="", page=PAGE, write=False, name="page.md", enforced=None):
    """Exit status and what is printed, for a run whose only program printed `output`."""
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        (top / "docs/spec").mkdir(parents=True)
        (top / "docs/spec" / name).write_text(page)
        if enforced:
            (top / "src/verifier").mkdir(parents=True)
            (top / "src/verifier/rules.def").write_text(f'RULE("{enforced}", ENFORCED, STOP, 0, "", "")\n')
        (top / "docs/rules-exceptions.txt").write_text(exceptions)
        results = top / "results.json"
        results.write_text(json.dumps({"name": "portside:unit / program", "stdout": output}) + "\n")
        done = subprocess.run([sys.executable, TOOL, "--top", top, *["--write"] * write, results],
                              capture_output=True, text=True, check=False)
        assert done.stderr == "", done.stderr
        if write:
            return (top / "docs/rules.md").read_text()
        return done.returncode, done.stdout


def passed(*ids):
    return "1..1\nok 1 - a_test\n# rules: " + " ".join(ids) + "\n"


def must_fail(text, **arguments):
    status, output = rules(**arguments)
    assert status == 1 and text in output, output


def must_pass(**arguments):
    status, output = rules(**arguments)
    assert status == 0, output


@test()
def unfinished_pages_may_be_open():
    must_pass()


@test()
def finished_pages_may_not():
    must_fail("XX-2a", output=passed("XX-1", "XX-2"), exceptions="finished page.md\n")
    must_pass(output=passed("XX-1", "XX-2", "XX-2a"), exceptions="finished page.md\n")


@test()
def failed_and_skipped_tests_prove_nothing():
    failed = "1..1\nnot ok 1 - a_test\n# rules: XX-1 XX-2 XX-2a\n"
    skipped = "1..1\nok 1 - a_test # SKIP no\n# rules: XX-1 XX-2 XX-2a\n"
    must_fail("XX-1 XX-2 XX-2a", output=failed, exceptions="finished page.md\n")
    must_fail("XX-1 XX-2 XX-2a", output=skipped, exceptions="finished page.md\n")


@test()
def ids_that_no_page_defines():
    must_fail("XX-9", output=passed("XX-9"))
    must_fail("XX-9", exceptions="XX-9 later why\n")
    must_fail("nopage.md", exceptions="finished nopage.md\n")


@test()
def proven_and_excused():
    must_fail("XX-1 is excused", output=passed("XX-1"), exceptions="XX-1 hardware-only why\n")


@test()
def defined_or_excused_twice():
    must_fail("defined twice", page=PAGE + "- **XX-1** again\n")
    must_fail("excused twice", exceptions="XX-1 later why\nXX-1 later why\n")


@test()
def at_most_one_in_twenty_excused():
    twenty = "".join(f"- **XX-{n}** rule\n" for n in range(1, 21))
    one, two = "XX-1 hardware-only why\n", "XX-2 documentation-only why\n"
    rest = "finished page.md\nXX-3..XX-20 later why\n"
    must_pass(page=twenty, exceptions=rest + one + "XX-2 later why\n")
    must_fail("2 of 20", page=twenty, exceptions=rest + one + two)


@test()
def ranges_cover_what_is_not_proven():
    must_pass(output=passed("XX-2"), exceptions="finished page.md\nXX-1..XX-2a later why\n")
    must_fail("XX-2a", output=passed("XX-2"), exceptions="finished page.md\nXX-1..XX-2 later why\n")
    must_fail("class later", exceptions="XX-1..XX-2 hardware-only why\n")
    must_fail("class later", exceptions="XX-1..XX-7 later why\n")


@test()
def exceptions_have_a_class_and_a_reason():
    must_fail("ID CLASS REASON", exceptions="XX-1 later\n")
    must_fail("ID CLASS REASON", exceptions="XX-1 never why\n")


@test()
def what_the_verifier_enforces_has_a_near_miss_once_its_page_is_finished():
    page = {"page": "- **XX-1** One.\n", "name": "verifier.md", "enforced": "XX-1"}
    must_pass(output=passed("XX-1"), **page)
    must_fail("near miss: XX-1", output=passed("XX-1"), exceptions="finished verifier.md\n", **page)
    must_pass(output=passed("XX-1", "~XX-1"), exceptions="finished verifier.md\n", **page)
    must_fail("no page defines it", output=passed("~XX-7"), **page)


@test()
def the_page_names_tests():
    text = rules(output=passed("XX-1", "XX-2a"), exceptions="XX-2 later why\n", write=True)
    assert "- **XX-1** `program: a_test`\n- **XX-2** later: why\n- **XX-2a** `program: a_test`\n" in text


main()
