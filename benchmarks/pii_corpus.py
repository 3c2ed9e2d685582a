"""Labelled text and columns full of made-up personal data, Chinese and English, from a seed.

Templates of six registers (medical note, customer service, bank note, review, form, e-mail) have
slots; a slot is filled with a made-up value and its place is written down. Noise spoils some texts
as scanners and hurried typists do: full-width characters, blanks inside values, O for 0. Nobody
real is in it: numbers come from ranges that are given to nobody, mail addresses from example.com.
Names are drawn from lists of this file, apart from the recognisers' own lists.

Real sentences, where a folder of them is at hand, are only read: personal data is put into them,
and what is found in the untouched ones is a false alarm unless a reader says otherwise.
"""

import csv
import gzip
import io
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from guanyao.data.check_digits import complete

LANGUAGES = ("zh", "en")
NOISES = ("clean", "full_width", "spaced", "ocr")
Maker: TypeAlias = Callable[[random.Random], str]


@dataclass(frozen=True)
class Label:
    """Personal data of one kind at a place of a text."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Sample:
    """A text, what is in it and where it comes from."""

    text: str
    labels: tuple[Label, ...]
    language: str
    register: str
    noise: str


# ---- values: Chinese ---------------------------------------------------------------------------


def _words(text: str, mark: str = " ") -> list[str]:
    return text.split(mark)


_ZH_SURNAMES = (
    "王 8,李 8,张 7,刘 5,陈 5,杨 3,赵 2,黄 2,周 2,吴 2,徐 2,孙 2,胡 1,朱 1,高 1,林 1,何 1,郭 1,"
    "马 1,罗 1,梁 1,宋 1,郑 1,谢 1,韩 1,"
    "唐 1,冯 1,于 1,董 1,萧 .3,程 1,曹 1,袁 1,邓 1,许 1,傅 1,沈 1,曾 1,彭 1,吕 1,苏 1,卢 1,蒋 1,"
    "蔡 1,贾 1,丁 1,魏 1,薛 1,叶 1,阎 .3,"
    "余 .7,潘 .7,杜 .7,戴 .7,夏 .7,钟 .7,汪 .7,田 .7,任 .7,姜 .7,范 .7,方 .7,石 .7,姚 .7,谭 .7,"
    "廖 .7,邹 .7,熊 .7,金 .7,陆 .7,郝 .7,孔 .6,"
    "白 .6,崔 .6,康 .6,毛 .6,邱 .6,秦 .6,江 .6,史 .6,顾 .6,侯 .6,邵 .6,孟 .6,龙 .6,万 .6,段 .6,"
    "雷 .6,钱 .5,汤 .5,尹 .5,黎 .5,易 .4,常 .4,"
    "武 .4,乔 .4,贺 .4,赖 .4,龚 .4,文 .4,庞 .3,樊 .3,兰 .3,殷 .3,施 .3,陶 .3,洪 .3,翟 .3,安 .3,"
    "颜 .3,倪 .3,严 .3,牛 .3,温 .3,芦 .3,季 .3,"
    "俞 .3,章 .3,鲁 .3,葛 .3,伍 .3,韦 .3,申 .2,尤 .2,毕 .2,聂 .2,丛 .1,焦 .2,向 .2,柳 .2,邢 .2,"
    "路 .1,岳 .2,齐 .2,沿 .02,梅 .2,莫 .2,庄 .2,"
    "辛 .2,管 .2,祝 .2,左 .1,涂 .2,谷 .2,祁 .2,时 .1,舒 .2,耿 .2,牟 .1,卜 .1,路 .1,詹 .2,关 .2,"
    "苗 .2,凌 .2,费 .2,纪 .2,靳 .2,盛 .2,童 .2,"
    "欧 .2,甄 .1,项 .1,曲 .1,成 .1,游 .2,阳 .1,裴 .2,席 .1,卫 .1,查 .1,屈 .1,鲍 .1,位 .02,覃 .2,"
    "霍 .2,翁 .1,隋 .1,植 .02,甘 .2,景 .1,薄 .05,"
    "单 .1,包 .2,司 .1,柏 .1,宁 .2,柯 .2,阮 .2,桂 .1,闵 .1,解 .1,强 .1,柴 .2,华 .1,车 .1,冉 .1,"
    "房 .1,边 .1,"
    "欧阳 .3,上官 .1,司马 .1,诸葛 .1,慕容 .1,皇甫 .1,令狐 .1,尉迟 .1,司徒 .1,夏侯 .05"
)
_ZH_TWO = _words(
    "建国 建华 志强 国强 德明 福生 玉林 文忠 永贵 国庆 秀英 桂英 秀兰 玉兰 桂珍 淑珍 凤英 玉梅 "
    "春梅 爱华 淑华 美英 建军 海燕 丽娟 丽华 晓东 晓明 晓红 "
    "晓燕 小红 小明 小军 小龙 志刚 志伟 志明 志远 文斌 文杰 文博 文静 文娟 俊杰 俊峰 俊伟 伟明 "
    "伟东 伟强 海涛 海波 海龙 红梅 红霞 红梅 雪梅 冬梅 春燕 "
    "春花 春生 秋菊 金凤 金花 银花 翠兰 翠萍 艳红 艳丽 艳萍 丽萍 丽丽 莉莉 娜娜 婷婷 思雨 思涵 "
    "思远 思琪 梓涵 梓轩 梓萱 子涵 子轩 子豪 子墨 子昂 浩然 "
    "浩宇 浩轩 宇轩 宇航 宇泽 欣怡 欣悦 欣妍 雨欣 雨桐 雨泽 雨晴 诗涵 诗雨 诗琪 语嫣 语桐 一诺 "
    "一鸣 一凡 一帆 天宇 天佑 天翔 佳怡 佳琪 佳豪 家豪 家明 "
    "家辉 嘉欣 嘉怡 嘉豪 可欣 可馨 可儿 若曦 若琳 若彤 沐宸 沐阳 沐晴 奕辰 奕泽 明轩 明远 明哲 "
    "铭泽 博文 博涵 博远 泽宇 泽洋 睿哲 睿渊 皓轩 皓宇 晨曦 "
    "晨阳 景行 瑾萱 瑾瑜 怀瑾 清扬 采薇 静姝 舒窈 德华 学友 玉婷 玉洁 玉珍 玉华 玉龙 国华 国栋 "
    "国平 国峰 国良 长江 长青 永强 永红 永刚 永生 立新 立军 "
    "立华 振华 振国 振宇 振东 庆华 庆国 宝山 宝华 宝强 金龙 金生 金宝 大伟 大勇 大山 东升 东海 "
    "东方 南希 向阳 向东 新华 新宇 中华 忠诚 光明 光辉 光荣 "
    "胜利 和平 卫东 卫国 卫民 爱国 爱民 爱军 爱玲 兴旺 富贵 有才 有福 来福 根生 水生 火生 木兰 "
    "石头 铁柱 二牛 阿宝 亚楠 亚男 亚军 胜男 若男 招娣 梦瑶 "
    "梦洁 梦琪 梦婷 紫涵 紫萱 紫薇 依依 依然 依琳 安琪 安然 安妮 悦然 悦心 乐天 乐怡 乐瑶 笑笑 "
    "笑天 果果 甜甜 糖糖 多多 月娥 月华 月明 星宇 星辰 云龙 "
    "云飞 云峰 云霞 海峰 海洋 海英 江涛 江华 山河 松柏 柏林 森林 少华 少峰 少伟 世杰 世豪 世明 "
    "世荣 承志 承恩 继红 继东 启明 启航 敬业 敬之 守信 守义 "
    "诚实 仁杰 仁德 义明 孝文 贤淑 慧敏 慧娟 惠敏 惠珍 惠英 彩霞 彩云 彩虹 素珍 素芬 素梅 瑞雪 "
    "瑞芳 瑞英 凯旋 凯文 凯歌 冠宇 冠霖 鹏飞 鹏程 鸿飞 鸿运 "
    "翔宇 逸飞 逸凡 逸轩 奇峰 奇志 超群 超英 卓然 卓越 致远 知行 知远 望舒 怀远 思齐 见贤 闻道 "
    "书豪 书瑶"
)
_ZH_ONE = _words(
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 英 华 玉 红 海 燕 梅 兰 凤 萍 "
    "玲 丹 鑫 鹏 浩 婷 雪 琳 晶 莹 倩 欣 颖 "
    "慧 洁 雯 蕾 薇 宇 轩 涵 晨 睿 博 辰 昊 翔 哲 峰 毅 斌 彬 武 龙 虎 飞 云 雷 山 林 森 松 楠 "
    "彤 振 亮 辉 帅 东 建 健 波 力 军 俊 凯 "
    "恒 航 越 畅 悦 妍 琪 瑶 璐 瑾 曦 珂 爽 冉 然 想 笑 可 妮 果 岚 岩 青 黎 洪 政 旭 阳 晖 威 "
    "斐 蓉 菲 萌 莉 菁 茜 蓓 祺 禹 策 钊 铭 "
    "锐 骏 骁 翀 堃 喆"
)
_ZH_DOTTED_FIRST = _words(
    "阿依古丽 买买提 古丽娜尔 艾尼瓦尔 阿不都热合曼 帕提古丽 吐尔逊 迪丽努尔 巴合提 叶尔江 扎西 "
    "玛依拉"
)
_ZH_DOTTED_LAST = [
    "买买提",
    "艾力",
    "吐尔地",
    "阿不都拉",
    "玉素甫",
    "依明",
    "卡德尔",
    "努尔",
    "热合曼",
    "哈力克",
    "托合提",
    "伊斯马伊力",
]

_ZH_PLACES = _words(
    "北京市海淀区 北京市朝阳区 上海市浦东新区 上海市徐汇区 天津市南开区 重庆市渝北区 "
    "广东省广州市天河区 广东省深圳市南山区 广东省佛山市顺德区 江苏省南京市鼓楼区 "
    "江苏省苏州市吴中区 浙江省杭州市西湖区 浙江省宁波市鄞州区 浙江省义乌市 山东省济南市历下区 "
    "山东省青岛市市南区 河南省郑州市金水区 河南省洛阳市涧西区 四川省成都市武侯区 "
    "四川省绵阳市涪城区 湖北省武汉市洪山区 湖南省长沙市岳麓区 河北省石家庄市裕华区 "
    "安徽省合肥市蜀山区 福建省厦门市思明区 福建省福州市台江区 江西省南昌市红谷滩区 "
    "辽宁省大连市中山区 辽宁省沈阳市和平区 吉林省长春市朝阳区 黑龙江省哈尔滨市南岗区 "
    "陕西省西安市雁塔区 山西省太原市小店区 云南省昆明市五华区 贵州省贵阳市云岩区 "
    "广西壮族自治区南宁市青秀区 内蒙古自治区呼和浩特市赛罕区 甘肃省兰州市城关区 "
    "新疆维吾尔自治区乌鲁木齐市天山区 海南省海口市龙华区 宁夏回族自治区银川市兴庆区 "
    "青海省西宁市城西区 西藏自治区拉萨市城关区 湖北省黄冈市蕲春县 四川省凉山彝族自治州西昌市 "
    "湖南省湘西土家族苗族自治州吉首市"
)
_ZH_ROADS = _words(
    "文三路 中山路 人民路 解放大道 建设街 和平里 长江西路 学院南路 科技园南路 迎宾大道 花园街 "
    "新华北路 东风路 青年大街 振兴巷 槐树胡同 幸福路 光明街 延安中路 "
    "朝阳北路 滨江大道 望江东路 云溪路 梧桐街 竹林路 创业一路 金融三街 府前街 黄河路 北环路 "
    "翠微路 玉泉路 百花巷 柳林弄 南洋胡同 劳动西路 龙腾大道 银杏路 "
    "紫荆路 桂花街"
)
_ZH_ESTATES = _words(
    "阳光花园 翠湖苑 金色家园 万和城 绿地公寓 紫金小区 锦绣新村 东方大厦 御景湾 丽江花园 "
    "碧水云天小区 幸福里 和谐家园 星河国际 海棠苑 天鹅湖小区 银座广场 "
    "创新大厦 滨江名都 书香门第"
)
_ZH_VILLAGES = _words("李家村 王家庄村 东河村 下湾村 大柳树村 石桥村 新建村 红旗村 杨树沟村 前进村")
_ZH_TOWNS = _words("城关镇 大河镇 清泉镇 白马乡 龙门镇 三里河街道 翠屏街道 永安镇 石板乡 双桥街道")
_ZH_ORGS_HEAD = [
    "华兴",
    "盛达",
    "天诚",
    "远景",
    "恒通",
    "中科联",
    "瑞丰",
    "蓝海",
    "新东升",
    "金桥",
    "鼎泰",
    "明德",
    "康源",
    "众合",
    "宏图",
]
_ZH_ORGS_TAIL = _words(
    "科技有限公司 贸易有限公司 信息技术股份有限公司 建筑工程集团有限公司 物流有限责任公司 "
    "律师事务所 会计师事务所 食品厂 医药股份有限公司"
)
_ZH_ORGS_CITY = _words("杭州 上海 北京 深圳 成都 武汉 西安 南京 苏州 青岛 长沙 厦门")
_ZH_ORGS_PUBLIC = _words(
    "市第一人民医院 市中医院 大学 师范大学 市第三中学 市公安局 银行 市教育局 市妇幼保健院 "
    "市实验小学"
)


def _weighted(text: str) -> tuple[list[str], list[float]]:
    pairs = [part.split() for part in text.split(",") if part.strip()]
    return [name for name, _ in pairs], [float(weight) for _, weight in pairs]


_ZH_SURNAME_TABLE = _weighted(_ZH_SURNAMES)


def zh_name(rng: random.Random) -> str:
    """A Chinese name: mostly two given characters, some one, a few of other peoples."""
    if rng.random() < 0.02:
        return f"{rng.choice(_ZH_DOTTED_FIRST)}·{rng.choice(_ZH_DOTTED_LAST)}"
    surname = rng.choices(*_ZH_SURNAME_TABLE)[0]
    roll = rng.random()
    if roll < 0.22:
        return surname + rng.choice(_ZH_ONE)
    if roll < 0.42:
        return surname + rng.choice(_ZH_ONE) + rng.choice(_ZH_ONE)
    return surname + rng.choice(_ZH_TWO)


def zh_address(rng: random.Random) -> str:
    """A Chinese address: whole, without its province, of a village, or only road and door."""
    place = rng.choice(_ZH_PLACES)
    if rng.random() < 0.12:
        village = f"{rng.choice(_ZH_TOWNS)}{rng.choice(_ZH_VILLAGES)}"
        return f"{place}{village}{rng.randint(1, 20)}{rng.choice(['组', '号', '组12号'])}"
    if rng.random() < 0.3:
        place = re.sub("^.{2,8}?(省|自治区)", "", place)
    elif rng.random() < 0.15:
        place = ""
    town = rng.choice(_ZH_TOWNS[5:7]) if place and rng.random() < 0.15 else ""
    road = f"{rng.choice(_ZH_ROADS)}{rng.randint(1, 999)}号"
    return place + town + road + _zh_door(rng)


def _zh_door(rng: random.Random) -> str:
    estate = rng.choice(_ZH_ESTATES) if rng.random() < 0.6 else ""
    building, unit, room = rng.randint(1, 38), rng.randint(1, 4), rng.randint(101, 3203)
    doors = [
        f"{building}栋{unit}单元{room}室",
        f"{building}号楼{room}室",
        f"{building}幢{room}",
        f"{'ABC'[building % 3]}座{room}",
        f"{building}-{unit}-{room}",
        f"{room}室",
        "",
    ]
    return estate + rng.choice(doors[:-1] if estate else [doors[0], doors[1], doors[5], ""])


def zh_organisation(rng: random.Random) -> str:
    """A Chinese company, school, hospital or office."""
    city = rng.choice(_ZH_ORGS_CITY)
    if rng.random() < 0.35:
        return city + rng.choice(_ZH_ORGS_PUBLIC)
    head = city if rng.random() < 0.7 else ""
    return head + rng.choice(_ZH_ORGS_HEAD) + rng.choice(_ZH_ORGS_TAIL)


# ---- values: English ---------------------------------------------------------------------------

_EN_GIVEN = _words(
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara "
    "Richard Susan Joseph Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy "
    "Matthew Betty Anthony Margaret Mark Sandra Donald Ashley Steven Kimberly Paul Emily "
    "Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George Deborah "
    "Timothy Stephanie Ronald Rebecca Edward Sharon Jason Laura Jeffrey Cynthia Ryan "
    "Dorothy Jacob Amy Gary Kathleen Nicholas Angela Eric Shirley Jonathan Emma Stephen "
    "Brenda Larry Pamela Justin Nicole Scott Anna Brandon Samantha Benjamin Katherine "
    "Samuel Christine Gregory Helen Alexander Debra Patrick Rachel Frank Carolyn Raymond "
    "Janet Jack Maria Dennis Catherine Jerry Heather Tyler Diane Aaron Olivia Jose Julie "
    "Adam Joyce Nathan Victoria Henry Ruth Zachary Virginia Douglas Lauren Peter Kelly Kyle "
    "Christina Noah Joan Ethan Evelyn Jeremy Judith Christian Andrea Walter Hannah Keith "
    "Megan Austin Cheryl Roger Jacqueline Terry Martha Sean Madison Gerald Teresa Carl "
    "Gloria Harold Sara Dylan Janice Arthur Ann Lawrence Kathryn Jordan Abigail Jesse "
    "Sophia Bryan Frances Billy Jean Bruce Alice Gabriel Judy Joe Isabella Logan Julia Alan "
    "Grace Juan Amber Albert Denise Willie Danielle Elijah Marilyn Wayne Beverly Randy "
    "Charlotte Vincent Natalie Mason Theresa Roy Diana Ralph Brittany Bobby Doris Russell "
    "Kayla Bradley Alexis Philip Lori Eugene Priya Aisha Fatima Mohammed Ahmed Wei Yuki "
    "Hiroshi Ingrid Lars Siobhan Niamh Declan Rhys Gareth Fiona Callum Imogen Nigel Giles "
    "Tamsin Kwame Chidi Ngozi Oluwaseun Rajesh Sunita Vikram Ananya Carlos Lucia Mateo "
    "Javier Elena Sofia Dmitri Svetlana Olga Pierre Amelie Klaus Heidi Giovanni Chiara"
)
_EN_SURNAMES = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez "
    "Lopez Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson "
    "White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott "
    "Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell "
    "Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes "
    "Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson "
    "Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James "
    "Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross "
    "Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson "
    "Barnes Fisher Vasquez Simmons Graham Reynolds O'Connor O'Neill MacDonald McCarthy "
    "Fitzgerald Pemberton Ashworth Blackwood Whitcombe Okafor Adeyemi Mensah Banerjee Iyer "
    "Chaudhry Tanaka Yamamoto Lindqvist Johansson Kowalski Novak Petrov Ivanova Dubois "
    "Moreau Schneider Hoffmann Rossi Bianchi Zhang Chen Liu Ferreira Delacroix Van-Houten "
    "Thistlewood Marchetti Szymanski Abernathy Winterbourne Hargreaves"
)
_EN_RARE_GIVEN = _words(
    "Oisin Saoirse Thandiwe Anneliese Bartholomew Cordelia Eoghan Zofia Mirek Leocadia Tobias Nia "
    "Keziah Obinna Tariq Farida Zainab Anouk Soren Maeve Ines Lorenzo Beatriz Zuzana Petra Rohan "
    "Kavya Meera Ottilie Ptolemy"
)
_EN_RARE_SURNAMES = _words(
    "Featherstonehaugh Okonkwo Vandermeer Castellanos Przybylski Nakagawa Oyelaran Bergstrom "
    "Lindholm Achterberg Zielinska Montague Ravenscroft Popescu Halvorsen Quiroga Threlkeld "
    "Mukherjee Bhattacharya Papadopoulos"
)
_EN_STREETS = _words(
    "Main Oak Maple Cedar Elm Washington Lake Hill Park Pine Lincoln Jackson Sunset River "
    "Church Highland Willow Spring Mill Forest Cherry Franklin Madison Jefferson Meadow "
    "Chestnut Ridge Birchwood Valley Orchard Kingsley Harbor Old Post Canterbury Fairview"
)
_EN_SUFFIXES = _words(
    "Street St St. Avenue Ave Ave. Road Rd Rd. Lane Ln Drive Dr Boulevard Blvd Court Ct "
    "Place Way Terrace Circle Parkway"
)
_EN_CITIES = _words(
    "Springfield IL 62704,Portland OR 97205,Austin TX 78701,Madison WI 53703,"
    "Denver CO 80202,Columbus OH 43215,Boston MA 02118,San Diego CA 92103,"
    "Salt Lake City UT 84101,St. Louis MO 63101,Raleigh NC 27601,New York NY 10016,"
    "Fort Collins CO 80521",
    mark=",",
)
_UK_CITIES = _words(
    "London SW1A 2AB,Leeds LS1 4DY,Bristol BS8 1TH,Manchester M1 7ED,Oxford OX1 3QD,"
    "Norwich NR2 4TF,York YO1 9QL",
    mark=",",
)
_EN_ORGS = _words(
    "Harbor Ridge Medical Group,Northfield University,Bluestone Logistics Inc.,"
    "Meridian Software Ltd,Kessler & Brandt LLP,Oakdale Community Hospital,"
    "First Prairie Bank,Silverline Foods Corporation,St. Brendan's Hospital,"
    "Tidewater Insurance Company,Halden Maschinenbau GmbH,Westbrook High School,"
    "Pinnacle Freight Co.,Larkspur Capital Partners LLC",
    mark=",",
)


def en_name(rng: random.Random) -> str:
    """An English name: mostly given name and surname, some with an initial between."""
    given = rng.choice(_EN_RARE_GIVEN if rng.random() < 0.04 else _EN_GIVEN)
    surname = rng.choice(_EN_RARE_SURNAMES if rng.random() < 0.12 else _EN_SURNAMES)
    roll = rng.random()
    if roll < 0.1:
        return f"{given} {rng.choice('ABCDEFGHJKLMRSTW')}. {surname}"
    if roll < 0.14:
        return f"{given[0]}. {rng.choice('ABCDEFGHJKLMRSTW')}. {surname}"
    if roll < 0.2:
        return f"{given} {rng.choice(_EN_GIVEN)} {surname}"
    if roll < 0.23:
        return f"{given} {surname}-{rng.choice(_EN_SURNAMES[:60])}"
    return f"{given} {surname}"


def en_address(rng: random.Random) -> str:
    """An English address: American with or without city, British, or a post-office box."""
    roll = rng.random()
    city, state, code = rng.choice(_EN_CITIES).rsplit(" ", 2)
    tail = f", {city}, {state} {code}"
    if roll < 0.07:
        return f"P.O. Box {rng.randint(10, 9999)}{tail}"
    street = f"{rng.choice(_EN_STREETS)} {rng.choice(_EN_SUFFIXES)}"
    if rng.random() < 0.15:
        street = f"{rng.choice(['N.', 'S', 'West', 'East', 'SW'])} {street}"
    if roll < 0.3:
        return f"{rng.randint(1, 220)} {street}, {rng.choice(_UK_CITIES)}"
    flat = rng.choice(["", "", "", ", Apt 4B", " Apt. 12", ", Suite 300", " #210", ", Unit 7"])
    number = rng.randint(1, 19999)
    if roll < 0.45:
        return f"{number} {street}{flat}".rstrip(".")
    return f"{number} {street}{flat}{tail}"


def en_organisation(rng: random.Random) -> str:
    """A company, school or hospital that does not exist."""
    return rng.choice(_EN_ORGS)


# ---- values: numbers ---------------------------------------------------------------------------


def _digits(rng: random.Random, n_digits: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(n_digits))


def resident_id(rng: random.Random) -> str:
    """A resident identity number of county 98, which no city has."""
    city = rng.choice(
        [
            "1101",
            "3101",
            "4401",
            "4403",
            "3301",
            "3201",
            "5101",
            "4201",
            "6101",
            "3702",
            "2102",
            "3502",
        ]
    )
    birth = f"{rng.randint(1940, 2012)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    return complete("mod_11_2", f"{city}98{birth}{_digits(rng, 3)}")


def mobile_phone(rng: random.Random) -> str:
    """A mobile number of a segment that is given to nobody."""
    return rng.choice(["154", "160", "161", "163", "164", "168", "169"]) + _digits(rng, 8)


def _mixed(rng: random.Random, n_characters: int, letters: str = "abcdefghkmnpqrstuvwxyz") -> str:
    return "".join(rng.choice(letters + "0123456789") for _ in range(n_characters))


def credit_code(rng: random.Random) -> str:
    """A unified social credit code of a place that does not exist, with a right check character."""
    body = f"91{rng.choice(['330198', '110198', '440398', '510198'])}MA"
    return complete("credit_code", body + _mixed(rng, 7, "ABCDEFGHJKLMNPQRTUWXY"))


def iban(rng: random.Random) -> str:
    """An international bank account number with right check digits, of a bank that is none."""
    body = "0000" + _digits(rng, 14)
    check = 98 - int(body + "131400") % 97
    return f"DE{check:02d}{body}"


def _date(rng: random.Random, form: str) -> str:
    return form.format(rng.randint(1940, 2012), rng.randint(1, 12), rng.randint(1, 28))


def _plate(rng: random.Random) -> str:
    serial = list(_digits(rng, 5))
    serial[rng.randrange(5)] = rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
    return f"{rng.choice('京沪粤苏浙鲁川')}{rng.choice('ABCDE')}·{''.join(serial)}"


def _landline(rng: random.Random) -> str:
    return (
        f"{rng.choice(['010', '021', '0571', '0755', '028'])}-{rng.randint(2, 8)}{_digits(rng, 7)}"
    )


_NUMBERS: dict[str, Maker] = {
    "resident_id": resident_id,
    "mobile_phone": mobile_phone,
    "bank_card": lambda rng: complete("luhn", "62999" + _digits(rng, 13)),
    "credit_code": credit_code,
    "iban": iban,
    "landline": _landline,
    "phone": lambda rng: f"({rng.choice(['212', '415', '617'])}) 555-01{_digits(rng, 2)}",
    "passport": lambda rng: f"E{_digits(rng, 8)}",
    "hk_macau_permit": lambda rng: f"C{_digits(rng, 8)}",
    "licence_plate": _plate,
    "military_id": lambda rng: f"军字第{_digits(rng, 7)}号",
    "medical_record": lambda rng: _digits(rng, 8),
    "social_security": lambda rng: _digits(rng, 10),
    "email": lambda rng: f"{_mixed(rng, 2, 'abcdefghkm')}{_mixed(rng, 6)}@example.com",
    "ip_address": lambda rng: f"192.0.2.{rng.randint(1, 254)}",
    "mac_address": lambda rng: "02:" + ":".join(f"{rng.randint(0, 255):02X}" for _ in range(5)),
    "secret_url": lambda rng: f"https://example.com/reset?token={_mixed(rng, 24)}",
    "wechat_id": lambda rng: f"wx_{_mixed(rng, 8)}",
    "qq_id": lambda rng: f"{rng.randint(10**8, 10**10 - 1)}",
    "postcode": lambda rng: f"{rng.randint(100000, 859999)}",
    "us_ssn": lambda rng: (
        f"{rng.randint(773, 899)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
    ),
    "coordinates": lambda rng: f"{rng.uniform(20, 45):.6f}, {rng.uniform(100, 125):.6f}",
}
MAKERS: dict[str, dict[str, Maker]] = {
    "zh": {
        **_NUMBERS,
        "person_name": zh_name,
        "address": zh_address,
        "organisation": zh_organisation,
        "birth_date": lambda rng: _date(rng, rng.choice(["{}年{}月{}日", "{}-{:02d}-{:02d}"])),
    },
    "en": {
        **_NUMBERS,
        "person_name": en_name,
        "address": en_address,
        "organisation": en_organisation,
        "birth_date": lambda rng: _date(
            rng, rng.choice(["{}-{:02d}-{:02d}", "{0}/{1:02d}/{2:02d}"])
        ),
    },
}
"""Language -> kind of personal data -> a maker of values."""

CHECKED = ("resident_id", "bank_card", "credit_code", "iban")
"""Kinds that carry a check digit."""
NAMED = ("person_name", "address")

# ---- templates ---------------------------------------------------------------------------------

_FILLERS: dict[str, dict[str, Maker]] = {
    "zh": {
        "age": lambda rng: str(rng.randint(18, 90)),
        "sex": lambda rng: rng.choice("男女"),
        "complaint": lambda rng: rng.choice(
            ["反复胸闷", "腹痛三天", "头晕乏力", "咳嗽伴发热", "右膝疼痛", "血压升高"]
        ),
        "goods": lambda rng: rng.choice(
            ["空气净化器", "运动鞋", "保温杯", "蓝牙耳机", "茶叶礼盒", "儿童书桌"]
        ),
        "amount": lambda rng: f"{rng.randint(50, 90000)}.{rng.randint(0, 99):02d}",
        "day": lambda rng: f"{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
        "food": lambda rng: rng.choice(
            ["红烧肉", "酸菜鱼", "小笼包", "牛肉面", "烤鸭", "麻婆豆腐"]
        ),
    },
    "en": {
        "age": lambda rng: str(rng.randint(18, 90)),
        "sex": lambda rng: rng.choice(["male", "female"]),
        "complaint": lambda rng: rng.choice(
            ["chest pain", "a persistent cough", "lower back pain", "migraine"]
        ),
        "goods": lambda rng: rng.choice(
            ["coffee maker", "running shoes", "wireless headphones", "green tea sampler"]
        ),
        "amount": lambda rng: f"{rng.randint(50, 90000):,}.{rng.randint(0, 99):02d}",
        "day": lambda rng: f"{rng.choice(['March', 'June', 'October'])} {rng.randint(1, 28)}",
        "food": lambda rng: rng.choice(["oatmeal", "dark chocolate", "almond butter", "salsa"]),
    },
}
TEMPLATES: dict[str, dict[str, tuple[str, ...]]] = {
    "zh": {
        "medical": (
            "患者{person_name}，{sex}，{age}岁，因{complaint}于{day}入院。住院号："
            "{medical_record}，身份证号{resident_id}，现住{address}。",
            "病史由患者本人及其女儿{person_name}提供，联系电话{mobile_phone}。",
            "{person_name}{age}岁，{complaint}，既往体健。主管医生{person_name}已告知家属"
            "{person_name}手术风险。",
            "今日查房，{person_name}诉{complaint}较前好转，{person_name}主任指示继续观察。",
            "随访：{day}电话联系{person_name}（{mobile_phone}），其丈夫{person_name}接听，"
            "称已在{organisation}复查。",
            "出生日期：{birth_date}，医保号{social_security}，家庭住址{address}，邮编{postcode}。",
        ),
        "service": (
            "客服：您好，请问怎么称呼？\n客户：我叫{person_name}，手机号是{mobile_phone}。",
            "我买的{goods}还没到，收件人是{person_name}，地址是{address}，麻烦帮我查一下。",
            "{person_name}：你好，我想改一下收货地址，改到{address}可以吗？",
            "亲，您的包裹已由{person_name}签收，如有疑问请拨打{landline}。",
            "麻烦把{goods}寄到{address}，{person_name}收，电话{mobile_phone}，谢谢。",
            "您可以加我微信号{wechat_id}，或者QQ：{qq_id}，也可以发邮件到{email}。",
            "昨天{person_name}来过电话，说{person_name}的{goods}坏了，要求退款。",
        ),
        "bank": (
            "{day}，客户{person_name}持身份证{resident_id}到柜台办理转账，金额{amount}元，"
            "收款人{person_name}，卡号{bank_card}。",
            "户名：{person_name}\n账号：{bank_card}\n开户行：{organisation}\n证件号码："
            "{resident_id}",
            "付款单位{organisation}，统一社会信用代码{credit_code}，经办人{person_name}，"
            "联系电话{mobile_phone}。",
            "{person_name}于{day}向{person_name}转账{amount}元，备注货款。",
            "核实：该户法定代表人为{person_name}，注册地址{address}，信用代码{credit_code}。",
        ),
        "review": (
            "{food}味道不错，服务员{person_name}态度很好，下次还来。",
            "我和{person_name}一起去的，{food}有点咸，环境还行。",
            "店在{address}，很好找，{food}推荐。",
            "感谢{person_name}师傅上门安装{goods}，很专业，五星好评！",
            "{person_name}推荐我买的{goods}，用了一周，没有异味。",
        ),
        "form": (
            "姓名：{person_name}\n性别：{sex}\n出生日期：{birth_date}\n身份证号：{resident_id}\n"
            "住址：{address}\n电话：{mobile_phone}",
            "联系人 {person_name}  手机 {mobile_phone}  地址 {address}",
            "申请人：{person_name}；工作单位：{organisation}；护照号：{passport}；邮箱：{email}",
            "姓名|证件号码|银行卡号\n{person_name}|{resident_id}|{bank_card}",
            "车主：{person_name}，车牌号{licence_plate}，住址：{address}",
            "{person_name}，{person_name}，{person_name}",
        ),
        "email": (
            "{person_name}，您好：\n附件是{organisation}的合同，"
            "请查收。如有问题请联系{person_name}，电话{mobile_phone}。\n此致\n{person_name}",
            "各位同事：\n{day}起由{person_name}接替{person_name}负责华东区业务，邮箱{email}。",
            "请把样品寄给{person_name}，地址：{address}，邮编{postcode}。",
            "会议纪要\n参会人：{person_name}、{person_name}、{person_name}\n记录：{person_name}",
            "登录IP为{ip_address}，设备{mac_address}，重置链接{secret_url}。",
        ),
    },
    "en": {
        "medical": (
            "{person_name} is a {age}-year-old {sex} who presents with {complaint}. MRN: "
            "{medical_record}. Lives at {address}.",
            "Patient: {person_name}\nDOB: {birth_date}\nSSN: {us_ssn}\nAddress: {address}",
            "Seen by Dr. {person_name} on {day}. The patient's wife, {person_name}, reports "
            "{complaint}.",
            "Discussed results with {person_name} by phone at {phone}; follow-up at "
            "{organisation}.",
            "On {day}, nurse {person_name} noted that {person_name} had improved.",
        ),
        "service": (
            "Agent: Thank you for calling, may I have your name?\nCustomer: My name is "
            "{person_name} and my email is {email}.",
            "Hi, this is {person_name}. My {goods} never arrived at {address}. Please call me at "
            "{phone}.",
            "Please ship the {goods} to {person_name}, {address}.",
            "We spoke with {person_name} yesterday about the refund for the {goods}.",
            "The order was placed by {person_name} and signed for by {person_name} on {day}.",
        ),
        "bank": (
            "Wire ${amount} from {person_name} to {person_name}, IBAN {iban}, by {day}.",
            "Account holder: {person_name}\nIBAN: {iban}\nBank: {organisation}",
            "{person_name} of {organisation} authorised the transfer of ${amount} on {day}.",
            "Mail the statement to {address}. Card number {bank_card} belongs to {person_name}.",
        ),
        "review": (
            "My neighbor {person_name} recommended this {food} and I love it.",
            "Great {food}! {person_name} at the shop was very helpful. They are at {address}.",
            "I bought the {goods} as a gift for {person_name} and it broke within a week.",
            "According to {person_name}, the {food} used to be better.",
        ),
        "form": (
            "Name: {person_name}\nDate of birth: {birth_date}\nAddress: {address}\nPhone: "
            "{phone}\nEmail: {email}",
            "Full name: {person_name} | Employer: {organisation} | SSN: {us_ssn}",
            "Emergency contact: {person_name} ({phone})",
            "Ship to:\n{person_name}\n{address}",
        ),
        "email": (
            "Dear {person_name},\nPlease find attached the invoice from {organisation}.\nKind "
            "regards,\n{person_name}",
            "From: {person_name} <{email}>\nTo: {person_name}\nSubject: visit\nOur office is at "
            "{address}.",
            "Hello,\n{person_name} will replace {person_name} as your contact from {day}.\nBest,"
            "\n{person_name}",
            "Login from {ip_address} ({mac_address}). Reset: {secret_url}",
        ),
    },
}
_SLOT = re.compile(r"\{(\w+)\}")

# ---- written and labelled by hand --------------------------------------------------------------

BY_HAND: dict[str, tuple[str, ...]] = {
    "zh": (
        "上周三下午<p>孟庆林</p>把车停在地库以后就没再开过。",
        "我爱人<p>吕晓慧</p>的检查单麻烦您也一并打印出来。",
        "术中见阑尾充血水肿，<p>韩志勇</p>主刀，<p>杜娟</p>一助，过程顺利。",
        "<p>冯倩</p>妈妈您好，<p>冯倩</p>今天在园里午睡很好。",
        "这单是老客户转来的，业务员<p>曹鹏</p>跟进，回访人<p>苗雨欣</p>。",
        "班主任<p>葛红霞</p>老师通知家长周五下午三点开会。",
        "转让方<p>罗永刚</p>与受让方<p>谭丽萍</p>就房屋买卖达成如下协议。",
        "据邻居彭大爷说，凌晨听见有人敲门。",
        "取件人写的是<p>卢佳宁</p>，放在<a>枫林路218号</a>的驿站。",
        "麻烦派个师傅到<a>南京市玄武区锁金村街道花园路9号紫藤苑4幢1单元602室</a>修水管。",
        "公司搬到<a>苏州工业园区星湖街328号创意产业园5栋</a>了，快递别寄错。",
        "老家在<a>湖南省衡阳市衡南县茶市镇石桥村8组</a>，每年回去一次。",
        "嫌疑人<p>史国栋</p>，男，汉族，初中文化。",
        "<p>欧阳静怡</p>和别人同姓复姓，老师点名总被叫错。",
        "您好，我是<p>潘伟杰</p>，昨天在贵行办了张卡。",
        "报销单上<p>万晓丽</p>的签名和存档不一致，请<p>石磊</p>核对。",
        "孩子叫<p>贺子涵</p>，今年六岁，对花生过敏。",
        "感谢<p>尹秀珍</p>护士长和<p>汤明辉</p>医生半个月来的照顾。",
        "快递放<a>绿洲小区12栋2单元</a>门口就行。",
        "债务人<p>康建平</p>至今未还，担保人<p>雷春梅</p>也联系不上。",
        "今天轮到<p>袁帅</p>值夜班，<p>夏雨</p>休息。",
        "租客<p>阿布都拉·艾买提</p>的押金还没退。",
        "请把发票寄到<a>广东省深圳市福田区深南大道6008号特区报业大厦17层</a>，<p>邱敏</p>收。",
        "<p>章文静</p>：上次的药吃完了，还要继续吗？",
        "本协议由<p>常玉兰</p>（甲方）和<p>施建华</p>（乙方）签订。",
        "事故发生在<a>滨河北路77号</a>附近，伤者<p>钟磊</p>已送医。",
        "学生<p>付一凡</p>的学籍由<p>牛翠花</p>办理转出。",
        "今早<p>龚雪</p>打来电话，说<p>龚雪</p>的父亲<p>龚德才</p>昨晚走了。",
        "会员<p>覃小蕾</p>投诉店员<p>洪亮</p>态度差。",
        "居住地址变更为<a>成都市锦江区东大街段99号2栋1201号</a>。",
        "老师让<p>叶青</p>和<p>白洁</p>一组做实验。",
        "遗失声明：<p>樊素芬</p>不慎将驾驶证遗失。",
        "由于<p>邹凯</p>出差，合同暂由<p>柳如烟</p>保管。",
        "入院时间同前，家属<p>柯振华</p>（父）签字。",
    ),
    "en": (
        "Could you let <p>Nathan Whitfield</p> know the plumber is coming at noon?",
        "The witness, <p>Carmen Delgado</p>, saw the car leave <a>48 Wharf Road</a> at nine.",
        "<p>Harriet Lockwood</p> (spouse) was present; Dr. <p>Amit Rao</p> explained the risks.",
        "Please forward my mail to <a>2210 Birch Hollow Lane, Apt 6, Knoxville, TN 37920</a>.",
        "Per <p>Tom Brennan</p>, the loan to <p>Sheila Ortega</p> was paid off in June.",
        "My son <p>Oliver</p> broke out in hives after two of these bars.",
        "Rented to Mr. <p>Kofi Mensah</p> until May.",
        "Signed for by <p>G. Hartley</p> at <a>9 Abbey Close, Durham DH1 3LE</a>.",
        "Thanks,\n<p>Priscilla Vaughn</p>\nAccounts",
        "Spoke to <p>Lindsey McAllister</p> and her father <p>Roy McAllister</p> today.",
        "Hello <p>Beatrice</p>, your parcel is waiting at <a>301 N. Delaware Ave, Suite 12</a>.",
        "The deed names <p>Arthur J. Pemberton</p> and <p>Louise Pemberton</p> as owners.",
        "Return address: <a>PO Box 4471, Boise, ID 83701</a>",
        "<p>Zhang Wei</p> and <p>Li Xiaolong</p> presented the results in Lyon.",
        "Nurse <p>Joyce Okafor</p> gave 5 mg at 08:00; <p>Edwin Novak</p> slept well.",
        "I would like to thank <p>Maribel Santos</p> in customer service for her patience.",
        "Beneficiary: <p>KOWALSKI, ANNA</p>\nAmount: 1,200",
        "Is <a>17 Old Mill Terrace, Bristol BS3 4QA</a> still your home address?",
        "We met <p>Stefan Lindqvist</p> and <p>Ingrid Aaltonen</p> at the fair.",
        "<p>Jasmine Patel</p>'s claim was refused; <p>Derek Holloway</p> will appeal.",
        "He moved from <a>5 Kings Court</a> to <a>88 Prospect Street, Albany, NY 12206</a>.",
        "Student <p>Fernando Ruiz</p> transferred from Westbrook High School.",
    ),
}
"""Texts of other styles than the templates; <p> marks a name, <a> an address."""
_MARKED = re.compile("<(?P<mark>[pa])>(?P<value>.*?)</(?P=mark)>", re.DOTALL)


def by_hand(language: str) -> list[Sample]:
    """The texts that were written and labelled by hand."""
    samples = []
    for marked in BY_HAND[language]:
        text, labels, last = "", [], 0
        for found in _MARKED.finditer(marked):
            text += marked[last : found.start()]
            kind = "person_name" if found["mark"] == "p" else "address"
            labels.append(Label(kind, len(text), len(text) + len(found["value"])))
            text, last = text + found["value"], found.end()
        samples.append(Sample(text + marked[last:], tuple(labels), language, "by hand", "clean"))
    return samples


# ---- noise -------------------------------------------------------------------------------------

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_SLIPS = {"0": "O", "1": "l", "5": "S", "8": "B", "2": "Z"}
_GROUPED = ("resident_id", "bank_card", "mobile_phone", "credit_code", "iban")


def _spaced(rng: random.Random, kind: str, value: str) -> str:
    """A value with blanks or dashes in it, as people type it."""
    if kind in _GROUPED:
        mark, size = rng.choice([(" ", 4), ("-", 4), ("  ", 4), (" ", 3)])
        return mark.join(value[at : at + size] for at in range(0, len(value), size))
    if kind == "person_name" and not value.isascii() and "·" not in value:
        return " ".join(value) if rng.random() < 0.5 else value[0] + "　" + value[1:]
    if kind == "address":
        return re.sub(
            r"(?<=[省市区县路街])(?=[^省市区县路街\s])|, ", "  " if value.isascii() else " ", value
        )
    return value


def _slipped(rng: random.Random, kind: str, value: str) -> str:
    """A value in which a scanner mistook one character."""
    if kind not in (*_GROUPED, "address"):
        return value
    places = [at for at, character in enumerate(value) if character in _SLIPS and at > 0]
    if not places:
        return value
    at = rng.choice(places)
    return value[:at] + _SLIPS[value[at]] + value[at + 1 :]


def _noised(rng: random.Random, noise: str, kind: str, value: str) -> str:
    if noise == "spaced":
        return _spaced(rng, kind, value)
    return _slipped(rng, kind, value) if noise == "ocr" else value


# ---- samples -----------------------------------------------------------------------------------


def fill(rng: random.Random, template: str, language: str, register: str, noise: str) -> Sample:
    """One text made from a template."""
    text, labels, last = "", [], 0
    for slot in _SLOT.finditer(template):
        text += template[last : slot.start()]
        last = slot.end()
        kind = slot[1]
        if kind in _FILLERS[language]:
            text += _FILLERS[language][kind](rng)
            continue
        value = _noised(rng, noise, kind, MAKERS[language][kind](rng))
        labels.append(Label(kind, len(text), len(text) + len(value)))
        text += value
    text += template[last:]
    if noise == "full_width":
        text = text.translate(_FULL_WIDTH)
    return Sample(text, tuple(labels), language, register, noise)


def make_text(
    n_samples: int, *, language: str, noise: str = "clean", seed: int = 0
) -> list[Sample]:
    """Labelled texts, all registers in turn.

    Args:
        n_samples: How many.
        language: One of `LANGUAGES`.
        noise: One of `NOISES`.
        seed: Same seed, same texts.
    """
    rng = random.Random(f"{seed} {language} {noise}")  # noqa: S311 - a corpus, no secret
    registers = TEMPLATES[language]
    names = list(registers)
    samples = []
    for number in range(n_samples):
        register = names[number % len(names)]
        samples.append(fill(rng, rng.choice(registers[register]), language, register, noise))
    return samples


def make_column(
    kind: str, n_cells: int, *, language: str, noise: str = "clean", seed: int = 0
) -> list[str]:
    """A column of one kind: whole cells, nothing around them."""
    rng = random.Random(f"{seed} {language} {kind} {noise} column")  # noqa: S311
    cells = []
    for _ in range(n_cells):
        value = _noised(rng, noise, kind, MAKERS[language][kind](rng))
        if language == "en" and kind == "person_name" and rng.random() < 0.3:
            value = ", ".join(reversed(value.rsplit(" ", 1)))
        cells.append(value.translate(_FULL_WIDTH) if noise == "full_width" else value)
    return cells


# ---- real sentences ----------------------------------------------------------------------------


def real_text(folder: Path) -> dict[str, list[str]]:
    """The real texts of a folder, one entry a file that is there; nothing where there is none."""
    readers: dict[str, Callable[[Path], Iterator[str]]] = {
        "cn_medical_qa.csv.gz": _questions,
        "crosswoz_dialogues.jsonl.gz": _turns,
        "en_fine_food_reviews.csv.gz": _reviews,
    }
    return {
        name.partition(".")[0]: list(read(folder / name))
        for name, read in readers.items()
        if (folder / name).is_file()
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path) as packed:
        yield from csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8"))


def _questions(path: Path) -> Iterator[str]:
    for row in _rows(path):
        yield from (row["ask"], row["answer"])


def _reviews(path: Path) -> Iterator[str]:
    yield from (row["review"] for row in _rows(path))


def _turns(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from (turn["text"] for turn in json.loads(line)["turns"])


_PRONOUN = {
    "zh": re.compile(r"(?<![自其吉和])[我他她](?=[想要去说在是有今昨最就一])"),
    "en": re.compile(
        r"\b(?:he|she|[Mm]y (?:husband|wife|daughter|son|mother|dad|mom|friend|sister))\b(?!')"
    ),
}
_CLAUSES = {
    "zh": (
        "电话{mobile_phone}。",
        "我的身份证号是{resident_id}。",
        "家住{address}。",
        "卡号{bank_card}。",
        "联系人{person_name}。",
    ),
    "en": (
        " Call {phone}.",
        " My card is {bank_card}.",
        " I live at {address}.",
        " Ask for {person_name}.",
    ),
}


def plant(texts: list[str], n_samples: int, *, language: str, seed: int = 0) -> list[Sample]:
    """Real sentences with personal data put into them: a name for a pronoun, a clause at the end.

    Args:
        texts: Real texts without personal data of their own.
        n_samples: At most so many samples.
        language: One of `LANGUAGES`.
        seed: Same seed and texts, same samples.
    """
    rng = random.Random(f"{seed} {language} planted")  # noqa: S311
    pool = [text for text in texts if _PRONOUN[language].search(text) and "{" not in text + "}"]
    chosen = rng.sample(pool, min(n_samples, len(pool)))
    samples = []
    for text in chosen:
        template = _PRONOUN[language].sub("{person_name}", text.replace("}", " "), count=1)
        template += rng.choice(_CLAUSES[language])
        samples.append(fill(rng, template, language, "planted", "clean"))
    return samples
