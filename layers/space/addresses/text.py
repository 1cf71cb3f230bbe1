"""One form of the characters that an address is written with."""

import re
import unicodedata

from layers.space.addresses.numerals import NUMERALS, number_of

# Characters of addresses and names, traditional and variant to simplified; not a dictionary of the language.
_OTHER_FORMS = (
    "東东陸陆環环銀银濱滨號号樓楼棟栋層层單单國国際际廣广場场廈厦證证業业華华豐丰營营錦锦繡绣蘭兰長长陽阳龍龙門门張张楊杨園园區区縣县鎮镇鄉乡團团會会館馆學学醫医書书圖图車车鐵铁橋桥灣湾澤泽嶺岭雲云慶庆寧宁"
    "濰潍後后裏里裡里臺台灘滩黃黄楓枫靜静興兴復复匯汇漢汉農农電电視视遠远運运麗丽麥麦資资產产財财務务貿贸鳳凤鵬鹏齊齐衛卫馬马線线亞亚歐欧蘇苏爾尔達达維维納纳羅罗蓮莲聖圣紀纪協协廟庙劇剧戲戏藝艺術术畫画覽览"
    "體体專专賓宾飯饭麵面應应實实驗验檔档總总駐驻處处辦办險险愛爱樂乐義义衖弄咀嘴進进軍军邊边彎弯樹树蘆芦蕩荡濟济設设備备儲储糧粮紅红綠绿藍蓝鋼钢發发"
)
_SIMPLER = str.maketrans(dict(zip(_OTHER_FORMS[::2], _OTHER_FORMS[1::2], strict=True)))
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−～~﹣－_", "-"))
_MARKS = str.maketrans(dict.fromkeys(",.，。、；;：:·•()（）[]【】〔〕《》〈〉“”\"'‘’「」|!！?？*", " "))
_GAP = re.compile(r"\s+")
# A space separates two words or numbers in Latin letters and digits, and nothing else.
_LOOSE = re.compile(r"(?<![0-9a-z]) | (?![0-9a-z])")
_MARKERS = "号弄幢栋座楼层室房户单"
_COUNTED = re.compile(f"[{NUMERALS}]+(?=[{_MARKERS}之-])|(?<=[0-9]-)[{NUMERALS}]+|(?<=[号之])[{NUMERALS}]+$")
_SUB = re.compile(r"(?<=\d)(?:号?之|号-)(?=\d)(\d+)号?")
_MOST_ROUNDS = 8
_HASH = re.compile(r"(?<=[0-9a-z])#")


def fold(text: str) -> str:
    """Return an address in half-width, lower-case, simplified characters without punctuation, its numbers in digits."""
    for _ in range(_MOST_ROUNDS):
        folded = _folded(text)
        if folded == text:
            break
        # Parts that were separate may now form one character or number.
        text = folded
    return folded


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = plain.translate(_DASHES).translate(_MARKS).translate(_SIMPLER)
    if "#" in plain:
        plain = _HASH.sub("号", plain).replace("号号", "号").replace("#", "")
    plain = _LOOSE.sub("", _GAP.sub(" ", plain).strip())
    plain = _COUNTED.sub(_in_digits, plain)
    if "之" in plain or "号-" in plain:
        plain = _SUB.sub(r"-\1号", plain).replace("号号", "号")
    return plain


def _in_digits(match: "re.Match[str]") -> str:
    return number_of(match[0]) or match[0]
