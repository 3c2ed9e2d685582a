"""Words that made-up names, addresses and organisations are put together from.

All are common words: none was taken from anybody's data. District, road and estate names do not
exist as far as is known.
"""


def _words(text: str, gap: str = " ") -> tuple[str, ...]:
    return tuple(text.split(gap))


SURNAMES_ZH = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余"
    "于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎"
)
GIVEN_ZH = tuple(
    "安柏宝博昌辰成承初川春纯慈达丹德鼎东恩帆方芳飞枫凤福刚歌光广桂国海涵航浩和恒红宏华怀欢惠"
    "吉佳嘉坚健江杰洁金锦静景菊娟军凯康可兰乐蕾黎莉立丽连良林琳玲岭龙露伦洛梅美萌梦敏明鸣茗木"
    "娜南宁农攀培鹏平朴奇琪启千强巧青清晴庆秋泉群仁荣蓉如瑞润森山珊尚少升胜诗石书舒树双思松素"
    "涛天田桐威巍薇维伟文武希曦霞贤祥晓欣新星秀旭轩雪迅雅妍岩彦燕阳洋叶艺逸毅银英樱迎永勇友宇"
    "羽雨玉育誉元园远月悦云允泽展昭珍真振正知志忠舟洲竹卓紫宗祖"
)
GIVEN_EN = _words(
    "Ada Alan Alice Amir Anna Arthur Beth Boris Brenda Carl Carla Clara Colin Dana David "
    "Diana Edgar Elena Ella Emil Erica Evan Fiona Frank Gail George Grace Greta Hannah "
    "Harold Helen Henry Irene Ivan Jack Jane Jason Joan Julia Karen Karl Kate Keith Laura "
    "Leo Lena Lily Louis Lucy Marcus Maria Martin Mary Max Mona Nadia Nathan Nina Nora "
    "Oliver Oscar Owen Paul Paula Peter Philip Rachel Ralph Rita Robert Rosa Ruth Sam Sara "
    "Simon Sofia Stella Susan Thomas Tina Toby Uma Vera Victor Walter Wendy Yves Zoe"
)
SURNAMES_EN = _words(
    "Abbot Alder Ashby Baker Barlow Beck Bell Birch Bishop Brook Burton Carter Chapman Clark "
    "Cole Cooper Craven Dale Dalton Dean Dixon Draper Eaton Elder Ellis Farmer Field Fisher "
    "Fletcher Ford Foster Gardner Glover Grant Gray Green Hale Harper Hart Hayes Heath Hill "
    "Holt Hooper Hunter Ives Jarvis Kemp King Knight Lake Lambert Lane Marsh Mason Miller "
    "Moss Nash North Norton Oakley Palmer Parker Pearce Pike Poole Porter Quill Reed Rhodes "
    "Rowe Sadler Sharp Shaw Sheldon Slater Stone Sutton Tanner Thorne Turner Tyler Vale Wade "
    "Walker Ward Webb West Wheeler Wilder Winter Wood Yates York"
)
DISTRICTS_ZH = _words("云桥区 星河区 望溪区 青禾区 晓月区 竹屿区 松风区 澄湖区 栖霞岭区 南柯区")
ROADS_ZH = _words(
    "听泉路 望月街 知秋路 长亭街 半山路 晴川道 采薇街 拾光路 归雁街 清和路 枕溪路 沐风街 "
    "问渠路 明理街 耕读路 致远道 怀瑾路 折柳街 踏歌路 同舟街"
)
ROADS_EN = _words(
    "Example Street|Sample Road|Placeholder Lane|Fictional Avenue|Imaginary Drive|"
    "Model Close|Made-up Way|Pattern Row|Draft Street|Template Road",
    "|",
)
TOWNS_EN = _words("Exampleton Sampleford Mockbury Fableton Testhaven Draftford Modelby Patternham")
BRANCHES_ZH = _words("科技 贸易 物流 餐饮 文化 咨询 建材 纺织 机械 农业")
BRANCHES_EN = _words("Trading Logistics Foods Textiles Systems Printing Tools Energy")
SYLLABLES = _words(
    "an bai chen dan en fei gu hao jia kang lan mei ning ou pei qing rui shan tao wen xin "
    "yan zhou lin yue bo ke"
)
EXAMPLE_ZH = "示例"
EXAMPLE_EN = "Example"
