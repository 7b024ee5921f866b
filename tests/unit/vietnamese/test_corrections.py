"""What callers answer to a code that was read back wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vietnamese.cardinals import DIGIT_WORDS
from bot.vietnamese.corrections import correct
from bot.vietnamese.lexicon import PHRASES

CODE = "0129345678"
GROUPS = (4, 3, 3)

CLEAR = """
số thứ ba là năm = 0159345678
dạ số thứ ba là năm ạ = 0159345678
số thứ ba là năm chứ không phải hai = 0159345678
số thứ ba phải là năm = 0159345678
số thứ ba là năm không phải hai = 0159345678
số thứ ba không phải hai mà là năm = 0159345678
số thứ ba không phải hai, năm = 0159345678
số thứ 3 là 5 = 0159345678
số thứ 3 là năm = 0159345678
chữ số thứ ba là năm = 0159345678
con số thứ ba là số năm = 0159345678
không, số thứ ba là năm = 0159345678
dạ không ạ, số thứ ba là năm = 0159345678
sai rồi, số thứ ba là năm = 0159345678
à số thứ ba sai rồi, phải là năm = 0159345678
số thứ ba sửa lại là năm = 0159345678
số thứ nhất là ba = 3129345678
số thứ nhì là ba = 0329345678
số thứ tư là sáu = 0126345678
số thứ bốn là sáu = 0126345678
số thứ mười là một = 0129345671
số thứ 10 là một = 0129345671
số thứ hai từ cuối lên là ba = 0129345638
số thứ ba tính từ cuối là một = 0129345178
số đầu là một = 1129345678
số đầu tiên là một = 1129345678
số cuối là không = 0129345670
số cuối là hông ạ = 0129345670
số cuối cùng là chín ạ = 0129345679
số cuối bị sai phải là không = 0129345670
số áp chót là không = 0129345608
số kế cuối là không = 0129345608
số gần cuối là một = 0129345618
hai số cuối là bốn năm = 0129345645
hai số cuối là bốn lăm = 0129345645
hai số cuối là bốn mươi lăm = 0129345645
ba số cuối là một trăm linh năm = 0129345105
hai số đầu là chín mốt = 9129345678
bốn số đầu là không một hai năm = 0125345678
bốn số đầu tiên là 0125 = 0125345678
bốn số cuối phải là năm sáu bảy chín = 0129345679
nhóm thứ hai là ba bốn sáu = 0129346678
nhóm đầu là không một ba chín = 0139345678
nhóm cuối là sáu bảy chín = 0129345679
nhóm giữa là ba ba năm = 0129335678
cụm thứ ba là sáu sáu tám = 0129345668
dãy số thứ hai là ba bốn sáu = 0129346678
số thứ ba là năm số cuối là chín = 0159345679
số thứ ba là năm và số thứ tư là sáu = 0156345678
không phải chín, năm = 0125345678
không phải chín năm = 0125345678
không phải chín mà là năm = 0125345678
không phải là chín mà phải là năm = 0125345678
dạ không phải chín mà năm = 0125345678
hông phải chín mà là năm = 0125345678
không phải số chín mà là số năm = 0125345678
không phải không mà là một = 1129345678
không phải ba bốn mà là ba sáu = 0129365678
năm chứ không phải chín = 0125345678
là năm chứ không phải chín = 0125345678
năm chứ hông phải chín = 0125345678
năm không phải chín = 0125345678
không, năm chứ không phải chín = 0125345678
không chứ không phải chín = 0120345678
chín sai rồi phải là năm = 0125345678
số chín là năm = 0125345678
số chín phải là năm = 0125345678
sửa chín thành năm = 0125345678
đổi số chín thành số năm = 0125345678
bạn nghe nhầm năm thành chín = 0125345678
không, là không một hai ba ba bốn năm sáu bảy tám = 0123345678
không không một hai ba ba bốn năm sáu bảy tám = 0123345678
không, 0 1 2 5 3 4 5 6 7 8 = 0125345678
sai rồi, không một hai năm ba bốn năm sáu bảy tám = 0125345678
mã số của em là 9999999999 = 9999999999
không, mã số là chín chín chín chín không không không một một một = 9999000111
không phải, là không một hai năm ba bốn năm sáu bảy tám = 0125345678
đọc lại nhé không một hai năm ba bốn năm sáu bảy tám = 0125345678
0125345678 chứ không phải 0129345678 = 0125345678
không, ba bốn sáu = 0129346678
ba bốn sáu = 0129346678
không một hai năm = 0125345678
không không một hai năm = 0125345678
dạ ba bốn lăm sáu bảy chín = 0129345679
"""

NONE = """
đúng rồi|dạ đúng ạ|vâng|đúng|chính xác|không|không đúng|dạ không ạ|sai rồi|chưa đúng|không phải|sai rồi ạ|nhầm rồi
sai rồi, năm|số thứ ba là hai|số cuối là tám|không một hai chín ba bốn năm sáu bảy tám|số thứ mười lăm là ba
hai số cuối là ba|số thứ ba không phải là hai|số thứ tư sai|năm chứ không phải năm|đọc lại từ đầu|em không nhớ
ba bốn năm|số thứ ba|hai số cuối|nhóm thứ năm là ba bốn năm|nhóm thứ hai là ba|em muốn hỏi|alo||thiếu một số|dư một số
cho em gặp tổng đài viên|không phải chín|dạ vâng đúng rồi ạ cảm ơn|một chứ không phải một|số thứ không là một
"""


def cases(table: str) -> list[tuple[str, str]]:
    return [
        (saying.strip(), code.strip()) for saying, code in (line.rsplit("=", 1) for line in table.strip().splitlines())
    ]


@pytest.mark.parametrize(("saying", "meant"), cases(CLEAR))
def test_a_clear_correction_has_one_candidate(saying: str, meant: str) -> None:
    correction = correct(CODE, saying, groups=GROUPS)
    assert correction is not None
    assert correction.candidates == (meant,)


@pytest.mark.parametrize(
    ("code", "saying", "meant"),
    [
        ("0991234567", "năm chứ không phải chín", {"0591234567", "0951234567"}),
        ("0991234567", "không phải chín mà là năm", {"0591234567", "0951234567"}),
        ("0991234567", "không phải chín, năm", {"0591234567", "0951234567"}),
        ("9129129120", "năm chứ không phải hai", {"9159129120", "9129159120", "9129129150"}),
        ("0123401234", "không phải ba bốn mà là ba năm", {"0123501234", "0123401235"}),
        ("1230012300", "một hai bốn", {"1240012300", "1230012400"}),
    ],
)
def test_a_wrong_digit_that_stands_twice_gives_every_place(code: str, saying: str, meant: set[str]) -> None:
    correction = correct(code, saying)
    assert correction is not None
    assert set(correction.candidates) == meant


def test_a_run_over_whole_groups_goes_before_other_places() -> None:
    code = "0123124125"
    assert correct(code, "một hai sáu", groups=(4, 3, 3)) != correct(code, "một hai sáu")
    correction = correct(code, "một hai sáu", groups=(4, 3, 3))
    assert correction is not None
    assert set(correction.candidates) == {"0123126125", "0123124126"}


@pytest.mark.parametrize("saying", [saying for line in NONE.strip().splitlines() for saying in line.split("|")])
def test_an_answer_without_a_correction_gives_none(saying: str) -> None:
    assert correct(CODE, saying, groups=GROUPS) is None


def test_without_group_sizes_a_group_is_no_place() -> None:
    assert correct(CODE, "nhóm đầu là không một") is None


@pytest.mark.parametrize("at", range(1, 11))
def test_every_place_can_be_named(at: int) -> None:
    correction = correct("0" * 10, f"số thứ {at} là năm")
    assert correction is not None
    assert correction.candidates == ("0" * (at - 1) + "5" + "0" * (10 - at),)


@pytest.mark.parametrize(("place", "at"), [("mười một", 11), ("mười hai", 12), ("chín", 9)])
def test_places_of_a_twelve_digit_number_can_be_named(place: str, at: int) -> None:
    correction = correct("0" * 12, f"số thứ {place} là năm")
    assert correction is not None
    assert correction.candidates == ("0" * (at - 1) + "5" + "0" * (12 - at),)


CODES = st.text(alphabet="0123456789", min_size=10, max_size=12)
DIGITS = st.sampled_from("0123456789")


@given(CODES, st.lists(st.sampled_from([*sorted(" ".join(phrase) for phrase in PHRASES), "thứ", "nhóm", "thành"])))
def test_a_candidate_is_another_number_of_the_same_length(code: str, phrases: list[str]) -> None:
    correction = correct(code, " ".join(phrases), groups=(4, 3, len(code) - 7))
    if correction is not None:
        assert correction.candidates
        assert len(set(correction.candidates)) == len(correction.candidates)
        assert all(len(each) == len(code) and each.isdigit() and each != code for each in correction.candidates)


@given(st.text(max_size=12), st.text())
def test_any_text_is_answered_without_an_error(code: str, text: str) -> None:
    correct(code, text)


@given(CODES, DIGITS, DIGITS)
def test_a_digit_denied_is_replaced_at_one_place(code: str, wrong: str, right: str) -> None:
    correction = correct(code, f"{DIGIT_WORDS[int(right)]} chứ không phải {DIGIT_WORDS[int(wrong)]}")
    if wrong == right or wrong not in code:
        assert correction is None
    else:
        assert correction is not None
        assert len(correction.candidates) == code.count(wrong)
