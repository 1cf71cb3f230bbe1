"""The method of the wind scenario, in sentences for the readers of its report."""

from layers.title import Title

METHOD = (
    Title(
        "参考风：开阔平坦地面（GB 50009-2012 B类）离地10米的10分钟平均风，由所列来源换算，并给出标准不确定度。",
        "Reference wind: the mean of ten minutes at 10 m over open flat country (category B of GB 50009-2012), "
        "converted from the source named above, with its standard uncertainty.",
    ),
    Title(
        "街区风场：按建筑轮廓和高度划分网格，逐风向解定常雷诺平均方程；其他风向在相邻两个风向之间插值，风速按比例换算。"
        "不计热力影响。",
        "Wind between the buildings: steady Reynolds-averaged equations on a grid made of footprints and heights, "
        "solved once for each of some directions; other directions are blended from the two nearest and scaled with "
        "the speed. Thermal effects are not included.",
    ),
    Title(
        "阵风为3秒阵风，由平均风速加湍流脉动得到；街道取离地2米。",
        "Gusts are those of three seconds, from the mean speed and the turbulence; those of streets are 2 m above "
        "ground.",
    ),
    Title(
        "立面：η 为风压需求与 GB 50009-2012 围护结构设计风压之比，局部体型系数按立面分区取值；玻璃和连接件的实际强度"
        "未知。",
        "Façades: η is the wind pressure over the design pressure of cladding in GB 50009-2012, with local factors "
        "by the zone of the façade; the true strength of glass and fixings is not known.",
    ),
    Title(
        "广告牌、脚手架、塔吊、树木等按易损性曲线给出失效概率；曲线参数附有来源，部分为经验判断。",
        "Signs, scaffolds, cranes, trees and the like: probability of failure by fragility curves, whose parameters "
        "are kept with their sources; some are judgement.",
    ),
    Title(
        "警戒区：按高度和阵风估算碎片可能到达的范围，树木和塔吊按倒伏半径；碎片撞击其他建筑后的二次破坏未计入。",
        "Keep-out zones: how far a fragment may fly from its height in that gust, and for trees and cranes how far "
        "they reach when they fall; secondary damage by fragments is not included.",
    ),
    Title(
        "人数按用途、街道等级和时段估算，只用于排序，不是计数。",
        "People are estimated by use, class of street and time of day; the figures are for ranking, not for counting.",
    ),
    Title(
        "本报告用于筛查和调度，不代替结构验算和现场检查；数据缺失或过时的对象可能未列入。",
        "This report is for screening and dispatch; it replaces neither a structural check nor an inspection on site. "
        "Objects whose data are missing or outdated may not be listed.",
    ),
)
