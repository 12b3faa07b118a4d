# SPDX-License-Identifier: MIT
"""The program in docs/embedding.md: compiled as the page says, it prints what the page says. From the
environment: SOURCE, the top of the tree; CC, the compiler's command line."""
import glob
import os
import pathlib
import re
import shlex
import subprocess
import tempfile

from ps_test import main, test

TOP = pathlib.Path(os.environ["SOURCE"])
PAGE = (TOP / "docs/embedding.md").read_text()


def block(language):
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)
    assert len(found) == 1, f"{len(found)} blocks of {language}"
    return found[0]


@test("WP-20", "WP-24", "WP-40", "WP-52", "WP-64")
def the_example_does_what_the_page_says():
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "example.c"), os.path.join(folder, "example")
        pathlib.Path(source).write_text(block("c"))
        subprocess.run([*shlex.split(os.environ["CC"]), "-Wall", "-Wextra", "-Wno-unused-parameter",
                        "-Werror", "-I", TOP / "src", source,
                        *sorted(glob.glob(str(TOP / "src/port/mapping_queue*.c"))), "-o", program],
                       check=True)
        output = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert output == block("text"), output


main()
