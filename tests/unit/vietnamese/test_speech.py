"""Words for the bot's mouth."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.cardinals import cardinal
from bot.vietnamese.digits import hear_digits
from bot.vietnamese.speech import NAMES, digit_words, group_sizes, grouped, spoken, syllables, with_names
from bot.vietnamese.text import words


def test_every_digit_has_its_word() -> None:
    assert digit_words("0123456789") == ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
    assert digit_words("") == []


@pytest.mark.parametrize("text", ["12a", "-1", "１２", "1 2", "²"])
def test_only_digits_have_words_and_the_error_does_not_show_them(text: str) -> None:
    with pytest.raises(ValueError, match="not a digit string") as error:
        digit_words(text)
    assert text not in str(error.value)


@pytest.mark.parametrize(
    ("length", "sizes"),
    [
        (0, ()),
        (1, (1,)),
        (4, (4,)),
        (5, (3, 2)),
        (6, (3, 3)),
        (7, (4, 3)),
        (8, (2, 2, 2, 2)),
        (10, (4, 3, 3)),
        (12, (4, 4, 4)),
        (13, (4, 3, 3, 3)),
        (15, (3, 3, 3, 3, 3)),
    ],
)
def test_each_length_has_its_groups(length: int, sizes: tuple[int, ...]) -> None:
    assert group_sizes(length) == sizes


def test_settings_choose_the_groups_and_the_rule_steps_in_where_they_do_not_fit() -> None:
    assert grouped("0123456789", (3, 3, 4)) == ["không một hai", "ba bốn năm", "sáu bảy tám chín"]
    assert grouped("0123456789") == ["không một hai ba", "bốn năm sáu", "bảy tám chín"]
    assert grouped("0123456789", (3, 3)) == grouped("0123456789")
    assert grouped("12", (-1, 3)) == grouped("12")


@given(st.text(alphabet="0123456789", max_size=20), st.lists(st.integers(1, 5)))
def test_groups_lose_no_digit(digits: str, sizes: list[int]) -> None:
    assert " ".join(grouped(digits, sizes)).split() == digit_words(digits)
    assert hear_digits(", ".join(grouped(digits, sizes))).digits == digits


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Mã số BHXH", "Mã số bảo hiểm xã hội"),
        ("thẻ BHYT và BHTN", "thẻ bảo hiểm y tế và bảo hiểm thất nghiệp"),
        ("ứng dụng VssID.", "ứng dụng vi ét ét ai đi."),
        ("đăng nhập bằng VNeID", "đăng nhập bằng vi en i ai đi"),
        ("vssid", "vi ét ét ai đi"),
        ("số CCCD", "số căn cước công dân"),
        ("mã OTP", "mã ô tê pê"),
        ("mẫu TK1-TS", "mẫu tê ca một, tê ét"),
        ("mẫu 02/SĐ-GD", "mẫu không hai, ét đê, giê đê"),
        ("địa chỉ e-mail", "địa chỉ i meo"),
        ("Email của bạn", "i meo của bạn"),
        ("1.000 đồng", "một nghìn đồng"),
        ("1.000đ", "một nghìn đồng"),
        ("500đ", "năm trăm đồng"),
        ("1.263.600đ", "một triệu hai trăm sáu mươi ba nghìn sáu trăm đồng"),
        ("1.250.000 đồng", "một triệu hai trăm năm mươi nghìn đồng"),
        ("Tổng đài 1900.9068, nhánh 8", "Tổng đài một chín không không, chín không sáu tám, nhánh tám"),
        ("19009068", "một chín không không, chín không sáu tám"),
        ("1900 9068", "một chín không không, chín không sáu tám"),
        ("024 37899999", "không hai bốn, ba bảy tám chín, chín chín chín chín"),
        ("024 3789 9999", "không hai bốn, ba bảy tám chín, chín chín chín chín"),
        ("0912345678", "không chín một hai, ba bốn năm, sáu bảy tám"),
        (
            "dichvucong.baohiemxahoi.gov.vn.",
            "dịch vụ công chấm bảo hiểm xã hội chấm gốp chấm vi en.",
        ),
        ("soạn BH MK gửi 8079", "soạn bê hát, em ca gửi tám không bảy chín"),
        ("10 chữ số", "mười chữ số"),
        ("bấm phím 8", "bấm phím tám"),
        ("trong 15 phút", "trong mười lăm phút"),
        ("21 ngày, 24 giờ", "hai mươi mốt ngày, hai mươi tư giờ"),
        ("năm 2025", "năm hai nghìn không trăm hai mươi lăm"),
        ("105 người", "một trăm linh năm người"),
        ("007", "không không bảy"),
        ("ngày 01/08/2025", "ngày một tháng tám năm hai nghìn không trăm hai mươi lăm"),
        ("ngày 5/4/2026", "ngày năm tháng tư năm hai nghìn không trăm hai mươi sáu"),
        ("từ 8h00 đến 17h30", "từ tám giờ đến mười bảy giờ ba mươi"),
        ("lúc 9h", "lúc chín giờ"),
        ("25%", "hai mươi lăm phần trăm"),
        ("25 %", "hai mươi lăm phần trăm"),
        ("Mã của bạn là {code}, {so_8}.", "Mã của bạn là {code}, {so_8}."),
        ("Xin chào anh chị!", "Xin chào anh chị!"),
        ("A1B2", "A1B2"),
        ("", ""),
    ],
)
def test_what_a_designer_writes_becomes_words(written: str, words: str) -> None:
    assert spoken(written) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (55, "năm mươi lăm"),
        (100, "một trăm"),
        (101, "một trăm linh một"),
        (110, "một trăm mười"),
        (1000, "một nghìn"),
        (1001, "một nghìn không trăm linh một"),
        (2008, "hai nghìn không trăm linh tám"),
        (10000, "mười nghìn"),
        (1000000, "một triệu"),
        (1000005, "một triệu không trăm linh năm"),
        (999999999999, None),
    ],
)
def test_whole_numbers_have_their_words(number: int, words: str | None) -> None:
    assert words is None or cardinal(number) == words
    assert not re.search(r"\d|  ", cardinal(number))


@pytest.mark.parametrize("number", [-1, 10**12])
def test_a_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="one to twelve digits"):
        cardinal(number)


@given(st.integers(0, 999_999))
def test_a_whole_number_is_heard_as_it_was_said(number: int) -> None:
    assert str(number) in hear_digits(cardinal(number)).readings or number % 1000 < 100 or number > 9999


@given(st.text())
def test_any_text_can_be_spoken(text: str) -> None:
    spoken(text)


@given(st.text(alphabet="0123456789 .,/%hđ{}", max_size=30))
def test_any_row_of_figures_can_be_spoken(text: str) -> None:
    spoken(text)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("tôi quên mật khẩu vi ét ét ai đi ạ", "tôi quên mật khẩu vssid ạ"),
        ("mã ô tê pê gửi qua i meo", "mã otp gửi qua email"),
        ("có ai đi cùng", "có ai đi cùng"),
        ("căn cước công dân", "căn cước công dân"),
    ],
)
def test_names_that_were_heard_are_written_as_designers_write_them(heard: str, written: str) -> None:
    assert with_names(heard) == written


@pytest.mark.parametrize("name", ["vssid", "vneid", "otp", "email", "reset", "alo", "ok"])
def test_a_name_is_the_same_after_it_was_said(name: str) -> None:
    assert spoken(name) != name
    assert with_names(spoken(name)) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xin chào quý khách", "xin chào quý khách"),
        ("PGD Bắc Từ Liêm", "pê gê dê bắc từ liêm"),
        ("mã DN401", "mã dê en bốn không một"),
        ("Wifi, Zalo!", "vê kép i ép i dét a lờ o"),
        ("@ …", ""),
    ],
)
def test_every_text_can_be_said_in_syllables(text: str, expected: str) -> None:
    assert syllables(text) == expected.split()


def test_names_are_said_in_syllables() -> None:
    for name in NAMES:
        assert syllables(spoken(name)) == words(spoken(name))
