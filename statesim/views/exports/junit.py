"""Expectations as JUnit XML, which build servers read: a suite for each variant, a case for each expectation.

The elements and attributes are those that Jenkins' JUnit schema has (``testsuites``, ``testsuite``,
``testcase``, ``failure``, ``properties``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping

# what XML 1.0 does not allow in a text
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(document: Mapping[str, Any]) -> str:
    """Return the expectations of a ``metrics.json`` as JUnit XML.

    A variant without expectations has an empty suite: that nothing was expected of it can be seen.
    """
    rows = list(document["expectations"])
    root = ET.Element("testsuites", _counts(document["scenario"], rows))
    for name, variant in document["variants"].items():
        own = [row for row in rows if row["variant"] == name]
        suite = ET.SubElement(root, "testsuite", _counts(str(variant.get("title") or name), own))
        properties = ET.SubElement(suite, "properties")
        told = {"scenario": document["scenario"], "variant": name, "seed": document["seed"]}
        for key, value in {**told, "version": document["version"]}.items():
            ET.SubElement(properties, "property", {"name": key, "value": _clean(str(value))})
        for row in own:
            named = {
                "classname": f"{document['scenario']}.{name}",
                "name": f"{row['metric']} {row['expected']}",
            }
            case = ET.SubElement(suite, "testcase", {key: _clean(text) for key, text in named.items()})
            case.set("time", "0")
            if not row["passed"]:
                why = _clean(row["why"])
                failure = ET.SubElement(case, "failure", {"type": "expectation", "message": why})
                failure.text = f"{why} (seed {document['seed']})"
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(name: str, rows: list[Mapping[str, Any]]) -> dict[str, str]:
    failed = sum(not row["passed"] for row in rows)
    counts = {"tests": len(rows), "failures": failed, "errors": 0, "skipped": 0}
    return {"name": _clean(name), **{key: str(count) for key, count in counts.items()}, "time": "0"}


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
