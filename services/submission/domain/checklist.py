"""What is missing before a case can be handed in, in words."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.edition import Edition, MaterialKind, Question
from contracts.errors import FieldError
from contracts.words import MaterialStatus
from services.submission.domain.content import AFFIRMED, questions_of
from services.submission.domain.entry import Entry


def missing_items(entry: Entry, edition: Edition) -> list[FieldError]:
    """Return everything that keeps the case from being handed in; empty when it is complete."""
    return [*_particulars(entry, edition), *_answers(entry, edition), *_declarations(entry, edition),
            *_materials(entry, edition)]  # fmt: skip


def _particulars(entry: Entry, edition: Edition) -> Iterator[FieldError]:
    content = entry.content
    if content.track is None or edition.track(content.track) is None:
        yield FieldError("track", "required", "请选择一个赛项", "Choose exactly one track.")
    if not content.title:
        yield FieldError("title", "required", "请填写案例名称", "Give the case a title.")
    if not content.summary:
        yield FieldError("summary", "required", "请填写案例简介", "Describe the case in a summary.")


def _answers(entry: Entry, edition: Edition) -> Iterator[FieldError]:
    for question in questions_of(edition, entry.content.track):
        answer = entry.content.answers.get(question.id, "")
        if question.must_affirm and answer != AFFIRMED:
            yield _about(question, "must_affirm", "须确认", "Must be affirmed")
        elif question.required and not answer:
            yield _about(question, "required", "请回答", "Needs an answer")
        elif len(answer) > question.most:
            # the edition may have shortened the question since the draft was saved
            yield _about(
                question, "too_long", f"不超过{question.most}字", f"At most {question.most} characters"
            )


def _about(question: Question, rule: str, zh: str, en: str) -> FieldError:
    return FieldError(
        f"answers.{question.id}", rule, f"{zh}：{question.text.zh}", f"{en}: {question.text.en}"
    )


def _declarations(entry: Entry, edition: Edition) -> Iterator[FieldError]:
    for declaration in edition.declarations:
        if declaration.id not in entry.content.declarations:
            yield FieldError(
                f"declarations.{declaration.id}", "must_affirm", f"须声明：{declaration.text.zh}",
                f"Must be declared: {declaration.text.en}",
            )  # fmt: skip


def _materials(entry: Entry, edition: Edition) -> Iterator[FieldError]:
    for kind in edition.materials:
        yield from _count(entry, kind)
    for material in entry.materials.values():
        if material.status == MaterialStatus.REFUSED:
            yield FieldError(
                f"materials.{material.id}", "refused", f"文件“{material.file_name}”未通过检查，请移除或更换",
                f"{material.file_name!r} did not pass the check: remove or replace it.",
            )  # fmt: skip


def _count(entry: Entry, kind: MaterialKind) -> Iterator[FieldError]:
    count = sum(1 for material in entry.counted_materials() if material.kind == kind.id)
    if count < kind.least:
        yield FieldError(
            f"materials.{kind.id}", "too_few", f"“{kind.name.zh}”至少{kind.least}个，现有{count}个",
            f"{kind.name.en}: at least {kind.least}, now {count}.",
        )  # fmt: skip
    elif count > kind.most:
        yield FieldError(
            f"materials.{kind.id}", "too_many", f"“{kind.name.zh}”至多{kind.most}个，现有{count}个",
            f"{kind.name.en}: at most {kind.most}, now {count}.",
        )  # fmt: skip
