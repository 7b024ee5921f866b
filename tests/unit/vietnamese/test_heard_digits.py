"""What else one utterance says: new starts, corrections of earlier turns, the end, letters, other words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.clauses import overlap
from bot.vietnamese.digits import HeardDigits, hear_digits, joined
from bot.vietnamese.lexicon import PHRASES

FRESH = """
đọc lại từ đầu|làm lại|bắt đầu lại|không chín một em đọc lại từ đầu ạ không tám
à em đọc lại nhé không một|dạ cho em đọc lại từ đầu|không một đọc lại không hai
nói lại từ đầu|xóa hết|à nhầm mã số của em là 0912345678
nhắc lại không một hai|huỷ hết
"""
NOT_FRESH = """
đọc lại cho em|nhắc lại giúp em với|đọc lại|không chín một|đọc lại từ đầu cho em nghe|số đầu là không
dạ không chín lại ba|bắt đầu là không chín|à nhầm năm
"""
FINISHED = """
hết|hết rồi|dạ hết rồi ạ|xong|xong rồi ạ|không chín một hết|ba bốn năm hết rồi|vậy thôi ạ|thế thôi
là hết ạ|bảy tám là xong
"""
NOT_FINISHED = """
chưa hết|chưa xong|hết rồi bốn năm|thẻ hết hạn|hết chưa|không chín một|rồi|gần hết rồi
"""
REPLACES = [
    ("à nhầm, năm", "5", 1),
    ("nhầm năm", "5", 1),
    ("xin lỗi, năm ạ", "5", 1),
    ("à xin lỗi em nhầm, bốn lăm", "45", 2),
    ("sửa lại ba bốn năm", "345", 3),
    ("không phải chín, năm", "5", 1),
    ("không phải chín mà là năm", "5", 1),
    ("không phải chín mốt mà là tám hai", "82", 2),
    ("năm chứ không phải chín", "5", 1),
    ("à không phải, bảy", "7", 1),
    ("không, nhầm rồi, ba", "3", 1),
    ("à nhầm một hai ba bốn năm sáu", "123456", 1),
    ("không chín à nhầm tám", "08", 0),
    ("không chín", "09", 0),
    ("à nhầm", "", 0),
    ("đọc lại từ đầu à nhầm năm", "5", 0),
    ("xin lỗi em chưa nghe rõ", "", 0),
    ("à nhầm 0912345678", "0912345678", 0),
]
CORRECTS_NEXT = [
    ("không chín một à nhầm", True),
    ("à nhầm", True),
    ("ấy chết nhầm rồi", True),
    ("không chín một không phải", True),
    ("không chín à nhầm một", False),
    ("không chín một", False),
    ("", False),
]
LETTERS = [
    ("gờ đê bốn bảy chín", "GD", "479"),
    ("gê đê bốn", "GD", "4"),
    ("giê đê bốn bảy", "GD", "47"),
    ("dê nờ bốn", "DN", "4"),
    ("đê en nờ bốn", "DN", "4"),
    ("hát tê ba", "HT", "3"),
    ("hắt tê hai", "HT", "2"),
    ("gd", "GD", ""),
    ("GD 4", "GD", "4"),
    ("GD4790123456789", "GD", "4790123456789"),
    ("gd 4 79 0123456789", "GD", "4790123456789"),
    ("G D 4", "GD", "4"),
    ("hát ích bốn", "HX", "4"),
    ("ca xê hai", "KC", "2"),
    ("xê cờ hai", "CC", "2"),
    ("dạ trên thẻ ghi là gờ đê bốn", "GD", "4"),
    ("tê e một", "TE", "1"),
    ("bê tê hai", "BT", "2"),
    ("sờ vê bốn", "SV", "4"),
    ("HN401", "HN", "401"),
    ("không chín một", "", "091"),
    ("tê bốn năm", "", "45"),
    ("mẫu TK1-TS ở đâu ạ", "", ""),
]
REST = [
    ("dạ mã số của em là không chín", ()),
    ("số điện thoại của em là 0912345678", ("điện", "thoại")),
    ("căn cước công dân 012345678901", ("căn", "cước", "công", "dân")),
    ("không chín [unk] một", ("unk",)),
    ("không biết", ("không", "biết")),
    ("không đúng", ("không", "đúng")),
    ("em có một câu hỏi", ("có", "một", "câu", "hỏi")),
    ("chưa hết", ("chưa", "hết")),
    ("không, sai rồi", ("không",)),
    ("cảm ơn", ("cảm", "ơn")),
]
JOINED = [
    ("091", "hai ba", ("09123",)),
    ("091", "à nhầm hai", ("092",)),
    ("091", "đọc lại từ đầu không tám", ("08",)),
    ("091", "dạ", ("091",)),
    ("123", "à nhầm một hai bốn", ("124",)),
    ("123", "à nhầm một hai bốn năm", ("1245",)),
    ("0912", "không phải hai mà là ba", ("0913",)),
    ("0912", "ba chứ không phải hai", ("0913",)),
    ("0912345678", "à nhầm không chín một hai ba bốn năm sáu bảy chín", ("0912345679",)),
    ("", "không chín", ("09",)),
    ("09", "hai số không", ("0900", "0920")),
    ("0956", "à nhầm bảy tám", ("09578", "0978")),
]
OVERLAPS = [
    ("123", "4", 1),
    ("123", "124", 3),
    ("123", "24", 2),
    ("0912", "1345", 2),
    ("123", "143", 3),
    ("34", "56", 1),
    ("1", "234", 1),
    ("", "1", 0),
    ("1", "", 0),
    ("0123456789", "9876543210", 10),
    ("01", "212345678", 1),
]


def sayings(table: str) -> list[str]:
    return [saying for line in table.strip().splitlines() for saying in line.split("|")]


@pytest.mark.parametrize("saying", sayings(FRESH))
def test_a_new_start_is_heard(saying: str) -> None:
    assert hear_digits(saying).fresh


@pytest.mark.parametrize("saying", sayings(NOT_FRESH))
def test_asking_the_bot_to_repeat_is_no_new_start(saying: str) -> None:
    assert not hear_digits(saying).fresh


@pytest.mark.parametrize("saying", sayings(FINISHED))
def test_the_caller_says_that_the_number_is_complete(saying: str) -> None:
    assert hear_digits(saying).finished


@pytest.mark.parametrize("saying", sayings(NOT_FINISHED))
def test_the_number_is_not_called_complete(saying: str) -> None:
    assert not hear_digits(saying).finished


@pytest.mark.parametrize(("saying", "digits", "replaces"), REPLACES)
def test_a_correction_that_opens_a_turn_replaces_earlier_digits(saying: str, digits: str, replaces: int) -> None:
    heard = hear_digits(saying)
    assert (heard.digits, heard.replaces) == (digits, replaces)


@pytest.mark.parametrize(("saying", "corrects_next"), CORRECTS_NEXT)
def test_a_turn_that_ends_in_a_slip_leaves_the_correction_to_the_next(saying: str, corrects_next: bool) -> None:
    assert hear_digits(saying).corrects_next is corrects_next


@pytest.mark.parametrize(("saying", "letters", "digits"), LETTERS)
def test_letters_of_an_insurance_card_are_heard_before_its_digits(saying: str, letters: str, digits: str) -> None:
    heard = hear_digits(saying)
    assert (heard.letters, heard.digits) == (letters, digits)


@pytest.mark.parametrize(("saying", "rest"), REST)
def test_other_words_are_kept_for_the_dialogue(saying: str, rest: tuple[str, ...]) -> None:
    assert hear_digits(saying).rest == rest


@pytest.mark.parametrize(("before", "saying", "numbers"), JOINED)
def test_turns_are_joined_with_their_corrections(before: str, saying: str, numbers: tuple[str, ...]) -> None:
    assert joined(before, hear_digits(saying)) == numbers


def test_digits_do_not_show_in_a_log_or_a_crash_report() -> None:
    assert "0912" not in repr(hear_digits("không chín một hai"))


def test_the_turn_after_a_slip_replaces_the_last_digit() -> None:
    assert joined("091", hear_digits("hai"), correcting=True) == ("092",)


@pytest.mark.parametrize(("before", "after", "length"), OVERLAPS)
def test_a_correction_replaces_the_longest_part_read_again(before: str, after: str, length: int) -> None:
    assert overlap(before, after) == length


@given(st.text())
def test_any_text_is_heard_without_an_error(text: str) -> None:
    check_shape(hear_digits(text))


@given(
    st.lists(st.sampled_from([*sorted(" ".join(phrase) for phrase in PHRASES), "unk", "3", "091", "xe"]), max_size=30)
)
def test_any_row_of_known_words_is_heard_without_an_error(phrases: list[str]) -> None:
    check_shape(hear_digits(" ".join(phrases)))


@given(st.text(alphabet="0123456789", min_size=1, max_size=40), st.text(alphabet="0123456789", min_size=1, max_size=40))
def test_a_correction_never_replaces_more_than_there_is(before: str, after: str) -> None:
    assert 1 <= overlap(before, after) <= len(before)


def check_shape(heard: HeardDigits) -> None:
    assert heard.digits == "".join(heard.readings[:1])
    assert all(reading.isascii() and reading.isdigit() for reading in heard.readings)
    assert len(set(heard.readings)) == len(heard.readings) <= 8
    assert heard.replaces >= 0
    assert not (heard.fresh and heard.replaces)
