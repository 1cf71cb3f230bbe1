"""When notices say that the weather comes and goes."""

from datetime import datetime

import pytest

from twin.warnings.validity import stated_period
from twin.warnings.warning import BEIJING

ISSUED = datetime(2026, 8, 7, 7, 0, tzinfo=BEIJING)


def at(day, hour):
    return datetime(2026, 8, day, hour, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("text", "onset", "expires"),
    [
        ("预计未来6小时本区将出现一小时雨量40毫米以上的降水", None, at(7, 13)),
        ("预计12小时内将发生雷电活动", None, at(7, 19)),
        ("预计未来24小时内有雷电", None, at(8, 7)),
        ("预计未来十二小时内有雷电", None, at(7, 19)),
        ("预计未来2到3小时有强对流", None, at(7, 10)),
        ("预计今天上午以前有浓雾", None, at(7, 12)),
        ("预计今天半夜以前有大风", None, at(8, 0)),
        ("预计明天以前仍有大风", None, at(8, 0)),
        ("明天上午以前仍有降水", None, at(8, 12)),
        ("预计今天18时前有雷电", None, at(7, 18)),
        ("预计今天夜里到明天白天有大风", at(7, 20), at(8, 20)),
        ("预计7日上半夜起风力增大，7日夜间至10日出现阵风8-9级", at(7, 20), at(11, 0)),
        ("预计今天上半夜起风力可达8-10级", at(7, 20), None),
        ("预计今天最高气温将超过35℃", None, at(8, 0)),
        ("请注意防范", None, None),
        ("过去6小时内已出现50毫米降水", None, None),
        ("预计今天凌晨以前有大风", None, None),
    ],
)
def test_words_become_times(text, onset, expires):
    period = stated_period(text, ISSUED)
    assert (period.onset, period.expires) == (onset, expires)


def test_a_day_of_the_month_may_be_in_the_next_one():
    issued = datetime(2026, 8, 31, 20, 0, tzinfo=BEIJING)
    assert stated_period("预计31日夜间至1日有大风", issued).expires == datetime(2026, 9, 2, 0, 0, tzinfo=BEIJING)
