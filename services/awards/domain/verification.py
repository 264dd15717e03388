"""Whether a certificate holds, and what a person is told who checks its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.awards.domain.award import FINAL


def holds(award_status: str) -> bool:
    """Say whether an issued certificate is valid: its award is published and was not withdrawn."""
    return award_status in FINAL


def state_validity(certificate: Mapping[str, Any], is_valid: bool) -> dict[str, str]:
    """Return one sentence in both languages on a certificate that was issued."""
    edition, prize, laureate = certificate["edition_name"], certificate["prize_name"], certificate["laureate"]
    if is_valid:
        return {
            "zh": f"证书有效：{laureate}获{edition['zh']}{prize['zh']}。",
            "en": f"This certificate is valid: {laureate}, {prize['en']}, {edition['en']}.",
        }
    return {
        "zh": f"该证书已作废：{laureate}的{edition['zh']}{prize['zh']}已被撤销。",
        "en": f"This certificate no longer holds: the prize ({prize['en']}, {edition['en']}) was withdrawn.",
    }


def explain_unknown(has_right_shape: bool) -> tuple[str, str]:
    """Return why nothing can be said of a number, and what to do, in Chinese and English."""
    if has_right_shape:
        return (
            "没有查到这个编号的证书。请逐字核对编号（末尾四位为校验字符），或扫描证书上的二维码。",
            "No certificate has this number. Compare it letter by letter (the last four are for checking), "
            "or scan the code on the certificate.",
        )
    return (
        "这不像是本大赛的证书编号。编号形如 XL3-F-0001-7QK4，印在证书左下角二维码旁。",
        "This does not look like one of our numbers. They read like XL3-F-0001-7QK4 and stand beside the "
        "code in the lower left corner.",
    )
