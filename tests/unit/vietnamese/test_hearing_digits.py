"""Digits in what callers say: one line a saying, `saying = digits` and further readings after `|`."""

import pytest

from bot.vietnamese.digits import digit_count, hear_digits


def cases(table: str) -> list[tuple[str, tuple[str, ...]]]:
    lines = [line.rsplit("=", 1) for line in table.strip().splitlines()]
    return [(saying.strip(), tuple(heard.replace("|", " ").split())) for saying, heard in lines]


SINGLES = """
không = 0
một = 1
hai = 2
ba = 3
bốn = 4
tư = 4
năm = 5
lăm = 5
nhăm = 5
sáu = 6
bảy = 7
bẩy = 7
tám = 8
chín = 9
mốt = 1
hông = 0
giê rô = 0
giê-rô = 0
zê rô = 0
dê rô = 0
zero = 0
Không Một Hai Ba = 0123
không một hai ba bốn năm sáu bảy tám chín = 0123456789
chín tám bẩy sáu lăm tư ba hai một không = 9876543210
không không không không một hai ba bốn năm sáu = 0000123456
không không ba = 003
không chín một hai ba bốn năm sáu bảy tám = 0912345678
bảy chín một không không tám hai năm sáu ba = 7910082563
hông chín hông ba = 0903
giê rô chín giê rô ba = 0903
zero tám hai zero = 0820
linh năm = 05
lẻ tám = 08
một linh ba = 103
chín mốt hai = 912
"""

FIGURES = """
0123 = 0123
091 234 = 091234
0912345678 = 0912345678
0912-345-678 = 0912345678
0912.345.678 = 0912345678
0 9 1 2 3 = 09123
mã số của em là 0123456789 ạ = 0123456789
9 mươi mốt = 91
1 trăm linh 5 = 105
3 con 8 = 888
091 hai ba bốn = 091234
không 91 2 ba = 09123
"""

TENS = """
mười = 10
mười một = 11
mười hai = 12
mười ba = 13
mười bốn = 14
mười lăm = 15
mười nhăm = 15
mười năm = 15 | 105
mười sáu = 16
mười chín = 19
hai mươi = 20
hai mươi mốt = 21
hai mươi một = 21 | 201
hai mươi tư = 24
hai mươi bốn = 24
hai mươi lăm = 25
hai mươi năm = 25 | 205
hai mươi nhăm = 25
hai chục = 20
một chục = 10
chín mươi mốt = 91
chín mốt = 91
chín tư = 94
chín lăm = 95
bốn lăm = 45
năm mươi lăm = 55
năm lăm = 55
hai mươi ba mươi = 2030
hai mươi ba mươi mốt = 2031
hai mươi không = 200
hai mươi mười = 2010
hai mươi mười một = 2011
mười không = 100
mười mười = 1010
mười hai ba = 123
chín mươi mốt hai mươi ba bốn mươi lăm = 912345
không một hai ba bốn lăm sáu bảy tám chín = 0123456789
không chín mười hai ba tư năm sáu bảy tám = 0912345678
không chín mười hai ba mươi tư năm mươi sáu bảy mươi tám = 0912345678
không chín mốt hai ba tư năm lăm sáu bảy = 0912345567
bảy chín mười không tám hai lăm sáu ba = 7910082563
bảy mươi chín mười linh tám hai lăm sáu ba = 7910082563
chín ờ mươi mốt = 91
chín mươi ờ mốt = 91
mươi lăm = 15
chín mươi rồi ba = 903
"""

HUNDREDS = """
hai trăm = 200
một trăm linh năm = 105
một trăm lẻ năm = 105
một trăm không năm = 105 | 10005
ba trăm mười = 310
ba trăm mười lăm = 315
ba trăm mười năm = 315 | 3105
ba trăm năm = 305 | 350 | 3005
hai trăm ba tư = 234 | 20034
hai trăm ba mươi = 230
hai trăm ba mươi tư = 234
hai trăm ba mươi mốt = 231
không trăm linh năm = 005
không trăm = 000
chín trăm mười hai ba trăm bốn mươi lăm = 912345
không trăm chín mươi mốt hai trăm ba mươi bốn = 091234
hai trăm hai trăm = 200200
một trăm hai chục = 120
hai trăm con không = 2000
hai nghìn = 2000
hai ngàn = 2000
hai nghìn không trăm linh tám = 2008
hai ngàn không trăm lẻ tám = 2008
hai nghìn linh tám = 2008
một nghìn chín trăm tám mươi lăm = 1985
một ngàn chín trăm chín mươi = 1990
hai nghìn mười = 2010 | 200010
hai nghìn không trăm hai mươi tư = 2024
hai nghìn ba = 2300 | 2003 | 20003
mười hai nghìn ba trăm bốn mươi lăm = 12345
một trăm hai mươi ba nghìn bốn trăm năm mươi sáu = 123456
"""

