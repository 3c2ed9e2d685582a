"""The provinces and cities that a Chinese address or resident number names.

Only what stands in these lists is ever taken over from a text: whatever else it holds is left out.

Reference: GB/T 2260-2007, "Codes for the administrative divisions of the People's Republic of
China", tables 1 and 2, with the renamings until 2024.
"""

import re
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["province", "city"]

PROVINCES: dict[str, str] = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
    "71": "台湾省",
    "81": "香港特别行政区",
    "82": "澳门特别行政区",
}
"""First two digits of a division's code -> its province."""

MUNICIPALITIES = ("北京市", "天津市", "上海市", "重庆市")

# Names without an ending are cities (市).
_CITIES = {
    "13": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水",
    "14": "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    "15": "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒盟 "
    "阿拉善盟",
    "21": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛",
    "22": "长春 吉林 四平 辽源 通化 白山 松原 白城 延边朝鲜族自治州",
    "23": "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭地区",
    "32": "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁",
    "33": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水",
    "34": "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    "35": "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德",
    "36": "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶",
    "37": "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽",
    "41": "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 "
    "驻马店 济源",
    "42": "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施土家族苗族自治州 "
    "仙桃 潜江 天门 神农架林区",
    "43": "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西土家族苗族自治州",
    "44": "广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 "
    "中山 潮州 揭阳 云浮",
    "45": "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左",
    "46": "海口 三亚 三沙 儋州",
    "51": "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 "
    "巴中 资阳 阿坝藏族羌族自治州 甘孜藏族自治州 凉山彝族自治州",
    "52": "贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南布依族苗族自治州 黔东南苗族侗族自治州 "
    "黔南布依族苗族自治州",
    "53": "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄彝族自治州 红河哈尼族彝族自治州 "
    "文山壮族苗族自治州 西双版纳傣族自治州 大理白族自治州 德宏傣族景颇族自治州 "
    "怒江傈僳族自治州 迪庆藏族自治州",
    "54": "拉萨 日喀则 昌都 林芝 山南 那曲 阿里地区",
    "61": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛",
    "62": "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏回族自治州 "
    "甘南藏族自治州",
    "63": "西宁 海东 海北藏族自治州 黄南藏族自治州 海南藏族自治州 果洛藏族自治州 "
    "玉树藏族自治州 海西蒙古族藏族自治州",
    "64": "银川 石嘴山 吴忠 固原 中卫",
    "65": "乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉回族自治州 博尔塔拉蒙古自治州 "
    "巴音郭楞蒙古自治州 阿克苏地区 克孜勒苏柯尔克孜自治州 喀什地区 和田地区 "
    "伊犁哈萨克自治州 塔城地区 阿勒泰地区",
}

_FULL = re.compile(r"盟$|地区$|林区$|自治州$")
_PEOPLES = re.compile(
    r"(?:土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族"
    r"|朝鲜族|蒙古族?|哈萨克|柯尔克孜)*(?:自治州|地区|盟|林区)$"
)
_SHORT = {
    re.sub(r"(壮族|回族|维吾尔)?(自治区|特别行政区|省|市)$", "", name): name
    for name in PROVINCES.values()
}
_PROVINCE = re.compile(r"\s*(" + "|".join(sorted(_SHORT, key=len, reverse=True)) + r")")
_ENDING = re.compile(r"((壮族|回族|维吾尔)?(自治区|特别行政区)|省|市)?\s*")


def _cities(names: str) -> dict[str, str]:
    """Short and full names of cities -> the full name."""
    full = [name if _FULL.search(name) else name + "市" for name in names.split()]
    short = {_PEOPLES.sub("", name).removesuffix("市"): name for name in full}
    return {**short, **{name: name for name in full}}


def _any_of(names: dict[str, str]) -> re.Pattern[str]:
    """The longest of these names; a short one that goes on as a street or district is none."""
    words = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf"({words})(?![路街道区县镇乡里巷])")


_OF_PROVINCE = {PROVINCES[code]: _cities(names) for code, names in _CITIES.items()}
_PATTERNS = {province: _any_of(cities) for province, cities in _OF_PROVINCE.items()}
_OF_ALL = {
    full: province + full for province, cities in _OF_PROVINCE.items() for full in cities.values()
}
_ALL = re.compile(r"\s*(" + "|".join(sorted(_OF_ALL, key=len, reverse=True)) + r")")


_LEVELS: dict[str, Level] = {
    **{name: "city" for cities in _OF_PROVINCE.values() for name in cities},
    **{name: "city" for name in _OF_ALL.values()},
    **{name: "province" for names in _SHORT.items() for name in names},
}


def level_of(name: str) -> Level | None:
    """What a text as a whole is the name of, short or full; a municipality is a province.

    Examples:
        >>> level_of("浙江"), level_of("杭州市"), level_of("浙江省杭州市"), level_of("文三路")
        ('province', 'city', 'city', None)
    """
    return _LEVELS.get(name.strip())


def province_of(text: str) -> str | None:
    """The province that an address begins with, or that a resident number's digits name."""
    if text[:6].isdigit():
        return PROVINCES.get(text[:2])
    if match := _ALL.match(text):
        return _OF_ALL[match[1]].removesuffix(match[1])
    match = _PROVINCE.match(text)
    return _SHORT[match[1]] if match else None


def city_of(text: str) -> str | None:
    """Province and city of an address; a municipality is its own city.

    Returns:
        The province alone where no city of it follows; None: no province and no city is named.
    """
    if match := _ALL.match(text):
        return _OF_ALL[match[1]]
    match = _PROVINCE.match(text)
    if match is None:
        return None
    province = _SHORT[match[1]]
    if province not in _PATTERNS:
        return province
    ending = _ENDING.match(text, match.end())
    city = _PATTERNS[province].match(text, ending.end() if ending else match.end())
    return province + _OF_PROVINCE[province][city[1]] if city else province
