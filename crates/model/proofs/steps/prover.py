"""Obligations over unbounded integers, and the solver that discharges them.

An obligation is proved when its hypotheses together with the negation of each step are unsatisfiable, and its
hypotheses on their own are satisfiable, so that it does not hold for want of any state that meets them. A
refutation is a deliberately weakened variant of an operation: it passes when the solver finds a state in which the
theorem fails.
"""

from dataclasses import dataclass, field
from pathlib import Path
import re
import time

import z3

ROOT = Path(__file__).resolve().parents[4]
RUST = ["crates/model/src", "crates/math/src"]
SOLIDITY = ["contracts/src"]

TIMEOUT_MS = 60_000
# Witnesses and counterexamples are looked for among small numbers, where the solver is fast.
WITNESS_MAX = 40


@dataclass
class Obligation:
    """A theorem about one operation: every step follows from the hypotheses and the steps before it."""

    operation: str
    theorem: str
    covers: str  # the Rust and Solidity functions whose arithmetic the hypotheses state
    given: list  # hypotheses
    steps: list  # the last one is the theorem

    def check(self):
        """Return the name of the first failure, or None."""
        outcome, _ = find(self.given)
        if outcome != z3.sat:
            return f"hypotheses: {outcome}, expected sat"
        known = list(self.given)
        for number, step in enumerate(self.steps, 1):
            outcome, model = solve(known + [z3.Not(step)])
            if outcome != z3.unsat:
                return f"step {number} of {len(self.steps)}: {outcome}, expected unsat {shown(model)}"
            known.append(step)
        return None


@dataclass
class Refutation:
    """A weakened operation, of which the theorem must fail."""

    operation: str
    weakness: str
    covers: str
    given: list
    claim: z3.BoolRef
    counterexample: str = field(default="")

    def check(self):
        """Return why no counterexample was found, or None."""
        outcome, model = find(self.given + [z3.Not(self.claim)])
        self.counterexample = shown(model)
        return None if outcome == z3.sat else f"{outcome}, expected a counterexample"


def find(facts):
    """Ask the solver for a state that meets all facts, a small one if there is."""
    outcome, model = solve(facts, small=True)
    return (outcome, model) if outcome == z3.sat else solve(facts)


def solve(facts, small=False):
    """Ask the solver whether a state meets all facts; `small` bounds every variable."""
    solver = z3.Solver()
    solver.set("timeout", TIMEOUT_MS)
    solver.add(facts)
    if small:
        for variable in variables(facts):
            solver.add(variable >= -WITNESS_MAX, variable <= WITNESS_MAX)
    outcome = solver.check()
    return outcome, solver.model() if outcome == z3.sat else None


def variables(facts):
    """Every variable that occurs in the facts, once."""
    found, seen, queue = {}, set(), list(facts)
    while queue:
        term = queue.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        if z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found[term.decl().name()] = term
        queue.extend(term.children())
    return found.values()


def shown(model):
    """A model on one line."""
    if model is None:
        return ""
    values = sorted(f"{name} = {model[name]}" for name in model.decls())
    return "(" + ", ".join(value.replace("\n", " ") for value in values) + ")"


def sources(folders, suffix):
    """The text of every source file of a language."""
    return "\n".join(file.read_text() for folder in folders for file in sorted((ROOT / folder).rglob(suffix)))


def not_found(items):
    """Functions that an item says it covers and no source has: the proof has drifted from the code."""
    rust, solidity = sources(RUST, "*.rs"), sources(SOLIDITY, "*.sol")
    missing = set()
    for name in {name.strip() for item in items for name in re.split("[;,]", item.covers)}:
        function = re.split(r"::|\.", name)[-1]
        text, keyword = (solidity, "function") if "." in name else (rust, "fn")
        if not re.search(rf"\b{keyword} {re.escape(function)}\b", text):
            missing.add(name)
    return sorted(missing)


def run(items):
    """Check all, print a table and the count on the last line, and return the exit status."""
    failed = 0
    began = time.monotonic()
    for item in items:
        start = time.monotonic()
        problem = item.check()
        secs = time.monotonic() - start
        failed += problem is not None
        proved = isinstance(item, Obligation)
        verdict = ("proved" if proved else "refuted") if problem is None else "FAILED"
        what = item.theorem if proved else "weakened: " + item.weakness
        print(f"{verdict:<8} {item.operation:<24} {what}  [{item.covers}]  {secs:.1f} s")
        if problem is not None:
            print(f"         {problem}")
        elif not proved:
            print(f"         {item.counterexample}")
    for name in not_found(items):
        failed += 1
        print(f"FAILED   no source has the function {name}")
    print(f"{len(items)} obligations in {time.monotonic() - began:.0f} s, z3 {z3.get_version_string()}")
    print(f"{max(len(items) - failed, 0)} passed, {failed} failed")
    return 1 if failed or not items else 0
