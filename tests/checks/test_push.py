from __future__ import annotations

from typing import Any

from conformance import checks
from conformance.catalogue import Catalogue
from conformance.client import PushMessage
from conformance.client.codec import push_from

SIZES = {"ir_output_w": 512, "ir_output_h": 384, "ir_model_w": 256, "ir_model_h": 192}


def push(cmdtype: int = 1008, **frame: Any) -> PushMessage:
    whole = {"action": "notify", "cmdtype": cmdtype, "sequence": 1, "content": {"type": 1, "ip": "1.2.3.4"}, **frame}
    return push_from({key: value for key, value in whole.items() if value is not ...}, "", 0.0)


def test_a_push_is_a_notification_with_a_number_and_a_body(catalogue: Catalogue) -> None:
    def found(message: PushMessage) -> list[str]:
        return [finding.expected for finding in checks.pushed(catalogue, message, SIZES).findings]

    assert found(push()) == []
    assert found(push(action="request")) == ["action notify"]
    assert found(push(sequence=-1)) == ["sequence is a uint64"]
    assert found(push(sequence=...)) == ["sequence is a uint64"]
    assert found(push(content=...)) == ["an object under content"]
    assert found(push(content=[])) == ["an object under content"]
    assert found(push(content={"type": 9, "ip": ""})) == ["content.type: one of 1, 2"]
    assert found(push(cmdtype=1012)) == ["a push of the document (1000-1011)"]


def test_a_push_may_have_its_body_where_a_reading_lets_it(catalogue: Catalogue) -> None:
    status = {"status": 0, "allrecord": 0, "time": 0, "alltime": 0, "delay_status": 0, "delay_time": 0}
    status |= {"capture_status": 0, "capture_count": 0, "capture_total": 0}
    inside = checks.pushed(catalogue, push(1006, content=status), SIZES)
    beside = checks.pushed(catalogue, push(1006, content=..., **status), SIZES)
    assert (inside.findings, inside.observations) == ([], [])
    assert beside.findings == []
    assert [(each.reading, each.found) for each in beside.observations] == [("R67", "top level")]
