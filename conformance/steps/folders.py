"""In which folder of the suites a command of chapter IV is judged."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FOLDERS"]

FOLDERS: Mapping[int, str] = {
    **dict.fromkeys((501, 502, 503, 504, 9999), "iv_accounts"),
    **dict.fromkeys((500, 505, 506, 507, 508, 510, 512, 516, 517, 524, 525), "iv_system"),
    **dict.fromkeys((509, 511, 513, 514, 515), "iv_storage"),
    **dict.fromkeys((518, 520, 521, 522, 523, 527, 528, 529, 530, 531), "iv_imaging"),
    **dict.fromkeys(range(600, 618), "iv_ptz"),
}
"""By number of a command: the folder of the suites that holds its cases."""
