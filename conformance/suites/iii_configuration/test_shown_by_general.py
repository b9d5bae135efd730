"""III.1, III.15, III.39, general information: command 500 shows what these commands set."""

from __future__ import annotations

from conformance.catalogue import Safety
from conformance.dut.device import Device
from conformance.rules.case import Case, case, cases
from conformance.steps import general


@cases(
    Case(
        f"III.15/set/{text.name}/shown-by-500",
        f"General information must show the {text.name} that command 15 sets",
        Safety.REVERSIBLE,
        requirement="III.15/shown",
        **general.setting_needs(15),
        data=text,
    )
    for text in general.TEXTS
)
async def test_a_text_that_is_set_is_shown_by_500(case: Case[general.Text], dut: Device) -> None:
    await general.judge_text(dut, case.data)


@case(
    "III.15/set/language/shown-by-500",
    "General information must show the language that command 15 sets",
    Safety.REVERSIBLE,
    requirement="III.15/shown",
    **general.setting_needs(15),
)
async def test_the_language_that_is_set_is_shown_by_500(case: Case, dut: Device) -> None:
    await general.judge_language(dut)


@case(
    "III.39/set/mode/shown-by-500",
    "General information must show the infrared mode that command 39 sets",
    Safety.REVERSIBLE,
    requirement="III.39/shown",
    **general.setting_needs(39),
)
async def test_the_infrared_mode_that_is_set_is_shown_by_500(case: Case, dut: Device) -> None:
    await general.judge_infrared_mode(dut)


@case(
    "III.1/set/gear/those-of-500",
    "Command 1 must accept the gears that general information lists",
    Safety.REVERSIBLE,
    requirement="III.1/gears",
    capabilities=("measurement",),
    writes=("pair:1",),
)
async def test_the_gears_that_500_lists_can_be_set(case: Case, dut: Device) -> None:
    await general.judge_gears(dut)
