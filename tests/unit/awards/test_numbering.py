from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.edition import Prize, Text2
from services.awards.domain.numbering import (
    ALPHABET,
    certificate_number,
    has_valid_check,
    prize_codes,
    read_number,
)

KEY = bytes(range(32))
serials = st.integers(1, 99999)


def prize(name: str) -> Prize:
    return Prize(name, "case", Text2(name, name), 1)


def test_codes_are_initials_and_longer_only_where_they_meet():
    ids = ["first", "second", "third", "excellence", "best_organisation", "best_contribution", "fourth", "f"]
    codes = prize_codes([prize(name) for name in ids], {})
    assert list(codes.values()) == ["F", "S", "T", "E", "BO", "BC", "FO", "P8"]
    assert prize_codes([prize("fifth"), prize("first")], {"first": "F"}) == {"first": "F", "fifth": "FI"}


@given(serials)
def test_a_number_reads_back_however_it_is_typed(serial):
    number = certificate_number("XL3", "F", serial, KEY)
    assert has_valid_check(number, KEY)
    assert read_number(number) == number
    assert read_number(f"  {number.lower().replace('-', '－')} ") == number
    assert read_number(number.replace("-", " ")) == number
    body, _, check = number.rpartition("-")
    assert read_number(f"{body}-{check.replace('0', 'O').replace('1', 'l')}") == number


@given(serials, st.integers(0, 30), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(serial, place, character):
    number = certificate_number("XL3", "F", serial, KEY)
    place %= len(number)
    wrong = number[:place] + character + number[place + 1 :]
    assume(wrong != number)
    assert not has_valid_check(wrong, KEY)


@given(serials)
def test_numbers_made_without_the_key_do_not_check(serial):
    assert not has_valid_check(certificate_number("XL3", "F", serial, b"guess"), KEY)


@given(st.text(max_size=90))
def test_whatever_is_typed_is_read_or_refused(text):
    number = read_number(text)
    assert number is None or read_number(number) == number
