#!/usr/bin/env python3
"""Proves theorems 1, 2, 3, 4 and 6 of the accrual model, one operation at a time.

The prose is `docs/mechanisms/accrual-theorems.md`. The last line of the output is `N passed, M failed`; the exit
status is 0 only when nothing failed.
"""

import sys

from steps import inflow, ledger, lending, redemption, splitting
from steps.prover import run

if __name__ == "__main__":
    parts = [redemption, lending, inflow, ledger, splitting]
    sys.exit(run([item for part in parts for item in part.items()]))
