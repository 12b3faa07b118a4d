# SPDX-License-Identifier: MIT
"""The fuzz corpus of the mapping queue as a unit test. From the environment: SOURCE, the top of the tree;
REPLAY, the fuzz target with a plain main."""
import glob
import os
import pathlib
import subprocess
import sys
import tempfile

from ps_test import comment, main, test

TOP = pathlib.Path(os.environ["SOURCE"])


@test("WP-20", "WP-27", "WP-29", "WP-39", "WP-40", "WP-55", "WP-57", "WP-59", "WP-62", "WP-63")
def the_corpus_agrees_with_the_model():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, TOP / "fuzz/mapping_queue_corpus.py", folder], check=True)
        files = sorted(glob.glob(folder + "/*"))
        assert len(files) >= 400
        done = subprocess.run([os.environ["REPLAY"], *files], check=True, capture_output=True, text=True)
        comment(done.stdout)


main()
