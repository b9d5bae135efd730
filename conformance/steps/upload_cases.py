"""Cases of the upload endpoints (chapter V): what each is made from, and how a refusal is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar

from conformance.catalogue import Safety
from conformance.catalogue.model import Upload
from conformance.client import UploadAnswer
from conformance.dut.device import Device
from conformance.rules.case import Case
from conformance.steps.packages import ANY, SETTINGS, code_of, seen

__all__ = [
    "APPLICATION",
    "OLD_PACKAGE",
    "PackageNeeds",
    "Uploading",
    "judge_refused",
    "package_needs",
    "upload_case",
]


OLD_PACKAGE = b"VERSION=0.0.1\n"
"""A package of the application that is older than any that runs."""

APPLICATION = "apppkg"
"""The kind of upload that always has a version."""

_Data = TypeVar("_Data")


@dataclass(frozen=True, slots=True)
class Uploading(Generic[_Data]):
    """The endpoint and the method of a case, and what it uploads, or how."""

    endpoint: Upload
    method: str
    data: _Data


def upload_case(
    upload: Upload,
    label: str,
    requirement: str,
    title: str,
    method: str = ANY,
    *,
    data: _Data,
    safety: Safety = Safety.DESTRUCTIVE,
    capabilities: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    quick: bool = False,
) -> Case[Uploading[_Data]]:
    """A case of one endpoint; `data` is what it uploads, or says how."""
    by = () if method == ANY else (f"upload.{method.lower()}",)
    needs = (upload.capability or "", *by, *capabilities)
    return Case(
        f"{upload.clause}/{label}",
        f"{upload.title}: {title}",
        safety,
        requirement=f"{upload.clause}/{requirement}",
        capabilities=needs,
        parameters=parameters,
        quick=quick,
        data=Uploading(upload, method, data),
    )


class PackageNeeds(TypedDict):
    """What a case that uploads a package needs of the profile."""

    capabilities: tuple[str, ...]
    parameters: tuple[str, ...]


def package_needs(upload: Upload, role: str = "good") -> PackageNeeds:
    """The needs of a case that uploads a package: the profile names one, or says that one can be made; settings are
    exported.
    """
    if upload.kind == SETTINGS:
        return {"capabilities": ("settings-export",), "parameters": ()}
    return {"capabilities": (), "parameters": (f"packages.{upload.kind}.{role}|package_form",)}


def judge_refused(dut: Device, answer: UploadAnswer) -> None:
    """Judge that an upload was refused with a documented code or a status of HTTP."""
    code = code_of(answer)
    refused = 400 <= answer.status < 600 if code is None else code != 0 and code in dut.catalogue.return_codes
    dut.demand(refused, "refused with a documented code, or a status of HTTP (II.3)", seen(answer))
