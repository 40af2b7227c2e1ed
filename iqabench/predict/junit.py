"""JUnit XML of checked rules, which build servers show: one test suite for each rule, one test case for each image."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from iqabench._util.text import printable
from iqabench.predict.rules import Check

ELEMENTS = {"missed": "failure", "unchecked": "error"}


def to_junit(checks: Sequence[Check]) -> bytes:
    """The XML in UTF-8: a rule that was missed is a failure, one that could not be checked an error."""
    root = ElementTree.Element("testsuites", {"name": "iqabench score", **_counts(checks)})
    for rule in dict.fromkeys(check.rule for check in checks):
        of_rule = [check for check in checks if check.rule == rule]
        suite = ElementTree.SubElement(root, "testsuite", {"name": printable(rule), **_counts(of_rule)})
        for check in of_rule:
            name = printable(check.image) or "all images"
            case = ElementTree.SubElement(suite, "testcase", {"classname": printable(rule), "name": name})
            if check.verdict in ELEMENTS:
                said = printable(check.sentence)
                ElementTree.SubElement(case, ELEMENTS[check.verdict], {"message": said}).text = said
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def _counts(checks: Sequence[Check]) -> dict[str, str]:
    verdicts = [check.verdict for check in checks]
    return {
        "tests": str(len(checks)),
        "failures": str(verdicts.count("missed")),
        "errors": str(verdicts.count("unchecked")),
    }