REPEATS = """
hai số không = 00 | 20
ba số tám = 888 | 38
ba con tám = 888
hai con không = 00
bốn con một = 1111
năm con chín = 99999
ba lần số năm = 555
ba lần năm = 555
hai lần không = 00
tám ba lần = 888
không hai lần = 00
cặp tám = 88
đôi không = 00
hai con số không = 00 | 20
một con chín = 9
một số không = 10 | 0
chín số không = 90
số hai số không = 20
số hai số không số ba = 203
số không số chín số một = 091
không chín ba con tám bốn năm sáu = 09888456
không chín một hai ba con tám bốn năm sáu = 0912888456
không chín hai số không một hai ba = 0900123 | 0920123
ba con tám hai con chín = 88899
hai mươi hai con không = 2000
bốn số không một hai ba bốn năm sáu = 0000123456 | 40123456
không ba lần năm = 0555
hai con bảy ba con sáu = 77666
"""

FILLERS = """
dạ không chín một ạ = 091
dạ mã số của em là không chín một hai = 0912
mã số bảo hiểm xã hội của tôi là bảy chín một không = 7910
dạ alo mã số của anh là một hai ba = 123
ờ không ừm chín à một = 091
vâng ạ chín một hai nhé = 912
chín một hai rồi ba bốn năm = 912345
chín một hai tiếp theo là ba bốn năm = 912345
chín một hai sau đó là ba bốn năm nha = 912345
số của chị là chín tám bảy = 987
đây em đọc nhé không một hai = 012
chị ơi em đọc đây ạ ba bốn năm = 345
số thẻ bảo hiểm y tế của em là một hai ba = 123
không ạ chín ạ một ạ = 091
dạ thì là bốn bốn hai = 442
ba số đầu là không chín một = 091
ba số tiếp theo là hai ba bốn = 234
bốn số cuối là năm sáu bảy tám = 5678
còn ba số nữa là sáu bảy tám = 678
số thứ nhất là không số thứ hai là chín = 09
số đầu tiên là không rồi đến chín = 09
mã số có mười số là không một hai = 012
mã số có mười số =
chờ em một chút =
dạ đợi em tí ạ =
dạ vâng ạ =
alo alo =
đợi em xem đã năm bốn ba = 543
đầu tiên là không sau đó là bảy = 07
dạ không ạ = 0
không = 0
không ạ = 0
"""

NO_ZERO = """
không phải =
không đúng =
dạ không đúng ạ =
không sai rồi =
không, sai rồi =
dạ không ạ, sai rồi =
không biết =
em không biết =
em không nhớ mã số =
tôi không nhớ =
không có =
em không có thẻ ở đây =
không nghe rõ =
em không nghe thấy gì =
không rõ =
không hiểu =
không được =
hông biết =
hổng nhớ =
hông phải =
không em quên rồi =
không em chưa tìm thấy =
có đúng không =
được không ạ =
nghe rõ không =
phải không ạ =
đọc lại được không =
không cần đâu ạ =
không sao =
không khớp =
không thể nào =
không, đọc lại từ đầu =
không không phải =
em có một câu hỏi =
cho em hỏi một việc =
em muốn cấp lại mật khẩu =
năm nay em mới đăng ký =
chờ em một lát =
cái này là của hai vợ chồng em =
tổng đài ơi =
không, là không một hai = 012
không là 0 1 2 3 = 0123
không không phải, là ba bốn = 4 | 34
"""

