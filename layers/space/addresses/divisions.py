"""Divisions that addresses begin with: provinces, and the districts of Shanghai with their short names."""

_PROVINCES = (
    "河北省 山西省 辽宁省 吉林省 黑龙江省 江苏省 浙江省 安徽省 福建省 "
    "江西省 山东省 河南省 湖北省 湖南省 广东省 海南省 四川省 贵州省 "
    "云南省 陕西省 甘肃省 青海省 台湾省 内蒙古自治区 广西壮族自治区 西藏自治区 宁夏回族自治区 "
    "新疆维吾尔自治区 香港特别行政区 澳门特别行政区"
)
MUNICIPALITIES = ("上海市", "北京市", "天津市", "重庆市")
PROVINCES = (*MUNICIPALITIES, *_PROVINCES.split())
SHANGHAI = "上海市"
# GB/T 2260, as of 2026.
SHANGHAI_DISTRICTS = {
    "黄浦区": "310101",
    "徐汇区": "310104",
    "长宁区": "310105",
    "静安区": "310106",
    "普陀区": "310107",
    "虹口区": "310109",
    "杨浦区": "310110",
    "闵行区": "310112",
    "宝山区": "310113",
    "嘉定区": "310114",
    "浦东新区": "310115",
    "金山区": "310116",
    "松江区": "310117",
    "青浦区": "310118",
    "奉贤区": "310120",
    "崇明区": "310151",
}
SHORT = {name.removesuffix("新区").removesuffix("区"): name for name in SHANGHAI_DISTRICTS}
