# SPDX-License-Identifier: MIT
"""The number of orders that the exhaustive test visits, against the enumerator that shares nothing with it.
From the environment: ORDERS, the test program."""
import os
import subprocess

import mq_orders
from ps_test import main, test


@test()
def small_cases_by_hand():
    assert mq_orders.count(1, 0) == 1
    assert mq_orders.count(2, 0) == 3  # g1 r1 g2 r2, g1 g2 r1 r2, g1 g2 r2 r1
    assert mq_orders.count(0, 2) == 6
    assert mq_orders.count(1, 1) == 6  # two chains of two


@test()
def every_setup_visits_every_order():
    output = subprocess.run([os.environ["ORDERS"]], check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    visited = [int(line.split()[2]) for line in output.splitlines() if line.startswith("# orders ")]
    assert visited == [mq_orders.count(3, 2)] * 6, visited


main()