CORRECTIONS = """
một hai ba à nhầm bốn = 124
một hai ba nhầm bốn = 124
một hai ba xin lỗi bốn = 124
một hai ba à xin lỗi bốn ạ = 124
một hai ba sửa lại bốn = 124
một hai ba sửa lại là bốn = 124
một hai ba không phải bốn = 124
một hai ba hông phải bốn = 124
một hai ba à không phải bốn = 124
một hai ba à lộn bốn = 124
một hai ba ý nhầm bốn = 124
một hai ba ấy chết nhầm bốn = 124
một hai ba em đọc nhầm bốn = 124
một hai ba sai rồi bốn = 124
một hai ba à nhầm một hai bốn = 124
một hai ba à nhầm hai bốn = 124
một hai ba à nhầm một hai bốn năm sáu = 12456
không chín một hai à nhầm một ba bốn năm = 091345
không chín một hai à nhầm chín một ba = 0913
không chín một không phải một mà là hai = 092
không chín một không phải chín một mà là tám hai = 082
không chín không phải chín tám = 08
không chín năm chứ không phải chín = 095
năm chứ không phải chín = 5
năm chứ hông phải chín = 5
chín mốt à nhầm chín hai = 92
chín mươi mốt à nhầm chín mươi hai = 92
một hai ba à nhầm bốn à nhầm năm = 125
một hai nhầm ba nhầm bốn năm = 145 | 45
ba bốn à nhầm năm sáu = 356 | 56
không một hai ba bốn năm sáu bảy tám chín à nhầm không một hai ba bốn năm sáu bảy tám tám = 0123456788
một hai không nhầm ba = 123
một hai à không ba = 1203 | 13
à không = 0
không chín không không nhầm một = 0901
hai số không à nhầm một = 01 | 21
không một hai ba bốn năm à nhầm sáu = 012346
"""

RESTARTS = """
không chín một đọc lại từ đầu không tám hai = 082
không chín một làm lại không tám hai = 082
không chín một bắt đầu lại không tám hai = 082
không chín một à em đọc lại không tám hai = 082
không chín một cho em đọc lại từ đầu ạ không tám hai = 082
không chín một đọc lại nhé không tám hai = 082
không chín một nói lại từ đầu nha không tám hai = 082
không chín một để em đọc lại =
đọc lại từ đầu nhé =
em làm lại ạ =
xóa hết đi =
xoá hết không một = 01
à nhầm rồi em đọc lại từ đầu không tám = 08
một hai làm lại ba bốn làm lại năm sáu = 56
"""

GARBLED = """
không chín ai ba bốn = 09234
không chín một hai ba bốn năm sau bảy tám = 0912345678
không chính một = 091
không [unk] một = 01
[unk] =
không chín bẫy ba = 0973
KHÔNG CHÍN MỘT = 091
không, chín. một! = 091
khôngchín một = 1
linh =
trăm nghìn =
mươi mươi = 1010
con số lần =
thứ =
không thứ =
"""

LENGTHY = """
dạ vâng mã số bảo hiểm xã hội của em là không một hai ba, ờ, bốn lăm sáu, rồi bảy tám chín ạ hết rồi ạ = 0123456789
ba con tám hai con không một hai ba bốn năm = 8880012345
không không một hai ba con năm bốn ba hai = 0012555432
mười hai ba mươi tư năm mươi sáu bảy mươi tám chín mươi = 1234567890
bảy chín tám, không một hai, ba bốn năm, sáu = 7980123456
không ba bảy một chín bốn không không hai năm sáu tám = 037194002568
không ba bảy, một chín tư, không không hai, năm sáu tám = 037194002568
dạ chín một hai, à nhầm, chín một ba, bốn năm sáu, bảy tám chín, không = 9134567890
"""

THEMES = {
    "singles": SINGLES,
    "figures": FIGURES,
    "tens": TENS,
    "hundreds": HUNDREDS,
    "repeats": REPEATS,
    "fillers": FILLERS,
    "no_zero": NO_ZERO,
    "corrections": CORRECTIONS,
    "restarts": RESTARTS,
    "garbled": GARBLED,
    "lengthy": LENGTHY,
}
ALL = [
    pytest.param(saying, heard, id=f"{theme}: {saying}")
    for theme, table in THEMES.items()
    for saying, heard in cases(table)
]


@pytest.mark.parametrize(("saying", "heard"), ALL)
def test_a_saying_has_these_readings_best_first(saying: str, heard: tuple[str, ...]) -> None:
    assert hear_digits(saying).readings == heard
    assert hear_digits(saying).digits == (heard[0] if heard else "")


@pytest.mark.parametrize(("saying", "heard"), ALL)
def test_the_count_is_that_of_the_best_reading(saying: str, heard: tuple[str, ...]) -> None:
    assert digit_count(saying) == len(heard[0] if heard else "")
