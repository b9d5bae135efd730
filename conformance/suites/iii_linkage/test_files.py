"""III.19, III.21, III.51, files: an alarm leaves pictures, videos and mails as its settings say."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue import Safety, load
from conformance.dut.device import Device
from conformance.rules.case import Case, cases
from conformance.steps.alarm_files import (
    SEEN_EVENTS,
    AlarmFiles,
    FilePart,
    alarm_files_case,
    cause_alarm,
    leaves_its_files,
)
from conformance.steps.alarms import wait_for_pushes
from conformance.steps.linkage import Event, facts_of
from conformance.steps.mail_server import RECIPIENTS, mail_account, mail_server

_CATALOGUE = load()
_PARTS: tuple[FilePart, ...] = ("record", "capture")


def _files() -> Iterator[Case[AlarmFiles]]:
    for event in SEEN_EVENTS.values():
        clause = f"III.{event.number}"
        for part in _PARTS:
            # A device has one meaning of a stream: of every event one kind of file is enough.
            for stream in (1, 2, 3) if event.number == 21 else (1, 2) if part == "capture" else (3,):
                files = AlarmFiles(event, part, stream)
                yield alarm_files_case(f"{clause}/linkage/{part}-of-{stream}", f"{clause}/files", files)
            yield alarm_files_case(f"{clause}/linkage/no-{part}", f"{clause}/files", AlarmFiles(event, part, 0))


@cases(_files())
async def test_an_alarm_leaves_its_files(case: Case[AlarmFiles], dut: Device) -> None:
    await leaves_its_files(dut, case.data)


# Mails


@cases(
    Case(
        f"III.{event.number}/linkage/mail",
        f"{_CATALOGUE.commands[event.number].title}: an alarm sends a mail where sendmail is 1, and none where it is 0",
        Safety.REVERSIBLE,
        requirement=f"III.{event.number}/mail",
        **facts_of(event, capabilities=("mail",), parameters=("smtp_host",), writes=("pair:31",)),
        waits_s=12,
        data=event,
    )
    for event in SEEN_EVENTS.values()
)
async def test_an_alarm_sends_a_mail(case: Case[Event], dut: Device) -> None:
    """The interval of alarm mails is not interpreted (R147): the case sets the shortest and waits for longer."""
    async with mail_server(dut) as server:
        await dut.must(31, mail_account(dut, server.port, alarm=1, alarm_value=1, enclosure=0), legal=False)
        for sendmail in (0, 1):
            await case.data.apply_settings(dut, sendmail=sendmail)
            await wait_for_pushes(dut, 2)
            await cause_alarm(dut, case.data)
            mail = await server.next_mail(75 if sendmail else 1)
            expected = f"a mail to {RECIPIENTS[0]} (sendmail 1)" if sendmail else "no mail (sendmail 0)"
            there = mail is not None and RECIPIENTS[0] in mail.rcpt_tos
            seen = "no mail" if mail is None else f"a mail to {', '.join(mail.rcpt_tos)}"
            dut.demand(there is bool(sendmail), expected, seen)
